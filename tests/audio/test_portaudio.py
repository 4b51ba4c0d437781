"""Inputs that a program of ours opens: PortAudio's devices, with a library that a test writes."""

import inspect
import itertools
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from genred.audio import programs
from genred.audio.children.portaudio import MOST_CHANNELS, listing, pick, virtual
from genred.audio.names import NoSuchDeviceError
from genred.audio.programs import PORTAUDIO, ProgramInput, ProgramStream, listed
from genred.audio.source import Input, LiveSource, MisplacedError
from genred.errors import GenredError, UsageError
from live_fakes import WAIT_S, alive, hear, in_thread, open_files, wait_until
from programs import started

RATE = 22050

WINDOWS = {
    "MME": [
        ("Microsoft Sound Mapper - Input", 2, 44100),
        ("Microphone (Blue Snowball USB M", 2, 44100),
        ("Microphone Array (Realtek(R) Au", 2, 44100),
        ("Microsoft Sound Mapper - Output", 0, 44100),
        ("Speakers (Realtek(R) Audio)", 0, 44100),
    ],
    "Windows DirectSound": [
        ("Primary Sound Capture Driver", 2, 44100),
        ("Microphone (Blue Snowball USB Microphone)", 2, 44100),
        ("Microphone Array (Realtek(R) Audio)", 2, 44100),
        ("Primary Sound Driver", 0, 44100),
    ],
    "Windows WASAPI": [
        ("Speakers (Realtek(R) Audio)", 0, 48000),
        ("Microphone (Blue Snowball USB Microphone)", 1, 44100),
        ("Microphone Array (Realtek(R) Audio)", 2, 48000),
    ],
    "Windows WDM-KS": [
        ("Microphone (Blue Snowball USB Microphone)", 1, 44100),
        ("Stereo Mix (Realtek HD Audio Stereo input)", 2, 48000),
        ("Speakers (Realtek HD Audio output)", 0, 48000),
    ],
}
MACOS = {
    "Core Audio": [
        ("BlackHole 2ch", 2, 48000),
        ("MacBook Pro Microphone", 1, 48000),
        ("MacBook Pro Speakers", 0, 48000),
        ("ZoomAudioDevice", 2, 48000),
    ]
}
DEBIAN = {
    "ALSA": [
        ("HDA Intel PCH: ALC257 Analog (hw:0,0)", 2, 44100),
        ("HDA Intel PCH: HDMI 0 (hw:0,3)", 0, 44100),
        ("USB PnP Audio Device: Audio (hw:1,0)", 1, 48000),
        ("sysdefault", 128, 48000),
        ("pulse", 32, 44100),
        ("default", 32, 44100),
    ],
    "OSS": [],
}
DEFAULTS = {
    "Windows WASAPI": "Microphone Array (Realtek(R) Audio)",
    "Core Audio": "MacBook Pro Microphone",
    "ALSA": "default",
}
Machine = dict[str, list[tuple[str, int, int]]]


class Library:
    """What `sounddevice` answers on such a machine."""

    def __init__(self, machine: Machine) -> None:
        self._devices = [
            {"name": name, "hostapi": number, "max_input_channels": channels,
             "max_output_channels": 2 * (channels == 0), "default_samplerate": float(rate)}
            for number, devices in enumerate(machine.values())
            for name, channels, rate in devices
        ]  # fmt: skip
        self._apis = [
            {"name": name, "default_input_device": self._default(number, name)}
            for number, name in enumerate(machine)
        ]

    def _default(self, number: int, name: str) -> int:
        inputs = [
            (index, device["name"])
            for index, device in enumerate(self._devices)
            if device["hostapi"] == number and device["max_input_channels"]
        ]
        first = inputs[0][0] if inputs else -1
        return next((index for index, its in inputs if its == DEFAULTS.get(name)), first)

    def query_hostapis(self) -> tuple[dict[str, Any], ...]:
        return tuple(self._apis)

    def query_devices(self) -> list[dict[str, Any]]:
        return self._devices


def names(machine: Machine) -> list[tuple[str, str]]:
    return [(d["host_api"], d["name"]) for d in listing(Library(machine))]


def picked(name: str, machine: Machine) -> tuple[str, str]:
    device = pick(name, listing(Library(machine)))
    return device["host_api"], device["name"]


def test_on_windows_wasapi_comes_first_and_nothing_that_only_plays() -> None:
    found = names(WINDOWS)
    assert [api for api, _ in found[:3]] == ["Windows WASAPI", "Windows WASAPI", "MME"]
    assert len(found) == 10
    assert not any("Speakers" in name for _, name in found)


@pytest.mark.parametrize("machine", [WINDOWS, MACOS, DEBIAN])
def test_one_default_is_listed_that_of_the_first_host_api(
    machine: Machine,
) -> None:
    (default,) = [d for d in listing(Library(machine)) if d["default"]]
    assert DEFAULTS[default["host_api"]] == default["name"]


def test_without_inputs_there_is_no_default() -> None:
    assert listing(Library({"ALSA": [], "OSS": []})) == []


def test_a_device_is_taken_from_the_first_host_api_that_knows_it() -> None:
    wasapi = ("Windows WASAPI", "Microphone (Blue Snowball USB Microphone)")
    for name in ("snowball", "Microphone (Blue Snowball USB M", wasapi[1]):
        assert picked(name, WINDOWS) == wasapi
    assert picked("Stereo Mix", WINDOWS) == (
        "Windows WDM-KS", "Stereo Mix (Realtek HD Audio Stereo input)",
    )  # fmt: skip


def test_a_device_is_called_with_its_host_api_where_that_one_is_meant() -> None:
    assert picked("Microphone (Blue Snowball USB Microphone), Windows WDM-KS", WINDOWS) == (
        "Windows WDM-KS", "Microphone (Blue Snowball USB Microphone)",
    )  # fmt: skip
    assert picked("microphone (blue snowball usb m, mme", WINDOWS)[0] == "MME"


def test_a_whole_name_is_that_of_alsa_also_where_it_is_a_part_of_others() -> None:
    assert picked("default", DEBIAN) == ("ALSA", "default")
    assert picked("hw:1,0", DEBIAN)[1] == "USB PnP Audio Device: Audio (hw:1,0)"


def test_a_part_that_several_have_lists_those_of_one_host_api() -> None:
    with pytest.raises(UsageError, match="names several devices") as caught:
        picked("microphone", WINDOWS)
    assert str(caught.value).count("Windows WASAPI") == 2
    assert "MME" not in str(caught.value)


def test_a_device_that_is_not_there_lists_the_nearest() -> None:
    with pytest.raises(NoSuchDeviceError, match=r'"USB PnP Audio Device: Audio .hw:1,0., ALSA"'):
        picked("USB Mic Audio", DEBIAN)
    with pytest.raises(NoSuchDeviceError, match="there is none at all"):
        picked("x", {"ALSA": []})


def test_what_a_mac_plays_is_heard_by_a_virtual_device() -> None:
    assert virtual(listing(Library(MACOS)))["name"] == "BlackHole 2ch"


def test_without_a_virtual_device_it_is_said_which_to_install() -> None:
    without = {"Core Audio": MACOS["Core Audio"][1:]}
    with pytest.raises(NoSuchDeviceError, match="brew install blackhole-2ch"):
        virtual(listing(Library(without)))


FAKE = """
import json, os, struct, sys, threading, time
machine, behaviour = json.loads(os.environ["FAKE_MACHINE"]), os.environ.get("FAKE_BEHAVIOUR", "")
if behaviour == "missing":
    raise OSError("PortAudio library not found")

if behaviour == "never there":
    time.sleep(1000)

class PortAudioError(Exception):
    pass

if behaviour == "no start":
    raise PortAudioError("Error initializing PortAudio")

def query_hostapis():
    return tuple(machine["apis"])

def query_devices():
    print("ALSA lib pcm.c: Unknown PCM cards.pcm.rear", file=sys.stderr)
    return machine["devices"]

class RawInputStream:
    def __init__(self, device=None, samplerate=None, channels=None, dtype=None, latency=None):
        assert (dtype, latency) == ("float32", 0.25)
        assert samplerate == machine["devices"][device]["default_samplerate"]
        if behaviour == "hangs":
            time.sleep(1000)
        if behaviour == "refused" or channels > int(os.environ.get("FAKE_CHANNELS", "99")):
            raise PortAudioError(f"Invalid number of channels ({channels})")
        self.samplerate, self._channels, self._blocks = float(samplerate), channels, 0

    def __enter__(self):
        if behaviour == "busy":
            raise PortAudioError("Error starting stream: Device unavailable")
        return self

    def __exit__(self, *_):
        pass

    def read(self, frames):
        self._blocks += 1
        if behaviour == "silent" or self._blocks > 8:
            time.sleep(1000)
        if behaviour == "unplugged" and self._blocks == 3:
            raise PortAudioError("Unanticipated host error")
        if behaviour == "crash" and self._blocks == 3:
            os.kill(os.getpid(), 11)
        samples = struct.pack("<f", 0.25) * (frames * self._channels)
        return memoryview(samples), behaviour == "overflow" and self._blocks in (2, 3)
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Put a library of this name before the real one, on a Debian machine."""
    (tmp_path / "sounddevice.py").write_text(FAKE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    library = Library(DEBIAN)
    machine = {"apis": library.query_hostapis(), "devices": library.query_devices()}
    monkeypatch.setenv("FAKE_MACHINE", json.dumps(machine))
    return monkeypatch


def opened(*asked: str) -> ProgramStream:
    return ProgramInput(PORTAUDIO, list(asked)).open(RATE, time.monotonic)


def heard(stream: LiveSource, blocks: int) -> NDArray[np.float32]:
    return np.concatenate([block.samples for block in itertools.islice(stream, blocks)])


@pytest.mark.usefixtures("fake")
def test_devices_are_listed_by_a_program() -> None:
    assert [device["name"] for device in listed(PORTAUDIO)] == [
        name for name, channels, _ in DEBIAN["ALSA"] if channels
    ]


@pytest.mark.usefixtures("fake")
def test_the_default_is_recorded_with_two_channels_at_its_own_rate() -> None:
    chosen: Input = ProgramInput(PORTAUDIO, ["default"])  # mypy holds the rest
    with chosen.open(RATE, time.monotonic) as stream:
        live: LiveSource = stream
        assert (live.name, live.sample_rate, live.channels) == ("default, ALSA", 44100, 2)
        samples = heard(stream, 4)
        live.check_place()
        assert (live.trouble(), live.overflows) == ("", 0)
        assert isinstance(stream, ProgramStream)
        stream.better = lambda: "a sound server answers now"
        with pytest.raises(MisplacedError, match="a sound server answers now") as caught:
            live.check_place()
        assert caught.value.follow
    assert samples.size == pytest.approx(RATE, rel=0.1)
    assert samples[2000:] == pytest.approx(0.25, abs=1e-3)


@pytest.mark.parametrize(("most", "channels"), [("99", 2), ("1", 1)])
def test_a_device_that_takes_fewer_channels_gets_fewer(
    fake: pytest.MonkeyPatch, most: str, channels: int
) -> None:
    fake.setenv("FAKE_CHANNELS", most)
    with opened("named", "ALC257") as stream:
        assert stream.channels == channels
        assert heard(stream, 3)[2000:] == pytest.approx(0.25, abs=1e-3)


def test_a_device_that_claims_any_number_of_channels_is_a_plug_in() -> None:
    assert {channels > MOST_CHANNELS for _, channels, _ in DEBIAN["ALSA"][3:]} == {True}


@pytest.mark.usefixtures("fake")
def test_a_device_is_the_same_from_its_first_opening_on() -> None:
    chosen = ProgramInput(PORTAUDIO, ["named", "usb pnp"])
    assert chosen.name == "usb pnp"
    chosen.open(RATE, time.monotonic).__exit__()
    assert chosen.name == "USB PnP Audio Device: Audio (hw:1,0), ALSA"
    with chosen.open(RATE, time.monotonic) as stream:
        assert stream.name == chosen.name


def test_what_was_dropped_below_is_counted(fake: pytest.MonkeyPatch) -> None:
    fake.setenv("FAKE_BEHAVIOUR", "overflow")
    with opened("default") as stream:
        heard(stream, 8)
        wait_until(lambda: stream.overflows == 2)


@pytest.mark.parametrize(
    ("behaviour", "asked", "kind", "words"),
    [
        ("missing", ["default"], GenredError, "PortAudio is not there .*libportaudio2"),
        ("no start", ["default"], GenredError, "^PortAudio: Error initializing PortAudio$"),
        ("refused", ["default"], GenredError, '^"default, ALSA" can\'t be opened: Invalid number'),
        ("busy", ["default"], GenredError, "^PortAudio: Error starting stream: Device unavail"),
        ("", ["named", "hw:"], UsageError, "names several devices"),
        ("", ["named", "webcam"], NoSuchDeviceError, 'no device named "webcam"'),
        ("", ["loopback"], NoSuchDeviceError, "brew install blackhole-2ch"),
    ],
)
def test_what_can_not_be_opened_says_why(
    fake: pytest.MonkeyPatch, behaviour: str, asked: list[str], kind: type[Exception], words: str
) -> None:
    fake.setenv("FAKE_BEHAVIOUR", behaviour)
    before = open_files()
    with pytest.raises(GenredError, match=words) as caught:
        opened(*asked)
    assert type(caught.value) is kind
    assert open_files() == before


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        ({}, "no input at all"),
        ({"OSS": [("dsp", 2, 8000)]}, 'no default among its inputs: "dsp, OSS"'),
    ],
)
def test_without_a_default_it_is_said_what_there_is(
    fake: pytest.MonkeyPatch, machine: Machine, words: str
) -> None:
    library = Library(machine)
    apis = [{**api, "default_input_device": -1} for api in library.query_hostapis()]
    fake.setenv("FAKE_MACHINE", json.dumps({"apis": apis, "devices": library.query_devices()}))
    with pytest.raises(NoSuchDeviceError, match=words):
        opened("default")


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("unplugged", "^PortAudio: Unanticipated host error$"),
        ("crash", "^ALSA lib pcm.c|the program that recorded it ended"),
    ],
)
def test_a_stream_that_fails_on_the_way_gives_what_came_and_says_why(
    fake: pytest.MonkeyPatch, behaviour: str, words: str
) -> None:
    fake.setenv("FAKE_BEHAVIOUR", behaviour)
    blocks: list[NDArray[np.float32]] = []
    with opened("default") as stream, pytest.raises(GenredError, match=words):
        hear(stream, blocks)
    assert len(blocks) == 2


def test_close_ends_a_device_that_opened_and_gives_nothing(fake: pytest.MonkeyPatch) -> None:
    fake.setenv("FAKE_BEHAVIOUR", "silent")
    with opened("default") as stream:
        result = in_thread(lambda: sum(block.samples.size for block in stream))
        assert not result.done()
        stream.close()
        assert result.result(WAIT_S) == 0


def test_a_device_that_hangs_while_it_opens_is_given_up(fake: pytest.MonkeyPatch) -> None:
    fake.setenv("FAKE_BEHAVIOUR", "hangs")
    fake.setattr(programs, "OPENING_S", 0.6)
    with pytest.raises(GenredError, match="the device did not open"):
        opened("default")


def test_a_list_that_takes_too_long_is_given_up(fake: pytest.MonkeyPatch) -> None:
    fake.setattr(programs, "OPENING_S", 0.3)
    fake.setenv("FAKE_BEHAVIOUR", "never there")
    with pytest.raises(GenredError, match="listing devices took more than 0 s"):
        listed(PORTAUDIO)


def test_a_list_that_fails_says_why(fake: pytest.MonkeyPatch) -> None:
    fake.setenv("FAKE_BEHAVIOUR", "missing")
    with pytest.raises(GenredError, match=r"PortAudio library not found.*libportaudio2"):
        listed(PORTAUDIO)


@pytest.mark.usefixtures("fake")
def test_a_recording_ends_with_us() -> None:
    with started(
        [sys.executable, "-m", PORTAUDIO, "record", "default"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        process.stdout.read(1000)
        drain = threading.Thread(target=process.stdout.read, daemon=True)
        drain.start()
        assert alive(process.pid)
        process.stdin.close()
        process.wait(WAIT_S)
        drain.join(WAIT_S)


def test_the_kernels_cards_and_the_servers_sockets_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = tmp_path / "cards"
    monkeypatch.setattr(programs, "_CARDS", cards)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    chosen, seen = ProgramInput(PORTAUDIO, ["default"]), []
    seen.append(chosen.devices())
    cards.write_text(" 0 [PCH            ]: HDA-Intel\n")
    seen.append(chosen.devices())
    (tmp_path / "pulse").mkdir()
    (tmp_path / "pulse" / "native").touch()
    seen.append(chosen.devices())
    (tmp_path / "pipewire-0").touch()
    seen.append(chosen.devices())
    assert len(set(map(str, seen))) == 4
    assert chosen.devices() == seen[-1]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert chosen.devices() is None


def test_the_real_library_has_what_is_asked_of_it() -> None:
    try:
        import sounddevice  # noqa: PLC0415 - it binds PortAudio when it is imported
    except OSError as error:
        pytest.skip(f"needs PortAudio ({error}): apt-get install libportaudio2")
    arguments = inspect.signature(sounddevice.RawInputStream).parameters
    assert {"device", "samplerate", "channels", "dtype", "latency"} <= set(arguments)
    for name in ("read", "samplerate", "__enter__", "__exit__"):
        assert hasattr(sounddevice.RawInputStream, name)
    assert issubclass(sounddevice.PortAudioError, Exception)
    for api in sounddevice.query_hostapis():
        assert {"name", "default_input_device"} <= set(api)
    needed = {"name", "hostapi", "default_samplerate", "max_input_channels"}
    assert all(needed <= set(device) for device in sounddevice.query_devices())
    assert listing(sounddevice) is not None
