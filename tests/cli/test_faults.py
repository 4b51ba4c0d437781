"""What befalls a machine that runs for months, and that the daemon goes on or says why not.

A full disk, a home that can't be written, a taken port, a model that is replaced while it runs.
The clock that is set back is turned in tests/service/test_loop.py.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genred.model.shipped import find
from programs import WAIT_S, raw_subscriber, received

pytestmark = pytest.mark.slow  # each is a process

RATE = 22050
PLAIN = f"pipe:-?rate={RATE}&channels=1&format=f32le"


@contextlib.contextmanager
def daemon(
    endpoint: str, *arguments: str, environment: dict[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the daemon with its stdin as source; it is ended with the test."""
    process = subprocess.Popen(
        [sys.executable, "-m", "genred.service", "--source", PLAIN, "--bind", endpoint, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | (environment or {}),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process: "subprocess.Popen[bytes]") -> str:
    """Ask it to end; return what it said on stderr."""
    process.terminate()
    _, said = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, said.decode()
    return said.decode()


def refused(process: "subprocess.Popen[bytes]", code: int = 1) -> str:
    """Wait for its end by itself; return the one line that it said."""
    _, said = process.communicate(timeout=WAIT_S)
    assert process.returncode == code, said.decode()
    (line,) = said.decode().splitlines()
    assert line.startswith("genred: ")
    return line


def play(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Give it noise."""
    assert process.stdin
    samples = np.random.default_rng(0).standard_normal(round(seconds * RATE)) * 0.1
    process.stdin.write(samples.astype("<f4").tobytes())
    process.stdin.flush()


def prediction(events: Any, after_s: float = 0.0) -> dict[str, Any]:
    """Wait for a prediction of audio after some time, for some heartbeats."""
    for _ in range(WAIT_S):
        event = received(events)
        if event["type"] == "prediction" and event["audio_time"] > after_s:
            return event
    raise TimeoutError("no prediction came")


@pytest.fixture
def endpoint(tmp_path: Path) -> str:
    return f"ipc://{tmp_path}/e"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model that may be replaced."""
    return Path(shutil.copy(find("tiny"), tmp_path / "mine.tflite"))


@pytest.mark.parametrize("fate", ["another model", "rubbish", "cut", "gone"])
def test_a_model_that_is_replaced_while_it_runs_is_heard_with_to_the_end(
    endpoint: str, model: Path, fate: str
) -> None:
    with (
        raw_subscriber(endpoint, "prediction/", "status/") as events,
        daemon(endpoint, "--model", str(model)) as running,
    ):
        received(events)  # by then it hears us
        play(running, 4.0)
        before = prediction(events)
        if fate == "another model":
            shutil.copy(find("base"), model)  # into the same file, as cp does
        elif fate == "rubbish":
            model.write_bytes(os.urandom(100_000))
        elif fate == "cut":
            os.truncate(model, 5000)
        else:
            model.unlink()
        play(running, 4.0)
        after = prediction(events, after_s=5.0)
        assert set(after["window"]) == set(before["window"])
        assert ended(running) == ""


def test_the_next_start_takes_the_model_that_is_there_then(endpoint: str, model: Path) -> None:
    shutil.copy(find("base"), model)
    with (
        raw_subscriber(endpoint, "status/") as events,
        daemon(endpoint, "--model", str(model)) as running,
    ):
        assert received(events)["model"].startswith("genred-base ")
        assert ended(running) == ""


def test_or_refuses_it_in_one_line(endpoint: str, model: Path) -> None:
    model.write_bytes(model.read_bytes()[:-10])
    with daemon(endpoint, "--model", str(model)) as running:
        assert str(model) in refused(running)
    model.unlink()
    with daemon(endpoint, "--model", str(model)) as running:
        assert "give a model that exists" in refused(running)


@pytest.mark.parametrize("home", ["/proc", "/dev/null", "/nonexistent"])
def test_a_home_that_can_not_be_written_is_no_need_of_the_daemons(endpoint: str, home: str) -> None:
    places = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    with (
        raw_subscriber(endpoint, "prediction/", "status/") as events,
        daemon(endpoint, environment=dict.fromkeys(places, home)) as running,
    ):
        received(events)
        play(running, 4.0)
        assert prediction(events)["window"]
        assert ended(running) == ""


def test_a_taken_port_is_one_line(endpoint: str) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        taken = f"127.0.0.1:{held.getsockname()[1]}"
        with daemon(f"tcp://{taken}") as running:
            assert f"tcp://{taken} is taken" in refused(running)
        with daemon(endpoint, "--metrics", taken) as running:
            assert f"metrics.bind {taken} is taken" in refused(running)


@pytest.mark.parametrize("log", ["/dev/full", "/proc/log", "/dev/null/log"])
def test_a_log_that_can_not_be_written_is_told_once_and_the_socket_goes_on(
    endpoint: str, log: str
) -> None:
    with (
        raw_subscriber(endpoint, "prediction/", "status/") as events,
        daemon(endpoint, "--log", log) as running,
    ):
        received(events)
        play(running, 4.0)
        assert prediction(events)
        said = ended(running)
    assert said.count("\n") == 1
    assert said.startswith(f"genred: can't write the log {log}: ")
