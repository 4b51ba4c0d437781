"""The reader's thread, from the opening of a source to its end."""

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest

from genred.audio.source import Block, Now
from genred.errors import GenredError
from genred.service.inbox import MOST_BLOCKS, Failed, Finished, Inbox, Note, Opened
from genred.service.reader import Reader
from live_service import RATE, FakeInput, FakeStream
from programs import WAIT_S

END = None
MISSING = GenredError("unplugged")


class WatchedStream(FakeStream):
    """Remembers that its context was left."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = threading.Event()
        self.left = threading.Event()

    def __iter__(self) -> Iterator[Block]:
        self.reading.set()
        return super().__iter__()

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self.left.set()


class BrokenInput(FakeInput):
    """Opening it fails as nobody foresaw."""

    def open(self, sample_rate: int, now: Now) -> FakeStream:
        del sample_rate, now
        raise ZeroDivisionError("oops")


def block() -> Block:
    return Block(np.zeros(4, np.float32))


def read(chosen: FakeInput, *, drops: bool = True) -> Reader:
    return Reader(chosen, RATE, lambda: 0.0, Inbox(lambda: None, drops=drops))


def offering(*given: Block | Exception | None) -> tuple[FakeInput, WatchedStream]:
    chosen, stream = FakeInput(), WatchedStream()
    for each in given:
        stream.given.put(each)
    chosen.openings.append(stream)
    return chosen, stream


def notes(reader: Reader) -> list[Note]:
    """Wait for its end; take what it told, blocks left out."""
    reader.join(WAIT_S)
    told = []
    while (note := reader.inbox.take_note()) or reader.inbox.take_block()[0]:
        if note:
            told.append(note)
    return told


def failure(reader: Reader) -> Exception:
    last = notes(reader)[-1]
    assert isinstance(last, Failed)
    return last.error


def test_a_stream_is_opened_then_its_blocks_come_then_it_is_finished() -> None:
    blocks = [block(), block(), block()]
    chosen, stream = offering(*blocks, END)
    reader = read(chosen)
    reader.join(WAIT_S)
    assert reader.inbox.take_note() == Opened(stream)
    for each in blocks:
        assert reader.inbox.take_note() is None
        assert reader.inbox.take_block()[0] is each
    assert reader.inbox.take_note() == Finished()


@pytest.mark.parametrize("end", [END, MISSING, ZeroDivisionError("oops")])
def test_however_a_stream_ends_its_source_is_left(end: Exception | None) -> None:
    chosen, stream = offering(block(), end)
    reader = read(chosen)
    assert stream.left.wait(WAIT_S)
    reader.join(WAIT_S)


def test_a_fault_that_is_told_is_told_as_it_is() -> None:
    chosen, _ = offering(block(), MISSING)
    assert failure(read(chosen)) is MISSING


def test_an_input_that_cannot_be_opened_is_told_alone() -> None:
    chosen = FakeInput()
    chosen.openings.append(MISSING)
    assert notes(read(chosen)) == [Failed(MISSING)]


def test_a_fault_that_nobody_foresaw_is_told_on_the_way_and_at_the_opening() -> None:
    chosen, _ = offering(block(), ZeroDivisionError("oops"))
    for each in (chosen, BrokenInput()):
        error = failure(read(each))
        assert isinstance(error, GenredError)
        assert str(error) == "ZeroDivisionError: oops"


def test_a_source_that_opens_after_the_cancel_is_left_unread() -> None:
    chosen, stream = offering(block())
    chosen.hang = threading.Event()
    reader = read(chosen)
    reader.cancel()  # does not wait for the opening
    assert not stream.closed
    chosen.hang.set()
    assert stream.left.wait(WAIT_S)
    assert not stream.reading.is_set()
    assert notes(reader) == []


def test_a_cancel_closes_a_source_that_gives_nothing_and_tells_nothing_more() -> None:
    chosen, stream = offering()
    reader = read(chosen)
    assert stream.reading.wait(WAIT_S)
    reader.cancel()
    assert stream.closed
    assert stream.left.wait(WAIT_S)
    assert notes(reader) == [Opened(stream)]


def test_a_cancel_ends_a_reader_that_waits_for_room(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = threading.Event()

    class Watched(threading.Condition):
        def wait(self, timeout: float | None = None) -> bool:
            waiting.set()
            return super().wait(timeout)

    monkeypatch.setattr("genred.service.inbox.threading", SimpleNamespace(Condition=Watched))
    chosen, stream = offering(*[block() for _ in range(MOST_BLOCKS + 1)])
    reader = read(chosen, drops=False)
    assert waiting.wait(WAIT_S)
    reader.cancel()
    assert stream.left.wait(WAIT_S)
    reader.join(WAIT_S)


def test_a_cancel_may_come_twice_and_after_the_end() -> None:
    chosen, stream = offering(END)
    reader = read(chosen)
    assert notes(reader) == [Opened(stream), Finished()]
    reader.cancel()
    reader.cancel()
    assert notes(reader) == []
