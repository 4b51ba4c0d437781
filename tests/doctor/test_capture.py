"""Two seconds of a source: opened or not, its level against the gate, its rate."""

import numpy as np
import pytest

from ears import FakeInput, N, timed, tone
from genred.audio import ear
from genred.audio.names import NoSuchDeviceError
from genred.audio.server_state import DOWN, ServerSource, ServerState
from genred.doctor import capture
from genred.doctor.capture import check_capture, check_level, check_rate, raised
from genred.doctor.check import Check, State
from genred.errors import GenredError, UsageError
from genred.parameters import Tracking


def source(name: str, monitor_of: str | None = None, *, muted: bool = False) -> ServerSource:
    return ServerSource(
        name=name, description="", sample_rate=48000, channels=2, channel_map=[],
        monitor_of=monitor_of, muted=muted,
    )  # fmt: skip


SERVED = ServerState(
    up=True, sources=[source("mic"), source("shut", muted=True), source("s.monitor", "s")]
)
ZEROS = timed(np.zeros(N, np.float32), 9)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ear, "NOTHING_S", 0.2)
    monkeypatch.setattr(ear, "OPENING_S", 0.5)


def heard(monkeypatch: pytest.MonkeyPatch, chosen: FakeInput) -> list[Check]:
    monkeypatch.setattr(capture, "make_input", lambda _: chosen)
    return check_capture("default", Tracking(), SERVED)


def states(found: list[Check]) -> dict[str, State]:
    return {check.name: check.state for check in found}


def test_sound_at_its_rate_is_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = FakeInput(timed(tone(-30), 9), name="mic")
    found = heard(monkeypatch, chosen)
    assert states(found) == dict.fromkeys(("capture", "level", "rate"), State.OK)
    assert found[0].detail == "mic (48000 Hz, 2 ch) delivers"
    assert found[1].detail == "-30 dBFS; the gate opens at -60"
    assert chosen.closed == 1


@pytest.mark.parametrize(
    ("error", "mended"),
    [
        (NoSuchDeviceError("none so"), True),
        (UsageError("two so"), True),
        (GenredError("no"), False),
    ],
)
def test_what_does_not_open_is_a_cross_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, error: GenredError, mended: bool
) -> None:
    (told,) = heard(monkeypatch, FakeInput(refuses=error))
    assert (told.name, told.state, told.detail) == ("capture", State.BAD, str(error))
    assert ("genred devices" in told.mend) == mended


def test_what_is_open_and_gives_nothing_is_a_cross_with_its_trouble(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (told,) = heard(monkeypatch, FakeInput(name="mic"))
    assert told.state is State.BAD
    assert "mic is open, but nothing arrives" in told.detail
    assert told.detail.endswith("it sulks")


def test_an_idle_loopback_of_windows_is_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = FakeInput()
    chosen.quiet_is_silence = True
    assert states(heard(monkeypatch, chosen)) == {"capture": State.NOTE}


def test_a_pipes_pace_is_its_writers(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = FakeInput(timed(tone(-30), 9, speed=20))
    chosen.drops = False
    assert set(states(heard(monkeypatch, chosen))) == {"capture", "level"}


def test_a_rate_that_seems_off_is_measured_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    found = heard(monkeypatch, FakeInput(timed(tone(-30), 25, speed=48000 / 44100)))
    assert states(found)["rate"] is State.BAD
    assert "48000 Hz claimed: 9% too fast: every genre is wrong" in found[-1].detail


@pytest.mark.parametrize(
    ("ratio", "state"),
    [(None, State.NOTE), (1.0, State.OK), (0.96, State.OK), (1.06, State.BAD), (0.9, State.BAD)],
)
def test_five_percent_can_be_told(ratio: float | None, state: State) -> None:
    assert check_rate(ratio, 48000).state is state


def test_the_gate_is_the_models() -> None:
    blocks = timed(tone(-55), 4)
    assert check_level(blocks, Tracking(), "mic", SERVED, played=False).state is State.OK
    told = check_level(blocks, Tracking(open_dbfs=-50), "mic", SERVED, played=False)
    assert told.state is State.NOTE
    assert "the gate opens at -50: this is `silence`" in told.detail
    assert told.mend == "pactl set-source-mute mic 0; pactl set-source-volume mic +10dB"


def test_zeros_of_a_microphone_are_a_fault_and_of_a_loopback_none() -> None:
    mic = check_level(ZEROS, Tracking(), "mic", SERVED, played=False)
    assert mic.state is State.BAD
    assert "digital zeros" in mic.detail
    told = check_level(ZEROS, Tracking(), "s.monitor", SERVED, played=True)
    assert told.state is State.NOTE
    assert "nothing plays" in told.detail


@pytest.mark.parametrize("name", ["s.monitor", "Speakers (loopback)"])
def test_loopbacks_are_known_by_the_server_or_their_names(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    found = states(heard(monkeypatch, FakeInput(ZEROS, name=name)))
    assert found["level"] is State.NOTE


def test_a_muted_source_is_told_as_such() -> None:
    told = check_level(ZEROS, Tracking(), "shut", SERVED, played=False)
    assert (told.state, told.mend) == (State.BAD, "pactl set-source-mute shut 0")


def test_each_system_says_where_its_inputs_are_raised() -> None:
    assert "alsamixer" in raised("hw:0", DOWN, "linux")
    assert "System Settings" in raised("Mic", DOWN, "darwin")
    assert "Settings: System: Sound" in raised("Mic", DOWN, "win32")
    assert raised("Mic", DOWN, "freebsd14")
