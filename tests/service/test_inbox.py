"""The inbox between the reader's thread and the loop."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from genred.audio.source import Block
from genred.errors import GenredError
from genred.service.inbox import MOST_BLOCKS, NOTHING, Failed, Finished, Inbox, Note, Opened
from live_service import FakeStream
from programs import WAIT_S

OPENED = Opened(FakeStream())
FAILED = Failed(GenredError("unplugged"))


class Bell:
    """Counts how often it was rung."""

    def __init__(self) -> None:
        self.rung = 0

    def __call__(self) -> None:
        self.rung += 1


@pytest.fixture
def bell() -> Bell:
    return Bell()


def block(size: int = 4) -> Block:
    return Block(np.zeros(size, np.float32))


def full(inbox: Inbox) -> list[Block]:
    """Fill it."""
    given = [block() for _ in range(MOST_BLOCKS)]
    for each in given:
        inbox.put(each)
    return given


def rest(inbox: Inbox) -> list[Block]:
    """Take all that it has."""
    taken = []
    while (each := inbox.take_block()[0]) is not None:
        taken.append(each)
    return taken


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Is set once somebody waits for room, the lock not yet let go."""
    seen = threading.Event()

    class Watched(threading.Condition):
        def wait(self, timeout: float | None = None) -> bool:
            seen.set()
            return super().wait(timeout)

    monkeypatch.setattr("genred.service.inbox.threading", SimpleNamespace(Condition=Watched))
    return seen


def put_aside(inbox: Inbox, last: Block) -> threading.Thread:
    thread = threading.Thread(target=inbox.put, args=(last,), daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("drops", [True, False])
def test_blocks_come_in_their_order(bell: Bell, *, drops: bool) -> None:
    inbox = Inbox(bell, drops=drops)
    given = full(inbox)
    assert [id(each) for each in rest(inbox)] == [id(each) for each in given]
    assert inbox.take_block() == NOTHING


def test_where_blocks_may_be_dropped_the_oldest_make_room(bell: Bell) -> None:
    inbox = Inbox(bell, drops=True)
    given = full(inbox)
    more = [block(), block()]
    for each in more:
        inbox.put(each)
    assert [id(each) for each in rest(inbox)] == [id(each) for each in (given + more)[2:]]


def test_dropped_samples_are_those_of_the_oldest_and_told_once(bell: Bell) -> None:
    inbox = Inbox(bell, drops=True)
    for size in range(1, MOST_BLOCKS + 1):
        inbox.put(block(size))
    for _ in range(3):
        inbox.put(block(1000))
    assert inbox.take_block()[1:] == (3, 1 + 2 + 3)
    assert inbox.take_block()[1:] == (0, 0)


def test_where_none_may_be_dropped_the_writer_waits_for_room(
    bell: Bell, waiting: threading.Event
) -> None:
    inbox = Inbox(bell, drops=False)
    given, last = full(inbox), block()
    thread = put_aside(inbox, last)
    assert waiting.wait(WAIT_S)
    first, dropped, samples = inbox.take_block()
    assert (first is given[0], dropped, samples) == (True, 0, 0)
    thread.join(WAIT_S)
    assert not thread.is_alive()
    assert rest(inbox)[-1] is last


def test_closing_lets_a_writer_that_waits_go_and_takes_nothing_of_it(
    bell: Bell, waiting: threading.Event
) -> None:
    inbox = Inbox(bell, drops=False)
    full(inbox)
    thread = put_aside(inbox, block())
    assert waiting.wait(WAIT_S)
    inbox.close()
    thread.join(WAIT_S)
    assert not thread.is_alive()
    assert bell.rung == len(rest(inbox)) == MOST_BLOCKS


@pytest.mark.parametrize("drops", [True, False])
def test_a_closed_inbox_takes_no_block_and_no_note(bell: Bell, *, drops: bool) -> None:
    inbox = Inbox(bell, drops=drops)
    inbox.close()
    inbox.put(block())
    inbox.note(Finished())
    assert inbox.take_block() == NOTHING
    assert inbox.take_note() is None
    assert bell.rung == 0


def test_whoever_puts_something_in_rings(bell: Bell) -> None:
    inbox = Inbox(bell, drops=True)
    inbox.put(block())
    assert bell.rung == 1
    inbox.note(Finished())
    assert bell.rung == 2


@pytest.mark.parametrize("note", [Finished(), FAILED])
def test_a_note_waits_for_the_blocks_before_it(bell: Bell, note: Note) -> None:
    inbox = Inbox(bell, drops=True)
    inbox.put(block())
    inbox.put(block())
    inbox.note(note)
    for _ in range(2):
        assert inbox.take_note() is None
        inbox.take_block()
    assert inbox.take_note() is note
    assert inbox.take_note() is None


def test_that_it_was_opened_waits_for_no_block(bell: Bell) -> None:
    inbox = Inbox(bell, drops=True)
    inbox.note(OPENED)
    inbox.put(block())
    assert inbox.take_note() is OPENED


def test_notes_come_in_their_order(bell: Bell) -> None:
    inbox = Inbox(bell, drops=True)
    notes: list[Note] = [OPENED, FAILED, Finished()]
    for note in notes:
        inbox.note(note)
    assert [inbox.take_note() for _ in notes] == notes
