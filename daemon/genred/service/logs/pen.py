"""Lines are written by a thread of its own: neither a full disk nor a stuck terminal is waited for.

A line that can't be written is left out, the first such fault is told on stderr, and writing goes
on with the next line, for a disk may be emptied and a folder come back.
"""

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol, Self

MOST_LINES = 1000
"""lines that may wait for a slow disk; the oldest are left out then"""
_RETRY_S = 0.05
_LAST_S = 0.2  # what the last lines have to leave

Missed = Callable[[int, str], bytes]
"""the line that says how many lines were left out before it, and why"""


class Paper(Protocol):
    """What lines are written on."""

    def write(self, line: bytes) -> None:
        """Write all of a line; raises OSError."""


class StandardError:
    """File descriptor 2, or another one."""

    def __init__(self, fd: int = 2) -> None:
        self._fd = fd

    def write(self, line: bytes) -> None:
        """Write all of a line; raises OSError."""
        while line:
            try:
                line = line[os.write(self._fd, line) :]
            except BlockingIOError:  # some other program has made a shared terminal so
                time.sleep(_RETRY_S)


class Pen:
    """Writes lines, in their order; use as a context manager. `name` is the paper's, for people."""

    def __init__(self, paper: Paper, name: str, missed: Missed, fd: int = 2) -> None:
        self._paper = paper
        self._name = name
        self._missed = missed
        self._fd = fd
        self._more = threading.Condition()
        self._lines: deque[bytes] = deque()
        self._left_out = 0
        self._reason = ""
        self._has_told = False
        self._closing = False
        self._thread = threading.Thread(target=self._write_all, name="log", daemon=True)

    @property
    def left_out(self) -> int:
        """Lines that were left out, and that has not been written yet."""
        return self._left_out

    def put(self, line: bytes) -> None:
        """Hand a line over; never waits."""
        with self._more:
            if len(self._lines) >= MOST_LINES:
                self._lines.popleft()
                self._left_out += 1
                self._reason = self._reason or "too slow"
            self._lines.append(line)
            self._more.notify()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._more:
            self._closing = True
            self._more.notify()
        self._thread.join(_LAST_S)

    def _write_all(self) -> None:
        while line := self._next():
            try:
                self._write(line)
            except OSError as error:
                self._fail(error.strerror or str(error))

    def _write(self, line: bytes) -> None:
        with self._more:
            count, reason = self._left_out, self._reason
        if count:
            self._paper.write(self._missed(count, reason))
            with self._more:
                self._left_out -= count
                self._reason = ""
        self._paper.write(line)

    def _fail(self, reason: str) -> None:
        with self._more:
            self._left_out += 1
            self._reason = reason
        if not self._has_told and self._name:
            self._has_told = True
            told = f"genred: can't write the log {self._name}: {reason}; goes on without it\n"
            with contextlib.suppress(OSError):
                os.write(self._fd, told.encode("utf-8", "replace"))

    def _next(self) -> bytes:
        """Wait for a line; empty once there are none and it is closing."""
        with self._more:
            while not self._lines and not self._closing:
                self._more.wait()
            return self._lines.popleft() if self._lines else b""
