"""What a sound server says: what its words mean, and what counts as something new."""

import msgspec
import pytest

from genred.audio.server_state import DOWN, Recording, ServerSource, ServerState


def source(name: str, monitor_of: str | None = None) -> ServerSource:
    return ServerSource(
        name=name, description=f"The {name}", sample_rate=48000, channels=2,
        channel_map=["front-left", "front-right"], monitor_of=monitor_of,
    )  # fmt: skip


MIC, SPEAKERS, HDMI = source("mic"), source("spk.monitor", "spk"), source("hdmi.monitor", "hdmi")
UP = ServerState(
    up=True, default_source="mic", default_sink="spk", sources=[MIC, HDMI, SPEAKERS],
    recordings=[Recording("a", "mic"), Recording("b", "")],
)  # fmt: skip


def changed(**fields: object) -> ServerState:
    return msgspec.structs.replace(UP, **fields)


def test_a_line_of_a_watcher_is_a_state() -> None:
    assert msgspec.json.decode(msgspec.json.encode(UP), type=ServerState) == UP
    down = msgspec.json.decode(b'{"up": false, "why": "refused"}', type=ServerState)
    assert (down.up, down.why, down.sources) == (False, "refused", [])


def test_the_default_is_the_source_that_the_server_names() -> None:
    assert UP.default is MIC
    assert changed(default_source="spk.monitor").default is SPEAKERS
    assert changed(default_source="gone").default is None
    assert DOWN.default is None


def test_the_loopback_is_the_monitor_of_the_default_sink() -> None:
    assert UP.loopback is SPEAKERS
    assert changed(default_sink="hdmi").loopback is HDMI
    assert changed(default_sink="gone").loopback is None
    assert changed(default_sink="").loopback is None
    assert DOWN.loopback is None


def test_a_source_is_found_by_exactly_its_name() -> None:
    assert UP.find("mic") is MIC
    assert UP.find("MIC") is None
    assert UP.find("mi") is None


@pytest.mark.parametrize(("token", "name"), [("a", "mic"), ("b", ""), ("other", "")])
def test_what_a_recording_hears_is_known_by_its_token(token: str, name: str) -> None:
    assert UP.heard_by(token) == name


MUTED = msgspec.structs.replace(MIC, muted=True)
NEW = {
    "a server": (DOWN, UP),
    "a source": (UP, changed(sources=[*UP.sources, source("usb")])),
    "another source": (UP, changed(sources=[source("usb"), HDMI, SPEAKERS])),
    "a default sink": (UP, changed(default_sink="hdmi")),
    "a default source": (UP, changed(default_source="spk.monitor")),
}
OLD = {
    "nothing": (UP, UP),
    "a server that goes": (UP, DOWN),
    "no server as before": (DOWN, DOWN),
    "a source that goes": (UP, changed(sources=[MIC, SPEAKERS])),
    "a recording": (UP, changed(recordings=[])),
    "that it has settled": (UP, changed(settled=True)),
    "a muted source": (UP, changed(sources=[MUTED, HDMI, SPEAKERS])),
}  # fmt: skip


@pytest.mark.parametrize("what", NEW)
def test_what_comes_is_more(what: str) -> None:
    before, after = NEW[what]
    assert after.offers_more(before)


@pytest.mark.parametrize("what", OLD)
def test_what_goes_or_stays_is_no_more(what: str) -> None:
    before, after = OLD[what]
    assert not after.offers_more(before)
