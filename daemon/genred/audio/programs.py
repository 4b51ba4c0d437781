"""Inputs that a small program of ours opens: PortAudio's, and on Windows the loopback.

The program says on stderr what it opened, or why it could not, and then gives float32.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from genred.audio.child import Child, python
from genred.audio.names import NoSuchDeviceError
from genred.audio.pcm import PcmBlocks, PcmFormat
from genred.audio.source import BLOCK_S, Block, MisplacedError, Now
from genred.errors import GenredError, UsageError

PORTAUDIO = "genred.audio.children.portaudio"
WASAPI = "genred.audio.children.wasapi"
OPENING_S = 5.0
"""how long a program may take to open its device"""
_LOOK_S = 0.1
_CARDS = Path("/proc/asound/cards")
_SOCKETS = ("pulse/native", "pipewire-0")


class ProgramInput:
    """A device that a program of ours opens, by name, or its default.

    `asked` is `["default"]`, `["loopback"]` or `["named", NAME]`.
    """

    drops = True

    def __init__(self, module: str, asked: list[str]) -> None:
        self._module = module
        self._asked = asked

    @property
    def name(self) -> str:
        """What was asked for."""
        return self._asked[-1]

    @property
    def quiet_is_silence(self) -> bool:
        """True for the loopback of Windows: nothing arrives while nothing plays."""
        return self._module == WASAPI

    def start(self, changed: Callable[[], None]) -> None:
        """Do nothing: there are no events here; `devices` is looked at instead."""

    def devices(self) -> object:
        """Return what the kernel lists, and which servers have a socket; nothing elsewhere."""
        if sys.platform != "linux":
            return None
        run = Path(os.environ.get("XDG_RUNTIME_DIR", "/nonexistent"))
        cards = _CARDS.read_text() if _CARDS.exists() else ""
        # Path.exists raises where the folder is another user's.
        return cards, *(os.access(run / socket, os.F_OK) for socket in _SOCKETS)

    def stop(self) -> None:
        """Do nothing."""

    def open(self, sample_rate: int, now: Now) -> "ProgramStream":
        """Start the program; raises GenredError with its reason if it can't open the device."""
        stream = ProgramStream(python(self._module, "record", *self._asked), sample_rate, now)
        # The same device from now on, also if another one of a like name comes.
        if self._asked[0] == "named":
            self._asked = ["named", stream.name]
        return stream


class ProgramStream:
    """A program that records."""

    def __init__(self, command: list[str], sample_rate: int, now: Now) -> None:
        self.overflows = 0
        self.better: Callable[[], str] = str
        """says what there is by now that is to be heard instead; empty: nothing"""
        self._target_rate, self._now = sample_rate, now
        self._said = threading.Event()
        self._opened: dict[str, Any] = {}
        self._failed: dict[str, Any] = {}
        self._moved = ""
        self._noise = ""
        self._child = Child(command, heard=self._hear)
        try:
            self._wait()
        except GenredError:
            self._child.forget()
            raise
        self._pcm = PcmFormat(self.sample_rate, self.channels, "f32le")

    @property
    def name(self) -> str:
        """The device's whole name."""
        return str(self._opened["name"])

    @property
    def sample_rate(self) -> int:
        """The device's own rate in Hz."""
        return int(self._opened["sample_rate"])

    @property
    def channels(self) -> int:
        """The channels that it was opened with."""
        return int(self._opened["channels"])

    def __iter__(self) -> Iterator[Block]:
        """Yield blocks until it is closed; raises GenredError if the program ends."""
        try:
            yield from PcmBlocks(self._child, self._pcm, self._target_rate, self._now, BLOCK_S)
        except GenredError as error:
            if self._moved:
                raise MisplacedError(f"the default is {self._moved} now", follow=True) from error
            why = self._failed.get("error") or self._noise
            raise GenredError(why or f"{self.name}: the program that recorded it ended") from error

    def check_place(self) -> None:
        """Raise MisplacedError if there is something better to hear by now."""
        better = self.better()
        if better:
            raise MisplacedError(better, follow=True)

    def sounding(self) -> bool:
        """Return False: nobody tells of such a device."""
        return False

    def trouble(self) -> str:
        """Return nothing: a device tells no reasons."""
        return ""

    def close(self) -> None:
        """End the program; for any thread."""
        self._child.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.forget()

    def _hear(self, line: str) -> None:
        """Take a line of the program's stderr; what is no JSON is a library's noise."""
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        match said:
            case {"overflow": int(count)}:
                self.overflows += count
            case {"moved": str(name)}:
                self._moved = name
            case {"error": str()}:
                self._failed = said
                self._said.set()
            case {"name": str(), "sample_rate": int(), "channels": int()}:
                self._opened = said
                self._said.set()
            case _:
                self._noise = line or self._noise

    def _wait(self) -> None:
        for _ in range(round(OPENING_S / _LOOK_S)):
            if self._said.wait(_LOOK_S) or self._child.ended:
                break
        self._said.wait(_LOOK_S)  # its last words may still be on their way
        if self._opened:  # what failed since then is told where it is read
            return
        why = self._failed.get("error")
        if why and self._failed.get("usage"):
            raise UsageError(why)
        if why and self._failed.get("missing"):
            raise NoSuchDeviceError(why)
        if why:
            raise GenredError(why)
        raise GenredError(f"the device did not open ({self._noise or 'no word'})")


def listed(module: str) -> list[dict[str, Any]]:
    """Return what a program lists; raises GenredError with its reason if it can't."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            python(module, "list"), capture_output=True, timeout=OPENING_S, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise GenredError(f"listing devices took more than {OPENING_S:.0f} s") from error
    if done.returncode == 0:
        devices: list[dict[str, Any]] = json.loads(done.stdout)["devices"]
        return devices
    raise GenredError(_reason(done.stderr.decode("utf-8", "replace")))


def _reason(said: str) -> str:
    for line in reversed(said.strip().splitlines()):
        try:
            return str(json.loads(line)["error"])
        except (ValueError, KeyError, TypeError):
            continue
    return said.strip().splitlines()[-1] if said.strip() else "it ended without a word"
