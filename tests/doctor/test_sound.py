"""PortAudio, the sound server and the program that records from it."""

import shutil

import pytest

from genred.audio.devices import Listing
from genred.audio.server_state import ServerState
from genred.doctor.check import State
from genred.doctor.sound import check_portaudio, check_recorder, check_server
from genred.errors import GenredError

NO_LIBRARY = GenredError(
    "PortAudio is not there (no library); install it: apt-get install libportaudio2"
)


def listing(count: int) -> Listing:
    return [{"name": f"hw:{i}"} for i in range(count)]


def test_portaudio_with_inputs_is_in_order() -> None:
    told = check_portaudio(listing(6), needed=True)
    assert told.state is State.OK
    assert told.detail == "6 inputs: hw:0, hw:1, hw:2, hw:3 ..."
    assert check_portaudio(listing(1), needed=False).detail == "1 input: hw:0"


@pytest.mark.parametrize(("needed", "state"), [(True, State.BAD), (False, State.NOTE)])
def test_portaudio_matters_where_no_server_answers(needed: bool, state: State) -> None:
    without = check_portaudio(NO_LIBRARY, needed=needed)
    assert without.state is state
    assert without.mend == "sudo apt-get install libportaudio2"
    assert without.detail.startswith("PortAudio is not there (no library)")
    assert check_portaudio([], needed=needed).state is state


def test_a_server_that_answers_is_named() -> None:
    state = ServerState(up=True, server="PulseAudio (on PipeWire 0.3.65) 15.0.0")
    told = check_server(state, ", our own (of ann)")
    assert told.state is State.OK
    assert told.detail == "PipeWire 0.3.65 answers, our own (of ann): 0 sources"


def test_the_recorder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert check_recorder(needed=True).detail == "parec (/usr/bin/parec)"


@pytest.mark.parametrize(("needed", "state"), [(True, State.BAD), (False, State.NOTE)])
def test_a_recorder_that_is_not_there_is_told_with_its_package(
    monkeypatch: pytest.MonkeyPatch, needed: bool, state: State
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    told = check_recorder(needed=needed)
    assert told.state is state
    assert told.mend == "sudo apt-get install pulseaudio-utils"
    assert "no program to record" in told.detail
