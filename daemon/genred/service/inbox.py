"""From the reader's thread to the loop: blocks that may be dropped, and notes that may not.

Whoever puts something in rings the loop's bell.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from genred.audio.source import Block, LiveSource

MOST_BLOCKS = 8
"""two seconds: a loop that is further behind loses the oldest"""


@dataclass(frozen=True)
class Opened:
    """The source is open."""

    source: LiveSource


@dataclass(frozen=True)
class Failed:
    """It can't be opened, or failed on the way."""

    error: Exception


@dataclass(frozen=True)
class Finished:
    """It came to its end."""


NOTHING: tuple[Block | None, int, int] = (None, 0, 0)
"""what `take_block` returns where there is nothing"""

Note = Opened | Failed | Finished


class Inbox:
    """What one opening of a source has to tell.

    `drops`: a block that finds no room takes the place of the oldest; otherwise its reader waits.
    """

    def __init__(self, ring: Callable[[], None], *, drops: bool) -> None:
        self._ring = ring
        self._drops = drops
        self._room = threading.Condition()
        self._blocks: deque[Block] = deque()
        self._notes: deque[Note] = deque()
        self._closed = False
        self._dropped = 0
        self._dropped_samples = 0

    def put(self, block: Block) -> None:
        """Hand over a block; waits for room where nothing may be dropped."""
        with self._room:
            while not self._drops and len(self._blocks) >= MOST_BLOCKS and not self._closed:
                self._room.wait()
            if self._closed:
                return
            if len(self._blocks) >= MOST_BLOCKS:
                oldest = self._blocks.popleft()
                self._dropped += 1
                self._dropped_samples += oldest.samples.size
            self._blocks.append(block)
        self._ring()

    def note(self, note: Note) -> None:
        """Hand over a note; it comes after the blocks before it."""
        with self._room:
            if self._closed:
                return
            self._notes.append(note)
        self._ring()

    def take_block(self) -> tuple[Block | None, int, int]:
        """Return the oldest block if there is one, and what was dropped before it.

        Dropped are counted in blocks and in samples.
        """
        with self._room:
            block = self._blocks.popleft() if self._blocks else None
            dropped, samples = self._dropped, self._dropped_samples
            self._dropped = self._dropped_samples = 0
            self._room.notify()
        return block, dropped, samples

    def take_note(self) -> Note | None:
        """Return the oldest note; None while there is none or blocks stand before it."""
        with self._room:
            if not self._notes or (self._blocks and not isinstance(self._notes[0], Opened)):
                return None
            return self._notes.popleft()

    def close(self) -> None:
        """Take nothing more, and let a reader that waits go on."""
        with self._room:
            self._closed = True
            self._room.notify_all()
