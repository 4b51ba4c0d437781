"""What there is to hear: each back-end's list as devices, and their names for `--source`."""

from typing import Any

import pytest

from ears import FakeInput, timed, tone
from genred.audio import devices, ear
from genred.audio.children.portaudio import pick
from genred.audio.devices import (
    Device,
    Kind,
    Listing,
    first_host_api,
    look,
    measure,
    of_portaudio,
    of_server,
    of_wasapi,
    server_name,
)
from genred.audio.names import find
from genred.audio.programs import PORTAUDIO, WASAPI
from genred.audio.server_state import DOWN, ServerSource, ServerState
from genred.audio.soundserver import SoundServer
from genred.errors import GenredError


def source(name: str, monitor_of: str | None = None) -> ServerSource:
    return ServerSource(
        name=name, description=f"The {name}", sample_rate=48000, channels=2, channel_map=[],
        monitor_of=monitor_of,
    )  # fmt: skip


STATE = ServerState(
    up=True, server="pulseaudio 16.1", default_source="mic", default_sink="speakers",
    sources=[source("mic"), source("mic.2"), source("speakers.monitor", "speakers")],
)  # fmt: skip


class FakeServer(SoundServer):
    """A server that has said this, and is never started."""

    def __init__(self, state: ServerState) -> None:
        super().__init__()
        self.state = state

    def state_soon(self) -> ServerState:
        return self.state


def listing(*names: str, host_api: str = "ALSA", channels: int = 2) -> Listing:
    return [
        {"index": i, "name": name, "host_api": host_api, "sample_rate": 44100,
         "channels": channels, "default": i == 0}
        for i, name in enumerate(names)
    ]  # fmt: skip


def device(chosen: FakeInput) -> Device:
    return Device(chosen.name, "", Kind.INPUT, "fake", 48000, 2, (), chosen)


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What each program lists, or the error that it raises."""
    said: dict[str, Any] = {PORTAUDIO: []}

    def listed(module: str) -> Listing:
        found: Listing | Exception = said[module]
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(devices, "listed", listed)
    return said


def test_a_servers_sources_are_inputs_and_its_monitors_loopbacks() -> None:
    found = of_server(STATE, FakeServer(STATE))
    assert [(d.name, d.kind, d.default, d.words) for d in found] == [
        ("mic", Kind.INPUT, True, ("default",)),
        ("mic.2", Kind.INPUT, False, ()),
        ("speakers.monitor", Kind.LOOPBACK, True, ("loopback",)),
    ]
    assert found[0].description == "The mic"
    assert found[0].backend == "PulseAudio 16.1"


def test_without_a_microphone_both_words_mean_the_monitor() -> None:
    state = ServerState(
        up=True, default_source="s.monitor", default_sink="s", sources=[source("s.monitor", "s")]
    )
    (only,) = of_server(state, FakeServer(state))
    assert only.words == ("default", "loopback")


def test_each_name_of_a_server_means_that_source_alone() -> None:
    candidates = [(one.candidate, one) for one in STATE.sources]
    for found in of_server(STATE, FakeServer(STATE)):
        assert find(found.name, candidates).name == found.name


def test_each_name_of_portaudio_means_that_device_alone() -> None:
    listed = listing("USB: Audio (hw:1,0)", "USB: Audio (hw:1,0) 2", "default")
    for one, found in zip(listed, of_portaudio(listed), strict=True):
        assert pick(found.name, listed) is one


def test_a_device_of_any_number_of_channels_is_shown_as_it_would_be_opened() -> None:
    (pulse,) = of_portaudio(listing("pulse", channels=32))
    assert (pulse.channels, pulse.sample_rate, pulse.backend) == (2, 44100, "PortAudio: ALSA")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("pulseaudio 16.1", "PulseAudio 16.1"),
        ("PulseAudio (on PipeWire 0.3.65) 15.0.0", "PipeWire 0.3.65"),
        ("PipeWire 1.2.0", "PipeWire 1.2.0"),
    ],
)
def test_servers_are_called_what_they_are(said: str, shown: str) -> None:
    assert server_name(said) == shown


def test_linux_lists_the_server_and_portaudio(lists: dict[str, Any]) -> None:
    lists[PORTAUDIO] = listing("pulse")
    found = look(FakeServer(STATE), "linux")
    assert [d.name for d in found.devices] == ["mic", "mic.2", "speakers.monitor", "pulse, ALSA"]
    assert found.devices[-1].words == ()  # default is the server's while one answers
    assert found.failures == []


def test_a_back_end_that_fails_keeps_no_other_away(lists: dict[str, Any]) -> None:
    lists[PORTAUDIO] = GenredError("no library")
    found = look(FakeServer(STATE), "linux")
    assert len(found.devices) == 3
    assert found.failures == ["PortAudio: no library"]
    lists[PORTAUDIO] = listing("hw:0")
    found = look(FakeServer(DOWN), "linux")
    assert [(d.name, d.words) for d in found.devices] == [("hw:0, ALSA", ("default",))]
    assert found.failures == ["no sound server answers (no sound server has answered yet)"]


def test_a_list_that_cant_be_read_is_a_failure(lists: dict[str, Any]) -> None:
    lists[PORTAUDIO] = ValueError("Extra data")
    assert look(None, "darwin").failures == ["PortAudio: its list can't be read (Extra data)"]


def test_windows_lists_each_microphone_once_and_loopbacks(lists: dict[str, Any]) -> None:
    lists[PORTAUDIO] = [*listing("Mic", host_api="Windows WASAPI"), *listing("Mic", host_api="MME")]
    speakers = {"name": "S (loopback)", "sample_rate": 48000, "channels": 2, "default": True}
    lists[WASAPI] = [speakers]
    found = look(None, "win32").devices
    assert [(d.name, d.kind, d.words) for d in found] == [
        ("Mic, Windows WASAPI", Kind.INPUT, ("default",)),
        ("S (loopback)", Kind.LOOPBACK, ("loopback",)),
    ]
    assert first_host_api([]) == []
    assert of_wasapi([]) == []


def test_on_macos_virtual_drivers_are_loopbacks(lists: dict[str, Any]) -> None:
    lists[PORTAUDIO] = listing("Built-in", "BlackHole 2ch", "BlackHole 16ch", host_api="Core Audio")
    found = look(None, "darwin").devices
    assert [(d.kind, d.default) for d in found] == [
        (Kind.INPUT, True), (Kind.LOOPBACK, True), (Kind.LOOPBACK, False),
    ]  # fmt: skip


def test_what_is_heard_is_a_level_or_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ear, "NOTHING_S", 0.2)
    gone = GenredError('"X, ALSA" can\'t be opened: Invalid\nrate')
    chosen = [FakeInput(timed(tone(-30), 3)), FakeInput(), FakeInput(refuses=gone)]
    loud, dumb, broken = measure([device(one) for one in chosen])
    assert loud.level_dbfs == pytest.approx(-30, abs=0.01)
    assert loud.problem == ""
    assert dumb == (None, "no answer")
    assert broken == (None, "Invalid rate")
    assert chosen[0].closed == 1


def test_who_is_busy_is_asked_again_alone() -> None:
    busy = FakeInput(refuses=GenredError("can't be opened: Device unavailable [-9985]"))
    (reading,) = measure([device(busy)])
    assert reading == (None, "busy: Device unavailable [-9985]")
    assert busy.opened == 2
