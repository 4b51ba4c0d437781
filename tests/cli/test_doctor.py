"""`genred doctor`: lines, JSON and exit codes."""

import json
import sys
from collections.abc import Callable

import pytest

from genred.cli import doctor
from genred.cli.doctor import text_of
from genred.cli.main import app
from genred.cli.run import run_app
from genred.doctor.check import Check, bad, note, ok
from programs import genred

GOOD = [ok("python", "3.11.7"), note("alsa", "no /dev/snd")]
BAD = bad("port", "tcp://127.0.0.1:5570 is taken by nginx, pid 77", "kill 77 " + "x" * 80)
Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command where this is found; return its exit code."""

    def run_with(found: list[Check], *arguments: str) -> int:
        monkeypatch.setattr(doctor, "Checkup", lambda *_: iter(found))
        monkeypatch.setattr(sys, "argv", ["genred", "doctor", *arguments])
        return run_app(app, "genred")

    return run_with


def test_all_well_is_exit_0_with_ticks(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(GOOD) == 0
    assert capsys.readouterr().out == (
        "✓ python       3.11.7\n"
        "· alsa         no /dev/snd\n"
    )  # fmt: skip


def test_a_fault_is_exit_1_with_its_mend_in_one_line(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*GOOD, BAD]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "✗ port         tcp://127.0.0.1:5570 is taken by nginx, pid 77"
    assert lines[3] == f"               → {BAD.mend}"


def test_a_long_finding_is_folded_below_itself() -> None:
    lines = str(text_of(ok("model", "abcd " * 30), 80)).splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line.startswith((" " * 15 + "abcd", "✓")) for line in lines)


def test_a_terminal_without_ticks_gets_words() -> None:
    assert str(text_of(BAD, 80, plain=True)).isascii()
    assert str(text_of(GOOD[0], 80, plain=True)) == "ok python       3.11.7"


def test_json_is_one_object(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*GOOD, BAD], "--json") == 1
    shown = json.loads(capsys.readouterr().out)
    assert shown["ok"] is False
    assert shown["checks"][0] == {
        "name": "python", "state": "ok", "detail": "3.11.7", "mend": "",
    }  # fmt: skip
    assert [check["state"] for check in shown["checks"]] == ["ok", "note", "bad"]
    assert run(GOOD, "--json") == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_a_file_is_no_live_source(run: Run) -> None:
    assert run(GOOD, "--source", "song.wav") == 2


def test_a_source_that_is_not_there_is_one_cross_and_no_traceback() -> None:
    found = genred("doctor", "--source", "no such device of anybody's", "--json")
    checks = {check["name"]: check for check in json.loads(found.stdout)["checks"]}
    assert found.returncode == 1
    assert found.stderr == ""
    assert checks["capture"]["state"] == "bad"
    assert checks["model"]["state"] == checks["litert"]["state"] == "ok"


def test_a_stdout_that_knows_ascii_only_is_no_reason_to_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    found = genred("doctor", "--source", "no such device of anybody's")
    assert found.stdout.isascii()
    assert found.stdout.startswith("ok python")
    assert found.stderr == ""
