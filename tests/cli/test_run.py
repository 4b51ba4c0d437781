"""`genred run` and the world around it: outputs nobody reads, files that are closed, signals."""

import fcntl
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from programs import GENRED, WAIT_S, genred, raw_subscriber, received, started, until_ended

GENEROUS = 6
"""a busy machine may take so many times as long as the contract"""


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """A source that never gives anything."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


def command(fifo: Path, endpoint: str = "tcp://127.0.0.1:*", *more: str) -> list[str]:
    where = ["--bind", endpoint, "--control", "none"]
    return [*GENRED, "run", "--source", f"pipe:{fifo}", *where, *more]


@pytest.fixture
def endpoint(tmp_path: Path) -> str:
    return f"ipc://{tmp_path}/e"


@pytest.mark.slow
def test_a_reader_that_has_stopped_holds_nothing_up(fifo: Path, endpoint: str) -> None:
    """Heartbeats go on, and a signal ends it."""
    with (
        started(command(fifo, endpoint, "--json"), stdout=subprocess.PIPE) as process,
        raw_subscriber(endpoint, "status/") as socket,
    ):
        assert process.stdout
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)  # full after a few lines
        beats = [received(socket) for _ in range(12)]
        begun_s = time.monotonic()
        process.terminate()
        assert process.wait(WAIT_S) == 0
        took_s = time.monotonic() - begun_s
    print(f"ended after {took_s:.2f} s")
    assert took_s < 0.5 * GENEROUS
    assert [b["seq"] for b in beats] == list(range(beats[0]["seq"], beats[0]["seq"] + 12))


def test_who_has_read_enough_ends_it_with_a_last_event(fifo: Path, endpoint: str) -> None:
    with (
        started(command(fifo, endpoint, "--json"), stdout=subprocess.PIPE) as process,
        raw_subscriber(endpoint, "capture/") as socket,
    ):
        assert process.stdout
        received(socket)
        process.stdout.close()
        events = until_ended(socket)
        assert process.wait(WAIT_S) == 1
    assert events[-1]["state"] == "ended"


@pytest.mark.slow
def test_a_full_disk_is_told_once_and_the_socket_goes_on(fifo: Path, endpoint: str) -> None:
    with (
        Path("/dev/full").open("w") as full,
        started(command(fifo, endpoint, "--json"), stdout=full, stderr=subprocess.PIPE) as process,
        raw_subscriber(endpoint, "status/") as socket,
    ):
        beats = [received(socket) for _ in range(3)]
        process.terminate()
        _, said = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0
    assert said.decode() == "genred: can't print any more: No space left on device\n"
    assert beats[-1]["seq"] == beats[0]["seq"] + 2


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_files_are_no_fault(fifo: Path, endpoint: str, closed: str) -> None:
    words = " ".join(f"'{word}'" for word in command(fifo, endpoint))
    with (
        started(["/bin/sh", "-c", f"exec {words} {closed}"], stderr=subprocess.PIPE) as process,
        raw_subscriber(endpoint, "status/") as socket,
    ):
        received(socket)
        process.terminate()
        _, said = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0
    assert said == b""


def test_a_closed_stdin_as_source_is_its_end(endpoint: str) -> None:
    words = " ".join([*GENRED, "run", "--source", "-", "--bind", endpoint, "--control", "none"])
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {words} <&-"], capture_output=True, check=False, timeout=WAIT_S
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"[ended] stdin: end of stream" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_any_moment_of_its_start_is_no_traceback(fifo: Path, number: int) -> None:
    """Before our own first line runs, Python or the kernel ends it; after that, we do."""
    moments = random.Random(0)
    for _ in range(8):
        with started(command(fifo), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            time.sleep(moments.uniform(0.3, 0.8))  # the moment is what is tested
            process.send_signal(number)
            _, said = process.communicate(timeout=WAIT_S)
        assert b"Traceback" not in said, said


def test_other_machines_need_a_key_and_it_says_how_to_make_one(tmp_path: Path) -> None:
    place = ["--bind", "tcp://*:5570", "--keys", str(tmp_path / "none")]
    found = genred("run", "--source", "-", *place)
    assert found.returncode == 2
    assert found.stderr.startswith("genred: tcp://*:5570 can be reached from other machines")
    assert f"no key in {tmp_path}/none: make one by genred keys new" in found.stderr
    assert f"(all with --keys {tmp_path}/none)" in found.stderr
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("rnu", "'run'"),
        ("keys foo", "No such command 'foo'; see genred keys --help"),
        ("run --weight", "Option '--weight' requires an argument"),
        ("listen --jsn", "see genred listen --help"),
    ],
)
def test_a_word_that_no_command_knows_is_one_line(words: str, line: str) -> None:
    found = genred(*words.split())
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("genred: ")
    assert line in found.stderr
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize("words", ["schema", "config show --json"])
def test_a_closed_stdout_is_no_fault_of_any_command(words: str) -> None:
    line = " ".join([*GENRED, words])
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {line} >&-"], capture_output=True, check=False, timeout=WAIT_S
    )
    assert (done.returncode, done.stderr) == (0, b"")
