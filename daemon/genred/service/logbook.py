"""The log of a daemon: one line for each event that matters, bounded, and never waited for.

It goes to stderr, to journald (the same, with priorities before the lines) or to a file that
rotates. Predictions and heartbeats are not told.
"""

from pathlib import Path
from typing import Protocol, Self

from genred.errors import GenredError, UsageError
from genred.events import Capture, CaptureState, Event
from genred.service.clock import Clock
from genred.service.logs.flood import Flood
from genred.service.logs.lines import (
    PRIORITY,
    Entry,
    entry_of,
    file_line,
    journal_line,
    plain_line,
)
from genred.service.logs.pen import Paper, Pen, StandardError
from genred.service.logs.rotation import LogFile

LEVELS = tuple(reversed(PRIORITY))
"""from the most talkative to the most silent"""
STDERR = "stderr"
JOURNAL = "journal"
_MEGABYTE = 1_000_000


class LogWishes(Protocol):
    """What is wished for: `[log]` of the config."""

    @property
    def level(self) -> str:
        """One of LEVELS: what is less grave is not written."""

    @property
    def to(self) -> str:
        """`stderr`, `journal`, or a file's path."""

    @property
    def max_mb(self) -> float:
        """Size of a file before it is put aside, in megabytes."""

    @property
    def keep(self) -> int:
        """How many files that were put aside are kept."""


class Logbook:
    """Takes events and notices; use as a context manager. One thread may call it.

    Raises UsageError for a level that there is not. A file that can't be written is no error: it
    is told once on stderr, and tried again with the next line.
    """

    def __init__(
        self, wishes: LogWishes, clock: Clock, *, events: bool = True, fd: int = 2
    ) -> None:
        self._to = wishes.to
        self._level = _checked(wishes.level)
        self._clock = clock
        self._events = events
        self._state: CaptureState | None = None
        self._flood = Flood()
        self._pen = Pen(_paper(wishes, fd), self._file_name, self._missed, fd)

    def __call__(self, event: Event) -> None:
        """Take an event: write it if it matters. Each one lets time pass, a heartbeat too."""
        entry = entry_of(event, self._state)
        if isinstance(event, Capture):
            self._state = event.state
        if entry is None or not self._events:
            self._write(self._flood.tick(self._clock.monotonic()))
        else:
            self._take(entry)

    @property
    def level(self) -> str:
        """What is less grave is not written; can be set at any time. Raises UsageError."""
        return self._level

    @level.setter
    def level(self, level: str) -> None:
        self._level = _checked(level)

    @property
    def left_out(self) -> int:
        """Lines that could not be written so far, less those that the log itself has told."""
        return self._pen.left_out

    def debug(self, words: str, **fields: object) -> None:
        """Note what only a developer wants to know; `words` are always the same."""
        self._take(Entry("debug", words, fields))

    def info(self, words: str, **fields: object) -> None:
        """Note what is in order."""
        self._take(Entry("info", words, fields))

    def warning(self, words: str, **fields: object) -> None:
        """Note what may be amiss."""
        self._take(Entry("warning", words, fields))

    def error(self, words: str, **fields: object) -> None:
        """Note what failed."""
        self._take(Entry("error", words, fields))

    def __enter__(self) -> Self:
        self._pen.__enter__()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        # Whoever ended by it says it on stderr; a file would lack it, a journal how grave it is.
        if isinstance(error, GenredError) and self._to != STDERR:
            self.error("ended by an error", reason=str(error))
        self._write(self._flood.flush())
        self._pen.__exit__(kind, error, trace)

    def _take(self, entry: Entry) -> None:
        if PRIORITY[entry.level] <= PRIORITY[self._level]:
            self._write(self._flood.push(entry, self._clock.monotonic()))

    def _write(self, entries: list[Entry]) -> None:
        for entry in entries:
            self._pen.put(self._line(entry))

    def _line(self, entry: Entry) -> bytes:
        if self._to == JOURNAL:
            line = journal_line(entry)
        elif self._to == STDERR:
            line = plain_line(entry)
        else:
            line = file_line(entry, self._clock.utc())
        return f"{line}\n".encode("utf-8", "replace")

    def _missed(self, count: int, reason: str) -> bytes:
        words = "lines were left out of this log"
        return self._line(Entry("warning", words, {"count": count, "reason": reason}))

    @property
    def _file_name(self) -> str:
        return "" if self._to in (STDERR, JOURNAL) else self._to


def _paper(wishes: LogWishes, fd: int) -> Paper:
    if wishes.to in (STDERR, JOURNAL):
        return StandardError(fd)
    return LogFile(Path(wishes.to).expanduser(), round(wishes.max_mb * _MEGABYTE), wishes.keep)


def _checked(level: str) -> str:
    if level not in PRIORITY:
        raise UsageError(f'log.level "{level}" is none: use {", ".join(LEVELS)}')
    return level
