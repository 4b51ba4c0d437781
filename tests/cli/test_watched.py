"""What `genred run` shows of itself: a log, and figures for Prometheus."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from live_fakes import wait_until
from programs import WAIT_S, free_address, raw_subscriber, received, started

pytestmark = pytest.mark.slow  # each is a process

RATE = 22050
COMMAND = [
    sys.executable, "-m", "genred.service",
    "--source", f"pipe:-?rate={RATE}&channels=1&format=f32le", "--stream", "bar",
]  # fmt: skip
NOISE = (np.random.default_rng(0).standard_normal(4 * RATE) * 0.1).astype("<f4").tobytes()


@pytest.fixture
def endpoint(tmp_path: Path) -> str:
    return f"ipc://{tmp_path}/e"


def test_a_journal_gets_lines_with_priorities_and_stdout_none(endpoint: str) -> None:
    ran = subprocess.run(
        [*COMMAND, "--bind", endpoint, "--log", "journal"],
        input=NOISE, capture_output=True, check=True, timeout=WAIT_S,
    )  # fmt: skip
    assert ran.stdout == b""
    lines = ran.stderr.decode().splitlines()
    assert lines[0].startswith("<6>genred: started version=")
    assert "<6>genred: capture is capturing stream=bar" in ran.stderr.decode()
    assert "<6>genred: genre is unknown stream=bar" in ran.stderr.decode()
    assert all(line.startswith(("<4>genred: ", "<6>genred: ")) for line in lines)


def test_a_file_gets_them_with_times_and_stdout_its_own(tmp_path: Path, endpoint: str) -> None:
    log = tmp_path / "log"
    ran = subprocess.run(
        [*COMMAND, "--bind", endpoint, "--log", str(log)],
        input=NOISE, capture_output=True, check=True, timeout=WAIT_S,
    )  # fmt: skip
    assert b"[capturing] stdin" in ran.stdout
    assert ran.stderr == b""
    lines = log.read_text().splitlines()
    assert [line.split()[1] for line in lines][:2] == ["info", "info"]
    assert "capture is ended" in lines[-1]


def test_the_level_follows_the_config_while_it_runs(tmp_path: Path, endpoint: str) -> None:
    config, log = tmp_path / "config.toml", tmp_path / "log"
    config.write_text(f'[log]\nlevel = "error"\nto = "{log}"\n')
    with (
        started(
            [*COMMAND, "--config", str(config), "--bind", endpoint], stdin=subprocess.PIPE
        ) as process,
        raw_subscriber(endpoint, "status/") as events,
    ):
        received(events)
        assert not log.exists() or not log.read_text()
        config.write_text(f'[log]\nlevel = "info"\nto = "{log}"\n')
        os.kill(process.pid, signal.SIGHUP)
        wait_until(lambda: log.exists() and 'log.level = "info"' in log.read_text())
        process.terminate()
    assert "capture is ended" in log.read_text()


def test_figures_are_served_while_it_hears(endpoint: str) -> None:
    address = free_address()
    with (
        started(
            [*COMMAND, "--bind", endpoint, "--metrics", address],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        ) as process,
        raw_subscriber(endpoint, "status/") as events,
    ):  # fmt: skip
        received(events)
        assert process.stdin
        process.stdin.write(NOISE)
        process.stdin.flush()

        def shown() -> str:
            with urllib.request.urlopen(f"http://{address}/metrics", timeout=WAIT_S) as answer:
                return str(answer.read().decode())

        wait_until(lambda: 'genred_windows_total{stream="bar"} 2.0' in shown())
        wait_until(lambda: 'genred_subscribers{stream="bar"} 1.0' in shown())
        assert 'genred_genre{genre="' in shown()
        process.terminate()
        assert process.wait(WAIT_S) == 0
