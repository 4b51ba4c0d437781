"""What the daemon prints, whoever reads it."""

import io
import os
import select
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from genred.events import Event, Genre
from genred.service.telling import MOST_LINES, Teller
from programs import WAIT_S

MUCH = "x" * 1_000_000  # more than a pipe holds


def event(number: int = 0) -> Genre:
    return Genre(
        stream="bar", session="s", seq=number, time=0.0, audio_time=0.0, genre="rock", onset=0.0
    )


def numbered(each: Event) -> str:
    return str(each.seq)


class Broken(threading.Event):
    """Remembers that it was called."""

    def __call__(self) -> None:
        self.set()


class Pipe:
    """Both ends of one."""

    def __init__(self) -> None:
        self.read_fd, self.fd = os.pipe()
        self._got = bytearray()

    def lines(self, count: int) -> list[bytes]:
        """Wait for so many lines."""
        while self._got.count(b"\n") < count:
            assert select.select([self.read_fd], [], [], WAIT_S)[0]
            self._got += os.read(self.read_fd, 1 << 16)
        *lines, self._got = self._got.split(b"\n", count)
        return [bytes(line) for line in lines]

    def hang_up(self) -> None:
        """Close the reader's end."""
        if self.read_fd >= 0:
            os.close(self.read_fd)
        self.read_fd = -1


@pytest.fixture
def broken() -> Broken:
    return Broken()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.hang_up()  # a teller that still writes ends by it
    ended()
    os.close(made.fd)


def ended() -> None:
    """Wait for the end of all tellers."""
    for thread in threading.enumerate():
        if thread.name == "teller":
            thread.join(WAIT_S)
            assert not thread.is_alive()


def test_lines_come_in_their_order(pipe: Pipe, broken: Broken) -> None:
    with Teller(numbered, broken, pipe.fd) as tell:
        for number in range(100):
            tell(event(number))
    assert pipe.lines(100) == [b"%d" % number for number in range(100)]
    ended()
    assert not broken.is_set()


def test_a_line_comes_before_the_next_event(pipe: Pipe, broken: Broken) -> None:
    with Teller(numbered, broken, pipe.fd) as tell:
        for number in range(3):
            tell(event(number))
            assert pipe.lines(1) == [b"%d" % number]


def test_what_is_not_told_is_not_printed(pipe: Pipe, broken: Broken) -> None:
    with Teller(lambda each: "" if each.seq % 2 else str(each.seq), broken, pipe.fd) as tell:
        for number in range(5):
            tell(event(number))
    assert pipe.lines(3) == [b"0", b"2", b"4"]


def test_a_line_that_is_written_in_parts_is_written_whole(
    pipe: Pipe, broken: Broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    bits = SimpleNamespace(write=lambda fd, line: os.write(fd, line[:3]))
    monkeypatch.setattr("genred.service.telling.os", bits)
    with Teller(lambda each: f"number {each.seq}", broken, pipe.fd) as tell:
        tell(event(1))
        tell(event(2))
        assert pipe.lines(2) == [b"number 1", b"number 2"]


def test_a_reader_that_never_reads_holds_nobody_up(pipe: Pipe, broken: Broken) -> None:
    def live() -> None:
        with Teller(lambda _: MUCH, broken, pipe.fd) as tell:
            for number in range(20):
                tell(event(number))

    session = threading.Thread(target=live, daemon=True)
    session.start()
    session.join(WAIT_S)
    assert not session.is_alive()
    assert not broken.is_set()


def test_a_reader_that_comes_back_gets_what_waited_for_it(pipe: Pipe, broken: Broken) -> None:
    with Teller(lambda each: f"{each.seq}{MUCH}", broken, pipe.fd) as tell:
        for number in range(3):
            tell(event(number))
    assert [line[:2] for line in pipe.lines(3)] == [b"0x", b"1x", b"2x"]


def test_a_reader_that_has_gone_is_told_to_who_wants_to_know(
    pipe: Pipe, broken: Broken, capfd: pytest.CaptureFixture[str]
) -> None:
    pipe.hang_up()
    with Teller(numbered, broken, pipe.fd) as tell:
        tell(event())
        assert broken.wait(WAIT_S)
        tell(event())
    ended()
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_an_output_that_takes_nothing_is_told_once_and_ends_nothing(
    broken: Broken, capfd: pytest.CaptureFixture[str]
) -> None:
    with Path("/dev/full").open("wb") as full:
        with Teller(numbered, broken, full.fileno()) as tell:
            for number in range(5):
                tell(event(number))
            ended()
            tell(event())
        ended()
    assert capfd.readouterr().err == "genred: can't print any more: No space left on device\n"
    assert not broken.is_set()


@pytest.mark.parametrize(("encoding", "line"), [("ascii", b"Z?rich"), ("utf-8", b"Z\xc3\xbcrich")])
def test_letters_that_the_output_lacks_are_question_marks(
    pipe: Pipe, broken: Broken, monkeypatch: pytest.MonkeyPatch, encoding: str, line: bytes
) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    with Teller(lambda _: "Zürich", broken, pipe.fd) as tell:
        tell(event())
    assert pipe.lines(1) == [line]


def test_a_process_without_stdout_prints_utf_8(
    pipe: Pipe, broken: Broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with Teller(lambda _: "Zürich", broken, pipe.fd) as tell:
        tell(event())
    assert pipe.lines(1) == ["Zürich".encode()]


def test_of_more_lines_than_may_wait_the_oldest_are_dropped(pipe: Pipe, broken: Broken) -> None:
    teller = Teller(numbered, broken, pipe.fd)
    for number in range(MOST_LINES + 5):
        teller(event(number))
    with teller:
        assert pipe.lines(MOST_LINES) == [b"%d" % (5 + number) for number in range(MOST_LINES)]


def test_an_output_that_does_not_block_loses_nothing(pipe: Pipe, broken: Broken) -> None:
    os.set_blocking(pipe.fd, False)
    with Teller(lambda _: MUCH, broken, pipe.fd) as teller:
        teller(event())
        assert pipe.lines(1) == [MUCH.encode()]
