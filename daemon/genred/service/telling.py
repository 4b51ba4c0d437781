"""What the daemon prints: by a thread of its own, so that no reader can hold the loop up."""

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Self

from genred.events import Event

MOST_LINES = 10_000
"""lines that a slow reader may be behind; the oldest are dropped then"""
_RETRY_S = 0.05
_LAST_S = 0.2  # what the last lines have to leave

Line = Callable[[Event], str]
"""an event as a line; empty for one that is not told"""


def tell_all(*told: Callable[[Event], None]) -> Callable[[Event], None]:
    """Make one of several: each is told, in this order."""

    def tell(event: Event) -> None:
        for each in told:
            each(event)

    return tell


class Teller:
    """Prints events to a file descriptor; use as a context manager.

    `broken` is called, in the thread, when the reader has gone; any other fault of the output is
    said once on stderr, and the rest is not printed: subscribers still get it.
    """

    def __init__(self, line: Line, broken: Callable[[], None], fd: int = 1) -> None:
        self._line = line
        self._broken = broken
        self._fd = fd
        self._encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        self._more = threading.Condition()
        self._lines: deque[bytes] = deque(maxlen=MOST_LINES)
        self._closing = False
        self._thread = threading.Thread(target=self._print, name="teller", daemon=True)

    def __call__(self, event: Event) -> None:
        """Hand an event over to be printed."""
        self.say(self._line(event))

    def say(self, line: str) -> None:
        """Hand a line over to be printed; an empty one is none."""
        if line:
            with self._more:
                self._lines.append(f"{line}\n".encode(self._encoding, "replace"))
                self._more.notify()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._more:
            self._closing = True
            self._more.notify()
        self._thread.join(_LAST_S)

    def _print(self) -> None:
        try:
            while line := self._next():
                # Not by sys.stdout: a thread that is stuck in it would keep Python from ending.
                while line:
                    line = line[self._write(line) :]
        except BrokenPipeError:
            self._broken()
        except OSError as error:
            # A daemon that can still be heard on its socket does not end for want of paper.
            complaint = f"genred: can't print any more: {error.strerror}\n".encode()
            os.write(2, complaint)

    def _write(self, line: bytes) -> int:
        """Write what there is room for; return how many bytes that was."""
        try:
            return os.write(self._fd, line)
        except BlockingIOError:  # some other program has made a shared terminal so
            time.sleep(_RETRY_S)
            return 0

    def _next(self) -> bytes:
        """Wait for a line; empty once there are none and it is closing."""
        with self._more:
            while not self._lines and not self._closing:
                self._more.wait()
            return self._lines.popleft() if self._lines else b""
