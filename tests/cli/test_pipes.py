"""Other programs' sound: the same from a pipe as from the file that it was made of."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import soundfile

from live_fakes import unread, wait_until
from programs import GENRED, WAIT_S, genred


@pytest.fixture(scope="module")
def spoken(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, int]:
    """Twenty seconds of the demo: a 16-bit file, and the samples in it."""
    samples, rate = soundfile.read(demo, dtype="int16", always_2d=True)
    mono = samples[: 20 * rate, :1]
    path = tmp_path_factory.mktemp("pipe") / "demo.wav"
    soundfile.write(path, mono, rate, subtype="PCM_16")
    return path, mono.tobytes(), rate


def classified(*arguments: str, given: bytes = b"") -> dict[str, Any]:
    done = subprocess.run(
        [*GENRED, "classify", "--json", *arguments],
        input=given,
        capture_output=True,
        check=False,
        timeout=WAIT_S,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found


def without_name(recording: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in recording.items() if key != "file"}


def test_stdin_is_classified_as_its_file_is(spoken: tuple[Path, bytes, int]) -> None:
    path, samples, rate = spoken
    piped = classified(f"pipe:-?rate={rate}&channels=1", given=samples)
    assert piped["file"] == "stdin"
    assert without_name(piped) == without_name(classified(str(path)))


def test_a_fifo_is_classified_as_its_file_is(
    spoken: tuple[Path, bytes, int], tmp_path: Path
) -> None:
    path, samples, rate = spoken
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=(samples,))
    writer.start()
    piped = classified(f"pipe:{fifo}?rate={rate}&channels=1")
    writer.join(WAIT_S)
    assert without_name(piped) == without_name(classified(str(path)))


def test_run_hears_stdin_to_its_end(spoken: tuple[Path, bytes, int]) -> None:
    path, samples, rate = spoken
    done = subprocess.run(
        [*GENRED, "run", "--json", "--source", f"pipe:-?rate={rate}&channels=1",
         "--bind", "tcp://127.0.0.1:*", "--control", "none"],
        input=samples, capture_output=True, check=False, timeout=WAIT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    events = [msgspec.json.decode(line) for line in done.stdout.splitlines()]
    genres = [event["genre"] for event in events if event["type"] == "genre"]
    expected = [segment["genre"] for segment in classified(str(path))["segments"]]
    assert [genre for genre in genres if genre != "unknown"] == expected
    last = events[-1]
    assert (last["type"], last["state"], last["reason"]) == ("capture", "ended", "end of stream")
    assert last["overruns"] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("source", ["-", "pipe:fifo"])
def test_a_signal_ends_a_replay_of_a_pipe_from_which_nothing_comes(
    quiet: Path, source: str, number: signal.Signals
) -> None:
    command = ["replay", "--json", source, "--bind", f"ipc://{quiet.parent}/e"]
    with started(command, quiet) as process:
        assert process.stdout
        while b'"state":"capturing"' not in process.stdout.readline():
            pass
        last = ended(process, number).splitlines()[-1]
    assert process.returncode == 0
    event = msgspec.json.decode(last)
    assert (event["type"], event["state"], event["reason"]) == ("capture", "ended", "interrupted")


@pytest.mark.parametrize("source", ["-", "pipe:fifo"])
def test_ctrl_c_ends_a_classify_of_a_pipe_from_which_nothing_comes(
    quiet: Path, source: str
) -> None:
    with started(["classify", source], quiet) as process, quiet.open("wb", buffering=0) as writer:
        writer.write(b"\0")
        wait_until(lambda: unread(writer.fileno()) == 0)
        assert ended(process, signal.SIGINT) == b""
    assert process.returncode == 130


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Path]:
    """A FIFO that somebody holds open and writes nothing into."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR)
    yield path
    os.close(writer)


@contextlib.contextmanager
def started(command: list[str], fifo: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command whose stdin is a FIFO, in its folder; it is ended with the test."""
    with (
        fifo.open("rb") as given,
        subprocess.Popen(
            [*GENRED, *command], stdin=given, cwd=fifo.parent,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process,
    ):  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[bytes], number: signal.Signals) -> bytes:
    """Send a signal; return what was printed until the end."""
    asked_s = time.monotonic()
    process.send_signal(number)
    printed, errors = process.communicate(timeout=WAIT_S)
    print(f"ended {time.monotonic() - asked_s:.3f} s after {number.name}; the contract says 0.5")
    assert errors == b""
    return printed


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("pipe:x?rate=1", "rate must be a number from 4000 to 768000"),
        ("pipe:x?format=mp3", 'format "mp3" is none of u8, s16le'),
        ("pipe:x?bits=16", 'unknown "bits"; there are rate, channels, format'),
        ("pipe:?rate=48000", "names no path"),
        ("", "the source has no name"),
    ],
)
def test_a_wrong_source_is_wrong_use_in_one_line(source: str, said: str) -> None:
    done = genred("run", "--source", source, "--bind", "tcp://127.0.0.1:*")
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_file_as_source_is_played_as_it_would_sound(tmp_path: Path, demo: Path) -> None:
    samples, rate = soundfile.read(demo, dtype="int16", always_2d=True)
    path = tmp_path / "short.flac"
    soundfile.write(path, samples[: 2 * rate], rate)
    done = genred("run", "--json", "--source", path, "--bind", "tcp://127.0.0.1:*")
    events = [msgspec.json.decode(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert events[-1]["time"] - events[0]["time"] >= 2.0
    assert events[-1]["state"] == "ended"


def test_a_missing_file_as_source_is_one_line(tmp_path: Path) -> None:
    done = genred("run", "--source", tmp_path / "none.flac", "--bind", "tcp://127.0.0.1:*")
    assert done.returncode == 1
    assert done.stderr.endswith("none.flac: no such file\n")
    assert done.stderr.count("\n") == 1
