"""A bound on lines alike: a device that flaps must not fill a journal.

Pure: entries and the time (seconds of a clock that never goes back) in, entries out.
"""

from dataclasses import dataclass, replace

from genred.service.logs.lines import Entry

MOST = 5
"""lines with the same words in a minute; what is more is counted"""
SPAN_S = 60.0
MOST_KINDS = 100
"""different words at a time; those beyond count as alike"""


@dataclass
class _Kind:
    """Lines alike in one span."""

    since_s: float
    floods: bool = False
    """the span before held too many: of this one only the count is told"""
    passed: int = 0
    held: int = 0
    newest: Entry | None = None


class Flood:
    """Lets the first lines alike of a minute through, and tells how many more there were.

    While a minute has too many, the next one gives its count alone: one line, with the newest
    fields.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}

    def push(self, entry: Entry, now_s: float) -> list[Entry]:
        """Take an entry; return those to be written now, maybe none."""
        told = self.tick(now_s)
        known = entry.words in self._kinds or len(self._kinds) < MOST_KINDS
        kind = self._kinds.setdefault(entry.words if known else "", _Kind(now_s))
        if kind.floods or kind.passed >= MOST:
            kind.held += 1
            kind.newest = entry
        else:
            kind.passed += 1
            told.append(entry)
        return told

    def tick(self, now_s: float) -> list[Entry]:
        """Let time pass; return the counts of minutes that are over."""
        told = []
        for words, kind in list(self._kinds.items()):
            if now_s - kind.since_s < SPAN_S:
                continue
            told += _count(kind)
            if kind.held:
                floods = kind.passed + kind.held > MOST
                self._kinds[words] = _Kind(now_s, floods=floods)
            else:
                del self._kinds[words]
        return told

    def flush(self) -> list[Entry]:
        """Return the counts of what was held; begin anew."""
        told = [entry for kind in self._kinds.values() for entry in _count(kind)]
        self._kinds.clear()
        return told


def _count(kind: _Kind) -> list[Entry]:
    if kind.newest is None:
        return []
    words = f"{kind.newest.words}, {kind.held} more like it in the last minute"
    return [replace(kind.newest, words=words)]
