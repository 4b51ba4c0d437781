"""`genred devices`: what is shown, as a list, as JSON, and live."""

import json
import sys
import time
from collections.abc import Callable

import pytest
from rich.console import Console

from ears import FakeInput, timed, tone
from genred.audio import ear
from genred.audio.devices import Device, Found, Kind, Reading
from genred.audio.server_state import ServerSource, ServerState
from genred.audio.soundserver import SoundServer
from genred.cli import device_watch, devices
from genred.cli.device_list import DeviceList, Row
from genred.cli.device_watch import Watch
from genred.cli.main import app
from genred.cli.run import run_app
from genred.errors import GenredError

LONG = "alsa_output.usb-Focusrite_Scarlett_2i2_USB_Y8XXXX0000000-00.analog-stereo.monitor"
Run = Callable[..., int]


def device(name: str, chosen: FakeInput, kind: Kind = Kind.INPUT, *words: str) -> Device:
    return Device(name, f"The {name}", kind, "PulseAudio 16.1", 48000, 2, words, chosen)


LOUD = device("mic", FakeInput(timed(tone(-30), 3)), Kind.INPUT, "default")
BUSY = device(LONG, FakeInput(refuses=GenredError("Device busy")), Kind.LOOPBACK, "loopback")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command where these devices are found; return its exit code."""

    def run_with(found: Found, *arguments: str) -> int:
        monkeypatch.setattr(devices, "look", lambda _: found)
        monkeypatch.setattr(devices, "SoundServer", FakeServer)
        monkeypatch.setattr(sys, "argv", ["genred", "devices", *arguments])
        return run_app(app, "genred")

    return run_with


class FakeServer(SoundServer):
    """A server that a test speaks for."""

    def start(self, changed: Callable[[], None]) -> None:
        """Nothing is watched."""


def test_the_list_has_names_words_levels_and_reasons(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Found([LOUD, BUSY], [], "")) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "inputs"
    assert shown[1] == "  mic  ◀ default"
    assert shown[2] == "    The mic"
    assert shown[3] == "    ██████████             -30 dBFS   48000 Hz   2 ch  PulseAudio 16.1"
    assert shown[5] == "loopbacks: what the computer plays"
    assert f"  {LONG}  ◀ loopback" in shown  # whole, in one line
    assert "    busy: Device busy" in shown


def test_columns_stand_below_each_other_within_80() -> None:
    rows = [
        Row(LOUD, Reading(level, ""))
        for level in (None, 0.0, -0.4, -30.0, -59.9, -120.0)
    ]  # fmt: skip
    known = [str(line) for line in DeviceList(rows).lines() if "PulseAudio" in str(line)]
    assert len({line.index("Hz") for line in known}) == 1
    assert len({line.index("PulseAudio") for line in known}) == 1
    assert max(map(len, known)) <= 80


def test_json_is_one_finite_object_a_line(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Found([LOUD, BUSY], [], ""), "--json") == 0
    loud, busy = map(json.loads, capsys.readouterr().out.splitlines())
    assert loud == {
        "name": "mic", "description": "The mic", "kind": "input", "backend": "PulseAudio 16.1",
        "sample_rate": 48000, "channels": 2, "default": True, "level_dbfs": -30.0,
    }  # fmt: skip
    assert busy["kind"] == "loopback"
    assert busy["level_dbfs"] is None
    assert busy["problem"] == "busy: Device busy"


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_no_level_opens_nothing(
    run: Run, capsys: pytest.CaptureFixture[str], form: list[str]
) -> None:
    shut = FakeInput()
    assert run(Found([device("mic", shut)], [], ""), "--no-level", *form) == 0
    assert shut.opened == 0
    assert "dBFS" not in capsys.readouterr().out


def test_nothing_at_all_is_one_line_and_exit_1(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Found([], ["no sound server answers (refused)"], "PortAudio's inputs")) == 1
    out, errors = capsys.readouterr()
    assert out == ""
    assert errors == (
        "genred: nothing to hear: looked for PortAudio's inputs: "
        "no sound server answers (refused)\n"
    )


def test_a_back_end_that_fails_is_one_line_beside_the_others(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Found([LOUD], ["PortAudio: no library"], ""), "--no-level") == 0
    out, errors = capsys.readouterr()
    assert "  mic" in out
    assert errors == "genred: PortAudio: no library\n"


@pytest.mark.parametrize("other", ["--json", "--no-level"])
def test_watch_goes_with_neither(run: Run, other: str) -> None:
    assert run(Found([LOUD], [], ""), "--watch", other) == 2


def test_ctrl_c_ends_the_watch_with_0(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    chosen = FakeInput(timed(tone(-30), 8))
    assert run(Found([device("mic", chosen)], [], ""), "--watch") == 0


def test_the_watch_opens_what_comes_and_closes_what_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[FakeInput] = []

    def listen(_: object) -> ear.Ear:
        opened.append(FakeInput(timed(tone(-20), 4)))
        return ear.Ear(opened[-1])

    server = FakeServer()
    monkeypatch.setattr(device_watch, "of_server", lambda state, _: [
        device(source.name, FakeInput()) for source in state.sources
    ])  # fmt: skip
    server.state = state("a")
    with Watch([device("a", FakeInput()), LOUD], server, listen) as watch:
        watch.look()
        watch.look()
        assert len(opened) == 2
        server.state = state("b")
        watch.look()
        assert [row.device.name for row in watch.rows()] == ["b", "mic"]
        until(lambda: opened[0].closed == 1)
        until(lambda: watch.rows()[0].reading.level_dbfs is not None)
        assert watch.rows()[0].reading.level_dbfs == pytest.approx(-20, abs=0.01)
    until(lambda: all(one.closed == 1 for one in opened))


def test_a_watch_that_is_too_long_for_the_terminal_is_drawn_densely() -> None:
    with Watch([LOUD, BUSY], None) as watch:
        watch.look()
        high, low = (drawn(watch, height) for height in (40, 10))
    assert "The mic" in high
    assert "The mic" not in low
    assert len(low.splitlines()) < 10
    assert LONG[-20:] in low.replace("\n", "")  # folded, not cut


def drawn(watch: Watch, height: int) -> str:
    console = Console(width=80, height=height)
    with console.capture() as captured:
        console.print(watch)
    return captured.get()


def state(*names: str) -> ServerState:
    return ServerState(
        up=True,
        sources=[
            ServerSource(
                name=name, description="", sample_rate=1, channels=1, channel_map=[],
                monitor_of=None,
            )
            for name in names
        ],
    )  # fmt: skip


def until(so: Callable[[], bool]) -> None:
    """Wait until it is so; a fault, not a deadline, after ten seconds."""
    end = time.monotonic() + 10
    while not so():
        assert time.monotonic() < end
        time.sleep(0.01)
