"""What Windows plays, heard through a library that a test writes."""

import ast
import importlib.util
import itertools
import time
from pathlib import Path

import numpy as np
import pytest

from genred.audio.names import NoSuchDeviceError
from genred.audio.programs import PORTAUDIO, WASAPI, ProgramInput, ProgramStream, listed
from genred.audio.source import MisplacedError
from genred.errors import GenredError, UsageError
from live_fakes import open_files

RATE = 22050

FAKE = """
import os, sys, time
import numpy
behaviour = os.environ.get("FAKE_BEHAVIOUR", "")
blocks = 0
if behaviour == "missing":
    raise OSError("cannot load library 'ole32'")

class Device:
    def __init__(self, id, name):
        self.id, self.name = id, name

    def recorder(self, samplerate, channels):
        assert (samplerate, channels) == (48000, 2)
        return Recorder()

class Recorder:
    def __enter__(self):
        if behaviour == "refused":
            raise RuntimeError("Error 0x88890004")
        return self

    def __exit__(self, *_):
        pass

    def record(self, numframes):
        global blocks
        blocks += 1
        if behaviour == "unplugged" and blocks == 3:
            raise RuntimeError("Error 0x88890004")
        if behaviour == "noise":
            print("SoundcardRuntimeWarning: data discontinuity in recording", file=sys.stderr)
        level = 0.0 if behaviour == "idle" else 0.25
        return numpy.full([numframes, 2], level, "float32")

SPEAKERS = [Device("{0.0.0}.{a}", "Speakers (Realtek(R) Audio)"), Device("{b}", "HDMI (NVIDIA)")]

def all_speakers():
    return SPEAKERS

def default_speaker():
    if behaviour == "no speaker":
        raise RuntimeError("Error 0x80070490")
    if behaviour == "none":
        return None
    return SPEAKERS[behaviour == "other" and blocks > 0]

def get_microphone(id, include_loopback=False):
    assert include_loopback
    return next(speaker for speaker in SPEAKERS if speaker.id == id)
"""
SPEAKERS = ["Speakers (Realtek(R) Audio) (loopback)", "HDMI (NVIDIA) (loopback)"]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Put a library of this name before the real one."""
    (tmp_path / "soundcard.py").write_text(FAKE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return monkeypatch


def opened(*asked: str) -> ProgramStream:
    return ProgramInput(WASAPI, list(asked)).open(RATE, time.monotonic)


@pytest.mark.usefixtures("fake")
def test_every_speaker_is_listed_and_which_is_the_default() -> None:
    found = listed(WASAPI)
    assert [device["name"] for device in found] == SPEAKERS
    assert [device["default"] for device in found] == [True, False]


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize(
    ("asked", "name"), [(["loopback"], SPEAKERS[0]), (["named", "hdmi"], SPEAKERS[1])]
)
def test_what_a_speaker_plays_is_recorded(asked: list[str], name: str) -> None:
    with opened(*asked) as stream:
        assert (stream.name, stream.sample_rate, stream.channels) == (name, 48000, 2)
        heard = np.concatenate([block.samples for block in itertools.islice(stream, 4)])
    assert heard[2000:] == pytest.approx(0.25, abs=1e-3)


@pytest.mark.usefixtures("fake")
def test_the_name_that_is_listed_is_a_name_that_can_be_asked_for() -> None:
    chosen = ProgramInput(WASAPI, ["named", SPEAKERS[1].upper()])
    for _ in range(2):
        with chosen.open(RATE, time.monotonic) as stream:
            assert stream.name == chosen.name == SPEAKERS[1]


def test_another_default_speaker_is_to_be_followed(fake: pytest.MonkeyPatch) -> None:
    fake.setenv("FAKE_BEHAVIOUR", "other")
    with opened("loopback") as stream, pytest.raises(MisplacedError) as caught:
        list(stream)
    assert caught.value.follow
    assert str(caught.value) == "the default is HDMI (NVIDIA) now"


def test_a_named_speaker_is_no_longer_left_for_another_default(fake: pytest.MonkeyPatch) -> None:
    fake.setenv("FAKE_BEHAVIOUR", "other")
    with opened("named", SPEAKERS[0]) as stream:
        assert len(list(itertools.islice(stream, 12))) == 12


def test_silence_takes_the_time_that_it_stands_for(fake: pytest.MonkeyPatch) -> None:
    fake.setenv("FAKE_BEHAVIOUR", "idle")
    with opened("loopback") as stream:
        blocks = iter(stream)
        next(blocks)
        begun_s = time.monotonic()
        assert not any(block.samples.any() for block in itertools.islice(blocks, 4))
        assert time.monotonic() - begun_s >= 0.9


def test_only_a_loopback_may_be_quiet() -> None:
    assert ProgramInput(WASAPI, ["loopback"]).quiet_is_silence
    assert not ProgramInput(PORTAUDIO, ["default"]).quiet_is_silence


@pytest.mark.parametrize(
    ("behaviour", "asked", "kind", "words"),
    [
        ("missing", ["loopback"], GenredError, "soundcard does not work here .*ole32.*pip install"),
        ("no speaker", ["loopback"], NoSuchDeviceError, "^Windows has no default speaker$"),
        ("none", ["loopback"], NoSuchDeviceError, "^Windows has no default speaker$"),
        ("refused", ["loopback"], GenredError, "^WASAPI: Error 0x88890004$"),
        ("", ["named", "usb (loopback)"], NoSuchDeviceError, "no device named"),
        ("", ["named", "(loopback)"], UsageError, "names several devices"),
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


def test_a_speaker_that_goes_is_said(fake: pytest.MonkeyPatch) -> None:
    fake.setenv("FAKE_BEHAVIOUR", "unplugged")
    with opened("loopback") as stream, pytest.raises(GenredError, match="WASAPI: Error 0x88890"):
        list(stream)


def test_a_librarys_noise_is_no_fault(fake: pytest.MonkeyPatch) -> None:
    fake.setenv("FAKE_BEHAVIOUR", "noise")
    with opened("loopback") as stream:
        assert len(list(itertools.islice(stream, 6))) == 6


def test_a_list_that_fails_says_why(fake: pytest.MonkeyPatch) -> None:
    fake.setenv("FAKE_BEHAVIOUR", "missing")
    with pytest.raises(GenredError, match="soundcard does not work here"):
        listed(WASAPI)


def test_the_real_library_has_what_is_asked_of_it() -> None:
    spec = importlib.util.find_spec("soundcard")
    if spec is None or spec.origin is None:
        pytest.skip("needs soundcard: pip install soundcard")
    # It binds Windows when it is imported, so it is read.
    tree = ast.parse((Path(spec.origin).parent / "mediafoundation.py").read_text())
    arguments = {
        node.name: [argument.arg for argument in node.args.args]
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }
    assert arguments["all_speakers"] == arguments["default_speaker"] == []
    assert arguments["get_microphone"] == ["id", "include_loopback"]
    assert {"samplerate", "channels"} <= set(arguments["recorder"])
    assert "numframes" in arguments["record"]
    assert arguments["id"] == arguments["name"] == ["self"]
