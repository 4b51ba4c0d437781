"""What can be heard here: every input and loopback, by the name that `--source` takes.

Listing opens nothing; `measure` opens all of them at once, each for about half a second.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from genred.audio.children.portaudio import MOST_CHANNELS, VIRTUAL, called, virtual
from genred.audio.ear import Ear, level_dbfs
from genred.audio.inputs import DEFAULT, LOOPBACK
from genred.audio.names import NoSuchDeviceError
from genred.audio.programs import PORTAUDIO, WASAPI, ProgramInput, listed
from genred.audio.server_state import ServerState
from genred.audio.soundserver import ServerInput, SoundServer
from genred.audio.source import BLOCK_S, Input
from genred.errors import GenredError

MEASURED_S = 0.5
_LAST_BLOCKS = round(MEASURED_S / BLOCK_S)
_ON_PIPEWIRE = "(on PipeWire "
_BUSY = ("busy", "unavailable")  # as ALSA and PortAudio say it

Listing = list[dict[str, Any]]


class Kind(Enum):
    """What a device hears."""

    INPUT = "input"
    """a microphone, a line"""
    LOOPBACK = "loopback"
    """what the computer plays"""


@dataclass(frozen=True)
class Device:
    """Something that can be heard."""

    name: str
    """what `--source` takes"""
    description: str
    """what people call it; may be empty"""
    kind: Kind
    backend: str
    sample_rate: int
    """its own, Hz"""
    channels: int
    words: tuple[str, ...]
    """those of `default` and `loopback` that mean this one now"""
    chosen: Input = field(compare=False, repr=False)
    """what `--source NAME` would open"""

    @property
    def default(self) -> bool:
        """Whether it is the default of its kind."""
        return (DEFAULT if self.kind is Kind.INPUT else LOOPBACK) in self.words


class Reading(NamedTuple):
    """What a device gave when it was opened."""

    level_dbfs: float | None
    problem: str


class Found(NamedTuple):
    """All devices, and the back-ends that could not be asked."""

    devices: list[Device]
    failures: list[str]
    """one line each"""
    looked_for: str
    """in words, for where there is nothing"""


def look(server: SoundServer | None, platform: str = sys.platform) -> Found:
    """Ask every back-end of this system; `server` has been started, None where there is none."""
    portaudio, failures = _asked(PORTAUDIO, "PortAudio")
    if platform == "linux" and server is not None:
        state = server.state_soon()
        if not state.up:
            failures.insert(0, f"no sound server answers ({state.why})")
        devices = of_server(state, server) + of_portaudio(portaudio, default=not state.up)
        return Found(devices, failures, "a sound server's sources, PortAudio's inputs")
    if platform == "win32":
        loopbacks, more = _asked(WASAPI, "WASAPI")
        devices = of_portaudio(first_host_api(portaudio)) + of_wasapi(loopbacks)
        looked_for = "PortAudio's inputs, WASAPI's loopbacks"
        return Found(devices, failures + more, looked_for)
    devices = of_portaudio(portaudio, virtual_drivers=platform == "darwin")
    return Found(devices, failures, "PortAudio's inputs")


def _asked(module: str, backend: str) -> tuple[Listing, list[str]]:
    try:
        return listed(module), []
    except GenredError as error:
        return [], [f"{backend}: {error}"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [], [f"{backend}: its list can't be read ({error})"]


def of_server(state: ServerState, server: SoundServer) -> list[Device]:
    """Return the sources of a sound server; none while it is down."""
    meant = {DEFAULT: state.default, LOOPBACK: state.loopback}
    backend = server_name(state.server)
    return [
        Device(
            name=source.name,
            description=source.description,
            kind=Kind.INPUT if source.monitor_of is None else Kind.LOOPBACK,
            backend=backend,
            sample_rate=source.sample_rate,
            channels=source.channels,
            words=tuple(word for word, one in meant.items() if one == source),
            chosen=ServerInput(source.name, server),
        )
        for source in (state.sources if state.up else [])
    ]


def server_name(said: str) -> str:
    """Return a sound server's name and version, PipeWire's also where it plays PulseAudio."""
    if _ON_PIPEWIRE in said:
        return f"PipeWire {said.partition(_ON_PIPEWIRE)[2].partition(')')[0]}"
    return said.replace("pulseaudio", "PulseAudio")


def of_portaudio(
    listing: Listing, *, default: bool = True, virtual_drivers: bool = False
) -> list[Device]:
    """Return PortAudio's inputs.

    `default=False`: its default input is not what `--source default` hears. `virtual_drivers`: some
    of them hand on what the computer plays, and `--source loopback` hears the first of these.
    """
    try:
        loopback = virtual(listing) if virtual_drivers else None
    except NoSuchDeviceError:
        loopback = None
    return [
        _portaudio_device(
            one,
            Kind.LOOPBACK if virtual_drivers and is_virtual(one["name"]) else Kind.INPUT,
            (DEFAULT,) * (default and one["default"]) + (LOOPBACK,) * (one is loopback),
        )
        for one in listing
    ]


def is_virtual(name: str) -> bool:
    """Tell whether a name is that of a driver that hands on what the computer plays."""
    return any(part.casefold() in name.casefold() for part in VIRTUAL)


def _portaudio_device(one: dict[str, Any], kind: Kind, words: tuple[str, ...]) -> Device:
    name, most = called(one).name, one["channels"]
    return Device(
        name=name,
        description=one["name"],
        kind=kind,
        backend=f"PortAudio: {one['host_api']}",
        sample_rate=one["sample_rate"],
        channels=most if most <= MOST_CHANNELS else 2,
        words=words,
        chosen=ProgramInput(PORTAUDIO, ["named", name]),
    )


def first_host_api(listing: Listing) -> Listing:
    """Return the devices of the preferred host API alone: Windows shows each in four of them."""
    return [one for one in listing if one["host_api"] == listing[0]["host_api"]]


def of_wasapi(listing: Listing) -> list[Device]:
    """Return the loopbacks of Windows."""
    return [
        Device(
            name=one["name"],
            description="",
            kind=Kind.LOOPBACK,
            backend="WASAPI",
            sample_rate=one["sample_rate"],
            channels=one["channels"],
            words=(LOOPBACK,) * one["default"],
            chosen=ProgramInput(WASAPI, ["named", one["name"]]),
        )
        for one in listing
    ]


def measure(devices: Sequence[Device], listen: Callable[[Input], Ear] = Ear) -> list[Reading]:
    """Hear all of them at once; return what each gave, in the same order.

    A card that several names mean can be open under one only: who was told that it is busy is
    asked again alone.
    """
    readings = _heard(devices, listen)
    return [
        _heard([device], listen)[0] if reading.problem.startswith("busy") else reading
        for device, reading in zip(devices, readings, strict=True)
    ]


def _heard(devices: Sequence[Device], listen: Callable[[Input], Ear]) -> list[Reading]:
    ears = [listen(device.chosen) for device in devices]
    try:
        for ear in ears:
            ear.wait(MEASURED_S)
        return [reading(ear) for ear in ears]
    finally:
        for ear in ears:
            ear.close()


def reading(ear: Ear) -> Reading:
    """Return the level of all that an ear has heard, or why it has heard nothing."""
    blocks = ear.blocks
    if ear.problem is not None:
        return Reading(None, _problem(str(ear.problem)))
    return Reading(level_dbfs(blocks), "" if blocks or ear.answers else "no answer")


def reading_now(ear: Ear) -> Reading:
    """Return the level of the last half second, or why nothing arrives any more."""
    if ear.problem is None and ear.answers:
        return Reading(level_dbfs(ear.blocks[-_LAST_BLOCKS:]), "")
    return Reading(None, reading(ear).problem or "no answer")


def _problem(said: str) -> str:
    """Put the reason in words; the device's name before it is known already."""
    reason = " ".join(said.rpartition("can't be opened: ")[2].split())
    busy = any(word in reason.casefold() for word in _BUSY)
    return f"busy: {reason}" if busy else reason
