"""`genred status` and such, in this process, of a daemon in another."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import zmq
from rich.console import Console

from conftest import ROOT
from genred.cli.control_text import event_text, status_panel, status_rows
from genred.cli.main import app
from genred.cli.run import run_app
from genred.errors import GenredError
from genred.events import Prediction
from genred.events import json_schema as events_schema
from genred.requests import StatusResult, json_schema
from genred.wire.request import ask
from programs import WAIT_S, genred, raw_subscriber, received, running

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run one that hears silence; return its control endpoint."""
    folder = tmp_path_factory.mktemp("d")
    fifo = folder / "fifo"
    os.mkfifo(fifo)
    writer = os.open(fifo, os.O_RDWR)
    os.write(writer, bytes(60_000))
    endpoint = f"ipc://{folder}/c"
    where = ["--bind", f"ipc://{folder}/e", "--control", endpoint, "--stream", "bar"]
    source = f"pipe:{fifo}?rate=22050&channels=1"
    with running("run", "--source", source, *where), raw_subscriber(f"ipc://{folder}/e", "") as sub:
        while received(sub)["type"] != "genre":
            pass
        yield endpoint
    os.close(writer)


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command here; return its exit code and what it wrote."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["genred", *arguments])
        code = run_app(app, "genred")
        return code, *capsys.readouterr()

    return run


def test_every_method_is_answered_by_a_real_daemon(daemon: str, say: Say) -> None:
    where = ["--control", daemon]
    code, out, err = say("status", *where)
    assert (code, err) == (0, "")
    assert "capture  capturing since " in out
    assert f"control  {daemon}" in out

    code, out, _ = say("status", "--json", *where)
    said = json.loads(out)
    assert (code, said["stream"], said["control"]) == (0, "bar", [daemon])
    assert str(said["pid"]) in Path(f"/proc/{said['pid']}/stat").read_text().split()[0]

    code, out, _ = say("snapshot", "--json", *where)
    events = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert {"capture", "status"} <= {event["type"] for event in events}
    for event in events:
        jsonschema.Draft202012Validator(events_schema()).validate(event)
    assert say("snapshot", *where)[1].count("\n") >= 2

    assert say("pause", *where) == (0, "paused\n", "")
    assert json.loads(say("status", "--json", *where)[1])["capture"] == "paused"
    assert say("resume", *where) == (0, "recovering\n", "")

    assert say("set", "labels.weights.rock=0.5", *where) == (0, "labels.weights.rock = 0.5\n", "")
    assert "set      labels.weights.rock = 0.5\n" in say("status", *where)[1]
    code, out, err = say("set", "nonsense.key=1", *where)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert say("reload", *where) == (0, "nothing has changed\n", "")


def test_a_plain_req_in_any_language_gets_its_answer(daemon: str) -> None:
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.linger = 0
        socket.connect(daemon)
        socket.send(b'{"v":1,"id":"a","method":"status"}')
        assert socket.poll(WAIT_S * 1000)
        answer = msgspec.json.decode(socket.recv())
    jsonschema.Draft202012Validator(json_schema()).validate(answer)
    assert answer["id"] == "a"
    msgspec.convert(answer["result"], StatusResult)


def test_the_examples_in_docs_work(daemon: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / "control.md").read_text().replace("tcp://127.0.0.1:5571", daemon)
    python, shell, lines = (block(text, language) for language in ("python", "sh", "json"))
    exec(python, {})  # noqa: S102 - our own
    assert capsys.readouterr().out in ("silence\n", "unknown\n")
    assert ask(daemon, "status")["capture"] == "paused"
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    told = subprocess.run(["sh", "-c", shell], env=env, capture_output=True, check=True, text=True)
    assert told.stdout == "unknown\n"
    assert ask(daemon, "resume")["capture"] == "recovering"
    for line in lines.splitlines():
        jsonschema.Draft202012Validator(json_schema()).validate(json.loads(line))


def block(text: str, language: str) -> str:
    """Return the first fenced block of a language."""
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("command", ["status", "snapshot", "pause", "resume", "reload"])
def test_without_a_daemon_it_is_one_line_and_exit_1(command: str, say: Say, tmp_path: Path) -> None:
    code, out, err = say(command, "--control", f"ipc://{tmp_path}/c")
    assert (code, out) == (1, "")
    assert err.startswith(f"genred: no daemon at ipc://{tmp_path}/c: start one (genred run)")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "mend"),
    [
        (["status", "--control", "x"], "give tcp://HOST:PORT"),
        (["set", "a"], "give KEY=VALUE"),
        (["set", "=1"], "give KEY=VALUE"),
        (["set"], "Missing argument"),
        (["run", "--control", "none", "--control", "tcp://127.0.0.1:1"], "does not go with"),
        (["listen", "--control", "x"], "give tcp://HOST:PORT"),
    ],
)
def test_wrong_use_is_exit_2(arguments: list[str], mend: str, say: Say) -> None:
    code, _, err = say(*arguments)
    assert code == 2
    assert mend in err


def test_a_daemon_refuses_an_endpoint_that_is_none(tmp_path: Path) -> None:
    where = ["--bind", f"ipc://{tmp_path}/e", "--control", "x"]
    found = genred("run", "--source", f"pipe:{tmp_path}/none", *where)
    assert found.returncode == 2
    assert "give tcp://HOST:PORT" in found.stderr


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.2", 0.2),
        ("3", 3),
        ("true", True),
        ('"two words"', "two words"),
        ("debug", "debug"),
        ("two words", "two words"),
        ("[1, 2]", [1, 2]),
        ("2026-01-01", "2026-01-01"),
        ("1\nx = 2", "1\nx = 2"),
        ("", ""),
    ],
)
def test_a_value_is_read_as_in_the_config(
    text: str, value: Any, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def fake(endpoint: str, method: str, params: object, *, keys: object) -> dict[str, Any]:
        assert keys is None
        asked.append((endpoint, method, params))
        return {"values": params}

    monkeypatch.setattr("genred.cli.control.ask", fake)
    code, out, _ = say("set", f"a.b={text}", "c=1", "--control", "ipc:///e")
    assert asked == [("ipc:///e", "set", {"a.b": value, "c": 1})]
    assert (code, out) == (0, f"a.b = {json.dumps(value)}\nc = 1\n")


def test_a_reload_that_could_not_take_all_is_exit_1(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"changed": {"log.level": "debug"}, "refused": {"model": "restart genred"}}
    monkeypatch.setattr("genred.cli.control.ask", lambda *_, **__: found)
    assert say("reload") == (1, 'log.level = "debug"\n', "genred: model stays: restart genred\n")
    assert json.loads(say("reload", "--json")[1]) == found
    monkeypatch.setattr("genred.cli.control.ask", lambda *_, **__: {"changed": {}, "refused": {}})
    assert say("reload") == (0, "nothing has changed\n", "")


def test_a_daemon_of_another_version_is_one_line(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genred.cli.control.ask", lambda *_, **__: {"mood": "blue"})
    for command in ("status", "snapshot"):
        code, _, err = say(command)
        assert code == 1
        assert "the daemon's answer is of another version" in err


def said(**more: Any) -> StatusResult:
    made: dict[str, Any] = {
        "stream": "bar", "session": "s", "time": 1.8e9, "started": 1.8e9, "audio_time": 3.0,
        "capture": "capturing", "reason": "audio arrives", "capture_since": 1.8e9,
        "source": "USB Mic", "uptime_s": 3.0, "model": "genred-base 0.2.0", "overruns": 0,
        "interval_s": 1.0, "last_seq": {}, "subscribers": 1, "events": ["tcp://127.0.0.1:5570"],
        "control": ["tcp://127.0.0.1:5571"], "values": {}, "pid": 7, "version": "0.1.0",
    }  # fmt: skip
    return StatusResult(**made | more)


def shown(result: StatusResult) -> dict[str, str]:
    return {name: text.plain for name, text in status_rows(result)}


def test_what_is_not_known_is_not_shown() -> None:
    rows = shown(said())
    assert rows["genre"] == "unknown"
    assert rows["load"] == "0 overruns"
    assert "level" not in rows


def test_all_that_is_known_is_shown() -> None:
    rows = shown(
        said(
            genre="jazz", confidence=0.87, genre_since=1.8e9, level_dbfs=-30.0, zeros_s=61.0,
            sample_rate=48000, channels=2, real_time_factor=0.005, overruns=1, uptime_s=93784.0,
            values={"labels.weights.rock": 0.2},
        )
    )  # fmt: skip
    assert rows["genre"].startswith("jazz  87%  since 2027-01-")
    assert rows["source"] == "USB Mic, 48000 Hz, 2 ch"
    assert rows["level"] == "██████       -30 dBFS"
    assert rows[""] == "only digital zeros for 1 min 1 s"
    assert rows["load"] == "0.50% of real time, 1 overrun"
    assert rows["events"] == "tcp://127.0.0.1:5570; 1 subscriber"
    assert rows["running"].startswith("1 d 2 h, since 2027-01-")
    assert rows["set"] == "labels.weights.rock = 0.2"


def test_in_a_terminal_it_has_a_frame() -> None:
    screen = io.StringIO()
    Console(width=80, file=screen).print(status_panel(said(genre="jazz")))
    assert "genred · bar · genred-base 0.2.0" in screen.getvalue()
    assert screen.getvalue().count("│") >= 12
    assert "stream" not in screen.getvalue()


def test_a_prediction_is_a_line_of_its_best() -> None:
    event = Prediction(
        stream="bar", session="s", seq=0, time=0.0, audio_time=61.0, window={}, level_dbfs=-3.0,
        probabilities={"a": 0.1, "b": 0.6, "c": 0.2, "d": 0.1},
    )  # fmt: skip
    assert event_text(event) == "  1:01.0  bar  b 0.60, c 0.20, a 0.10"


def test_the_schema_in_docs_is_the_one_of_the_structs(say: Say) -> None:
    written = (ROOT / "docs" / "control.schema.json").read_text()
    assert say("schema", "--control")[1] == written


def test_a_taken_control_socket_ends_a_start_and_says_who_holds_it(
    daemon: str, tmp_path: Path
) -> None:
    pid = ask(daemon, "status")["pid"]
    bound = ["--bind", f"ipc://{tmp_path}/e", "--control", daemon]
    found = genred("run", "--source", f"pipe:{tmp_path}/none", *bound)
    assert found.returncode == 1
    assert found.stderr == (
        f"genred: {daemon} is taken by genred, pid {pid}; kill {pid}, or give another --control\n"
    )
    assert found.stdout.count("\n") <= 1


def test_a_replay_tells_how_it_is_and_refuses_what_it_can_not(demo: Path, tmp_path: Path) -> None:
    where = ["--bind", f"ipc://{tmp_path}/e", "--control", f"ipc://{tmp_path}/c", "--stream", "bar"]
    wanted = ["--speed", "20", "--wait-for-subscribers", "1"]
    endpoint = f"ipc://{tmp_path}/c"
    with (
        running("replay", demo, *where, *wanted),
        raw_subscriber(f"ipc://{tmp_path}/e", "") as socket,
    ):
        received(socket)
        assert ask(endpoint, "status")["stream"] == "bar"
        assert len(ask(endpoint, "snapshot")["events"]) >= 2
        for method in ("pause", "resume", "reload"):
            with pytest.raises(GenredError, match="files that are played"):
                ask(endpoint, method)
