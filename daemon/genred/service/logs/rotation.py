"""A log file that never grows beyond its size: PATH, then PATH.1 (the newest of the old) to PATH.N.

Only the thread that writes the log comes here, so it may wait for a disk. Every fault is an
OSError; the next line tries anew.
"""

import os
from pathlib import Path

_MODE = 0o640


class LogFile:
    """A file by its path; opened by the first line, and again if somebody moved or removed it."""

    def __init__(self, path: Path, max_bytes: int, keep: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._keep = keep
        self._fd = -1
        self._torn = False

    def write(self, line: bytes) -> None:
        """Append a line, after a rotation if it would not fit. Raises OSError."""
        size = self._reopened()
        if size and size + len(line) > self._max_bytes:
            self._rotate()
            self._reopened()
        # A full disk may have taken a part of the line before.
        rest = b"\n" + line if self._torn else line
        while rest:
            count = os.write(self._fd, rest)
            rest = rest[count:]
            self._torn = bool(rest)

    def close(self) -> None:
        """Let go of the file; the next line opens it anew."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def _reopened(self) -> int:
        """Make sure that what is open is what the path leads to; return its size in bytes."""
        try:
            there = self._path.stat()
        except FileNotFoundError:
            there = None
        if self._fd >= 0 and (there is None or not os.path.samestat(there, os.fstat(self._fd))):
            self.close()
        if self._fd < 0:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            # A FIFO that nobody reads would keep us waiting.
            self._fd = os.open(self._path, flags | getattr(os, "O_NONBLOCK", 0), _MODE)
            self._torn = False
        return os.fstat(self._fd).st_size

    def _rotate(self) -> None:
        self.close()
        if not self._keep:
            self._path.unlink()
            return
        for number in range(self._keep - 1, 0, -1):
            if self._name(number).exists():
                self._name(number).replace(self._name(number + 1))
        self._path.replace(self._name(1))

    def _name(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
