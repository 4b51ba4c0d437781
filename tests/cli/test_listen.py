"""`genred listen`: lines, JSON, and the live view."""

import io
import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from genred.cli.view import View
from genred.events import Capture, Genre, Prediction, Status
from genred.wire.watch import Refused
from programs import GENRED, WAIT_S, genred, raw_publisher, running


def listened(tmp_path: Path, demo: Path, *options: str) -> str:
    endpoint = f"ipc://{tmp_path}/events"
    bound = ["--bind", endpoint, "--wait-for-subscribers", "1", "--stream", "bar"]
    with running("replay", demo, "--speed", "max", *bound):
        found = subprocess.run(
            [*GENRED, "listen", endpoint, "--until-ended", *options],
            capture_output=True,
            text=True,
            check=True,
            timeout=WAIT_S,
        )
    assert found.stderr == ""
    return found.stdout


def test_without_a_terminal_there_is_a_line_for_each_change(tmp_path: Path, demo: Path) -> None:
    lines = listened(tmp_path, demo).splitlines()
    assert len(lines) >= 3
    assert all(line.split()[1] == "bar" for line in lines)


def test_json_is_one_event_a_line(tmp_path: Path, demo: Path) -> None:
    events = [json.loads(line) for line in listened(tmp_path, demo, "--json").splitlines()]
    assert {event["type"] for event in events} == {"genre", "prediction", "capture", "status"}
    assert events[-1]["state"] == "ended"


def test_an_endpoint_that_is_none_is_one_line_and_exit_2() -> None:
    found = genred("listen", "nonsense")
    assert found.returncode == 2
    assert found.stderr.startswith("genred: ")
    assert found.stderr.count("\n") == 1


def test_ctrl_c_is_the_way_to_leave(tmp_path: Path) -> None:
    with running("listen", f"ipc://{tmp_path}/nobody", "--json") as process:
        # Its socket is connected once the program listens for signals.
        with raw_publisher(f"ipc://{tmp_path}/nobody") as publisher:
            assert publisher.poll(WAIT_S * 1000)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=WAIT_S) == 0


def drawn(view: View) -> str:
    screen = io.StringIO()
    Console(width=80, file=screen).print(view)
    return screen.getvalue()


def test_the_view_forgets_what_was_heard_in_silence_and_other_sessions() -> None:
    view = View(["x"])
    common: dict[str, Any] = {"stream": "bar", "time": 0.0, "seq": 0}
    view.take(Genre(**common, session="one", audio_time=3.0, genre="jazz", onset=0.0))
    view.take(
        Prediction(
            **common,
            session="one",
            audio_time=3.0,
            probabilities={"jazz": 0.75},
            window={},
            level_dbfs=-18.0,
        )
    )
    assert "75%" in drawn(view)
    view.take(Genre(**common, session="one", audio_time=9.0, genre="silence", onset=8.5))
    assert "75%" not in drawn(view)
    assert "nothing to hear" in drawn(view)
    assert "0:09.0" in drawn(view)
    view.take(Genre(**common, session="two", audio_time=1.0, genre="rock", onset=0.0))
    assert "jazz" not in drawn(view)


def test_the_view_tells_that_the_key_is_refused_until_it_is_not() -> None:
    view = View(["tcp://10.0.0.1:5570"])
    view.note(Refused("tcp://10.0.0.1:5570", "the key is refused"))
    assert "waiting for" in drawn(view)
    assert "the key is refused" in drawn(view)
    view.take(
        Genre(stream="bar", time=0.0, seq=0, session="s", audio_time=3.0, genre="jazz", onset=0.0)
    )
    assert "jazz" in drawn(view)
    assert "refused" not in drawn(view)


def test_the_view_waits_then_shows_genre_bars_level_and_history() -> None:
    view = View(["tcp://127.0.0.1:5570"])
    assert "waiting for tcp://127.0.0.1:5570" in drawn(view)
    common: dict[str, Any] = {"stream": "bar", "session": "s", "time": 0.0, "audio_time": 61.5}
    view.take(
        Status(
            **common,
            seq=0,
            capture="capturing",
            uptime_s=1.0,
            model="genred-base 0.1.0",
            interval_s=1.0,
            last_seq={},
        )
    )
    view.take(Capture(**common, seq=0, state="capturing", reason="playing", source="a.wav"))
    view.take(Genre(**common, seq=0, genre="jazz", confidence=0.87, onset=58.5))
    view.take(
        Prediction(
            **common, seq=0, probabilities={"jazz": 0.75, "rock": 0.25}, window={}, level_dbfs=-18.0
        )
    )
    picture = drawn(view)
    for shown in ("bar", "genred-base 0.1.0", "jazz", " 87%", " 75%", "-18 dBFS", "0:58.5"):
        assert shown in picture


def test_an_endpoint_that_is_given_needs_no_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "config.toml"
    broken.write_text("nonsense = 1\n")
    monkeypatch.setenv("GENRED_CONFIG", str(broken))
    with (
        raw_publisher(f"ipc://{tmp_path}/e") as publisher,
        running("listen", f"ipc://{tmp_path}/e"),
    ):
        assert publisher.poll(WAIT_S * 1000)  # it has subscribed
    assert genred("listen").returncode == 2
