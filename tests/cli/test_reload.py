"""A running daemon whose config is changed under it: real processes, real signals."""

import contextlib
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from programs import GENRED, WAIT_S, raw_subscriber, received, started, until_ended

SERVICE = [sys.executable, "-m", "genred.service"]
OWN_TERMINAL = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A config of a source that never gives anything."""
    os.mkfifo(tmp_path / "fifo")
    path = tmp_path / "config.toml"
    path.write_text(f"source = 'pipe:{tmp_path}/fifo'\nevents.bind = ['ipc://{tmp_path}/e']\n")
    return path


@contextlib.contextmanager
def daemon(*command: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=WAIT_S)


def line(process: "subprocess.Popen[str]") -> str:
    """Wait for a line on stderr."""
    assert process.stderr
    return process.stderr.readline()


@pytest.mark.slow
def test_a_broken_file_never_stops_a_running_daemon(file: Path) -> None:
    right = file.read_text()
    with (
        daemon(*GENRED, "run", "--config", str(file)) as process,
        raw_subscriber(f"ipc://{file.parent}/e", "status/") as socket,
    ):
        first = received(socket)
        for text, said in {
            "tracking = {": f"not reloaded, all stays as it was: {file}:3: no TOML: ",
            "wait = 1": f"not reloaded, all stays as it was: {file}:3: wait = 1: give true or",
            "labels.names.rock = 'Rock!'": f'reloaded {file}: labels.names.rock = "Rock!"\n',
            "stream = 'x'": f"reloaded {file}: labels.names.rock = null; restart genred: stream\n",
        }.items():
            file.write_text(right + text)
            process.send_signal(signal.SIGHUP)
            assert line(process).startswith(f"genred: {said}")
        file.unlink()
        process.send_signal(signal.SIGHUP)
        assert "No such file or directory" in line(process)
        before = received(socket)
        after = received(socket)
        assert after["seq"] == before["seq"] + 1
        assert after["session"] == first["session"]
        process.terminate()
        assert process.wait(WAIT_S) == 0


@pytest.mark.slow
def test_flags_and_the_environment_reach_the_daemon_through_genred_run(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENRED_STREAM", "from-environment")
    endpoint = f"ipc://{file.parent}/f"
    command = [*GENRED, "run", "--config", str(file), "--bind", endpoint]
    with daemon(*command), raw_subscriber(endpoint, "status/") as socket:
        assert received(socket)["stream"] == "from-environment"


@pytest.mark.slow
@pytest.mark.parametrize("nohup", [False, True])
def test_a_terminal_that_is_closed_ends_it_but_under_nohup(file: Path, *, nohup: bool) -> None:
    ours, its = pty.openpty()
    begin = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); " * nohup
    code = f"{OWN_TERMINAL}{begin}os.execv(sys.executable, {[*SERVICE, '--config', str(file)]})"
    with (
        started(
            [sys.executable, "-c", code], stdin=its, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        ) as process,
        raw_subscriber(f"ipc://{file.parent}/e", "status/", "capture/") as socket,
    ):  # fmt: skip
        os.close(its)
        received(socket)
        # A signal by hand is no end of the terminal.
        process.send_signal(signal.SIGHUP)
        assert line(process) == f"genred: reloaded {file}: nothing changed\n"
        os.close(ours)
        if nohup:
            assert line(process) == f"genred: reloaded {file}: nothing changed\n"
            process.terminate()
        assert until_ended(socket)[-1]["reason"] == "interrupted"
        assert process.wait(WAIT_S) == 0
