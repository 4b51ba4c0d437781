"""Pipes: their names, and that no byte is lost however often they are opened and closed."""

import contextlib
import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from genred.audio import pipe
from genred.audio.pcm import PcmFormat
from genred.audio.pipe import PipeInput, PipeSource, is_pipe, parse
from genred.audio.recordings import open_recording
from genred.errors import GenredError, UsageError
from live_fakes import WAIT_S, hear, in_thread, open_files, unread, wait_until

RATE = 4000
PLAIN = f"?rate={RATE}&channels=1&format=u8"
"""one byte, one sample: what comes out can be held against what went in"""


@pytest.mark.parametrize(
    ("text", "path", "given_format"),
    [
        ("-", None, PcmFormat(48000, 2, "s16le")),
        ("pipe:-?rate=44100", None, PcmFormat(44100, 2, "s16le")),
        ("pipe:/tmp/snapfifo", Path("/tmp/snapfifo"), PcmFormat(48000, 2, "s16le")),  # noqa: S108
        (
            "pipe:relative/fifo?format=s24le&channels=6&rate=96000",
            Path("relative/fifo"),
            PcmFormat(96000, 6, "s24le"),
        ),
        ("pipe:-", None, PcmFormat(48000, 2, "s16le")),
        ("pipe:a b?rate=4000", Path("a b"), PcmFormat(4000, 2, "s16le")),
    ],
)
def test_a_name_says_the_path_and_the_format(
    text: str, path: Path | None, given_format: PcmFormat
) -> None:
    assert is_pipe(text)
    assert parse(text) == (path, given_format)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("pipe:x?speed=3", 'unknown "speed"; there are rate, channels, format'),
        ("pipe:x?format=mp3", 'format "mp3" is none of u8, s16le'),
        ("pipe:x?rate=3999", "rate must be a number from 4000 to 768000"),
        ("pipe:x?rate=768001", "rate must be a number from 4000"),
        ("pipe:x?rate=-1", "rate must be a number"),
        ("pipe:x?rate=", "rate must be a number"),
        ("pipe:x?rate=4e4", "rate must be a number"),
        ("pipe:x?rate=٤٨٠٠٠", "rate must be a number"),
        ("pipe:x?channels=0", "channels must be a number from 1 to 32"),
        ("pipe:x?channels=33", "channels must be a number from 1 to 32"),
        ("pipe:x?rate", "write it as pipe:PATH"),
        ("pipe:", "names no path; write it as pipe:PATH"),
        ("pipe:?rate=48000", "names no path"),
    ],
)
def test_what_is_wrong_in_a_name_is_said(text: str, wrong: str) -> None:
    with pytest.raises(UsageError, match=f"(?s)^.*{wrong}") as caught:
        PipeInput(text)
    assert str(caught.value).startswith(f'"{text}"')


@pytest.mark.parametrize("text", ["default", "a-b", "--", "my pipe:x", "song.wav", "-x"])
def test_other_names_are_no_pipes(text: str) -> None:
    assert not is_pipe(text)


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


@contextlib.contextmanager
def writer(path: Path) -> Iterator[int]:
    """Open a FIFO for writing without waiting for a reader."""
    fd = os.open(path, os.O_RDWR)
    try:
        yield fd
    finally:
        os.close(fd)


def samples_of(raw: bytes) -> NDArray[np.float32]:
    return np.asarray((np.frombuffer(raw, np.uint8).astype(np.float32) - 128) / 128, np.float32)


def heard(source: PipeSource) -> NDArray[np.float32]:
    return np.concatenate([block.samples for block in source])


def raw_bytes(count: int) -> bytes:
    return np.random.default_rng(count).bytes(count)


def test_a_raw_file_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "song.raw"
    path.write_bytes(raw_bytes(12345))
    for now in (None, time.monotonic):
        with PipeInput(f"pipe:{path}{PLAIN}").open(RATE, now) as source:
            assert (source.name, source.sample_rate, source.channels) == (str(path), RATE, 1)
            np.testing.assert_array_equal(heard(source), samples_of(raw_bytes(12345)))


def test_a_pipe_is_a_recording_too(tmp_path: Path) -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal((48000, 2))
    soundfile.write(tmp_path / "n.wav", noise, 48000)
    soundfile.write(tmp_path / "n.raw", noise, 48000, "PCM_16", format="RAW", endian="LITTLE")
    with (
        open_recording(tmp_path / "n.wav", 22050) as file,
        open_recording(Path(f"pipe:{tmp_path}/n.raw"), 22050) as raw,
    ):
        expected = np.concatenate([block.samples for block in file])
        np.testing.assert_array_equal(np.concatenate([b.samples for b in raw]), expected)


@pytest.mark.parametrize("live", ["None", "__import__('time').monotonic"])
def test_stdin_is_read_to_its_end(live: str) -> None:
    code = (
        "from genred.audio.pipe import PipeInput\n"
        f"with PipeInput('-{PLAIN}').open({RATE}, {live}) as source:\n"
        "    print(source.name, sum(block.samples.size for block in source))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=raw_bytes(54321), capture_output=True, check=True
    )
    assert done.stdout.split() == [b"stdin", b"54321"]


def test_a_recording_waits_for_the_writer_of_its_fifo(fifo: Path) -> None:
    with PipeInput(f"pipe:{fifo}{PLAIN}").open(RATE) as source:
        result = in_thread(lambda: heard(source))
        with writer(fifo) as fd:
            os.write(fd, raw_bytes(2500))
        np.testing.assert_array_equal(result.result(WAIT_S), samples_of(raw_bytes(2500)))


def test_live_a_fifo_may_be_opened_before_its_writer(fifo: Path) -> None:
    opening = in_thread(lambda: PipeInput(f"pipe:{fifo}{PLAIN}").open(RATE, time.monotonic))
    with writer(fifo) as fd:
        os.write(fd, raw_bytes(1000))
        with opening.result(WAIT_S) as source:
            np.testing.assert_array_equal(next(iter(source)).samples, samples_of(raw_bytes(1000)))


def test_live_a_fifo_into_which_nobody_writes_is_an_error(
    fifo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipe, "FIRST_BYTES_S", 0.02)
    with pytest.raises(GenredError, match=f"^nothing arrives from {fifo}$"):
        PipeInput(f"pipe:{fifo}").open(RATE, time.monotonic)


def test_a_path_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(GenredError, match="none: No such file or directory"):
        PipeInput(f"pipe:{tmp_path}/none").open(RATE)


def test_a_folder_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder; name a FIFO"):
        PipeInput(f"pipe:{tmp_path}").open(RATE)


def test_a_fifo_that_was_removed_and_made_again_is_found(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    chosen = PipeInput(f"pipe:{path}?channels=1")
    chosen.open(RATE).close()
    path.unlink()
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"\0" * 96000,))
    writer.start()
    with chosen.open(RATE) as source:
        assert heard(source).size == RATE
    writer.join(WAIT_S)


def until_gone(source: PipeSource) -> NDArray[np.float32]:
    """Hear a live FIFO until its writer goes."""
    blocks: list[NDArray[np.float32]] = []
    with source, pytest.raises(GenredError, match=f"wrote into {source.name} has gone"):
        hear(source, blocks)
    return np.concatenate(blocks)


def test_live_a_writer_that_goes_is_an_error_and_one_that_comes_back_is_heard(fifo: Path) -> None:
    chosen = PipeInput(f"pipe:{fifo}{PLAIN}")
    for length in (700, 2300, 1000):
        with writer(fifo) as fd:
            os.write(fd, raw_bytes(length))
            source = chosen.open(RATE, time.monotonic)
        np.testing.assert_array_equal(until_gone(source), samples_of(raw_bytes(length)))


def test_a_source_that_is_closed_ends_without_an_error(fifo: Path) -> None:
    with writer(fifo) as fd:
        os.write(fd, raw_bytes(10))
        with PipeInput(f"pipe:{fifo}{PLAIN}").open(RATE, time.monotonic) as source:
            result = in_thread(lambda: heard(source))
            wait_until(lambda: unread(fd) == 0)
            source.close()
            assert result.result(WAIT_S).size == 0


CUTS = st.lists(st.tuples(st.integers(1, 2500), st.booleans()), min_size=1, max_size=12)


@settings(max_examples=40)
@given(CUTS)
def test_no_byte_is_lost_wherever_it_is_closed_and_opened_again(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[tuple[int, bool]]
) -> None:
    path = tmp_path_factory.mktemp("cuts") / "fifo"
    os.mkfifo(path)
    raw = raw_bytes(sum(size for size, _ in cuts))
    sources: queue.SimpleQueue[PipeSource] = queue.SimpleQueue()

    def read() -> NDArray[np.float32]:
        chosen = PipeInput(f"pipe:{path}{PLAIN}")
        blocks: list[NDArray[np.float32]] = []
        while True:
            try:
                with chosen.open(RATE, time.monotonic) as source:
                    sources.put(source)
                    hear(source, blocks)
            except GenredError:
                return np.concatenate(blocks)

    result = in_thread(read)
    with writer(path) as fd:
        begin, source = 0, None
        for size, is_closed in cuts:
            os.write(fd, raw[begin : begin + size])
            begin += size
            source = source or sources.get(timeout=WAIT_S)
            if is_closed:
                wait_until(lambda: unread(fd) == 0)
                source.close()
                source = None
        wait_until(lambda: unread(fd) == 0)
    np.testing.assert_array_equal(result.result(WAIT_S), samples_of(raw))


def test_a_reader_that_notices_late_that_it_is_closed_takes_nothing_from_the_next(
    fifo: Path,
) -> None:
    chosen = PipeInput(f"pipe:{fifo}{PLAIN}")
    with writer(fifo) as fd:
        os.write(fd, raw_bytes(3000))
        first = chosen.open(RATE, time.monotonic)
        late = iter(first)
        next(late)
        first.close()
        second = iter(chosen.open(RATE, time.monotonic))
        assert [block.samples.size for block in late] == [0]
        np.testing.assert_array_equal(next(second).samples, samples_of(raw_bytes(3000)[1000:2000]))


def test_closed_once_more_it_writes_into_no_file_that_was_opened_since(fifo: Path) -> None:
    with writer(fifo) as fd:
        os.write(fd, b"x")
        source = PipeInput(f"pipe:{fifo}{PLAIN}").open(RATE, time.monotonic)
    with pytest.raises(GenredError), source:
        heard(source)
    others = [os.pipe() for _ in range(4)]
    source.close()
    with source:
        pass
    assert not select.select([readable for readable, _ in others], [], [], 0)[0]
    for fds in others:
        for other in fds:
            os.close(other)


def test_recordings_leave_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "song.raw"
    path.write_bytes(bytes(100))
    before = open_files()
    for _ in range(10):
        with PipeInput(f"pipe:{path}").open(RATE) as source:
            heard(source)
    assert open_files() == before


def test_bytes_that_come_while_it_is_closed_are_told_like_a_device(fifo: Path) -> None:
    chosen = PipeInput(f"pipe:{fifo}{PLAIN}")
    with writer(fifo) as fd:
        os.write(fd, bytes(1000))
        source = chosen.open(RATE, time.monotonic)
        next(iter(source))
        source.close()
        quiet = chosen.devices()
        assert chosen.devices() == quiet
        os.write(fd, bytes(1))
        assert chosen.devices() != quiet


def test_stop_ends_an_opening_that_waits(fifo: Path) -> None:
    chosen = PipeInput(f"pipe:{fifo}")
    opening = in_thread(lambda: chosen.open(RATE, time.monotonic))
    wait_until(lambda: bool(os.access(fifo, os.R_OK)) and chosen._bytes is not None)  # noqa: SLF001
    chosen.stop()
    with pytest.raises(GenredError, match="nothing arrives"):
        opening.result(pipe.FIRST_BYTES_S / 2)


def test_whoever_waits_for_its_bytes_decides_when_it_is_read_no_more(fifo: Path) -> None:
    waits: list[bool] = []

    def wait(fd: int) -> bool:
        waits.append(bool(select.select([fd], [], [], 0)[0]))
        return waits[-1]

    with writer(fifo) as fd:
        os.write(fd, raw_bytes(2500))
        with open_recording(Path(f"pipe:{fifo}{PLAIN}"), RATE, wait=wait) as source:
            sizes = [block.samples.size for block in source]
    assert sizes == [1000, 1000, 0]
    assert waits == [True, True, True, False]
