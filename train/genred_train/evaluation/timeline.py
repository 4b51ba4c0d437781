"""What was announced beside what played: delays, false changes, time that was right.

Pure, whoever announced: the pipeline over audio, or the tracker over windows of arrays.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from genred.events import SILENCE, UNKNOWN

SETTLED_S = 5.0
"""of a piece, in which nobody expects the right label yet"""


@dataclass(frozen=True)
class Piece:
    """One piece of a stream; seconds of audio."""

    labels: tuple[str, ...]
    starts_s: float
    """its first sample"""
    changes_s: float
    """from here on it is what plays: later than `starts_s` only where it is faded in"""
    ends_s: float
    """from here on something else plays, or nothing"""


@dataclass(frozen=True)
class Change:
    """Something else was announced."""

    time_s: float
    """when a listener was told"""
    label: str
    overtook_s: float
    """when it came to lead, as far as the announcement tells"""
    genres: tuple[str, ...] = ()
    """all that were announced with it, by a model with several at once"""

    def right(self, piece: Piece) -> bool:
        """Tell whether it names what plays: one of its labels, or, of several, exactly those.

        Any overlap would be no feat: who announces half of all labels always has one.
        """
        if not piece.labels:
            return self.label == UNKNOWN
        return set(self.genres) == set(piece.labels) if self.genres else self.label in piece.labels

    def common(self, piece: Piece) -> float:
        """Labels in common with what plays, as a share of the labels of either (Jaccard's)."""
        said, true = set(self.genres or [self.label]) - {UNKNOWN, SILENCE}, set(piece.labels)
        return len(said & true) / len(said | true) if said | true else 1.0


@dataclass
class Delays:
    """Seconds from what happened to its announcement, each where one came at all."""

    noticed: list[float] = field(default_factory=list)
    """a piece of another genre began -> its label"""
    overtook: list[float] = field(default_factory=list)
    """the same, to the time since which that label led"""
    first: list[float] = field(default_factory=list)
    """music began after nothing -> any label"""
    told: list[float] = field(default_factory=list)
    """silence began -> `silence`"""
    left: list[float] = field(default_factory=list)
    """music began after a told silence -> anything else"""


@dataclass
class Counts:
    """How often there was something to announce, and how often it was wrong."""

    cuts: int = 0
    """beginnings of a piece of another genre"""
    starts: int = 0
    """beginnings of music after nothing"""
    silences: int = 0
    false_changes: int = 0
    """inside a piece: to a wrong label, or beyond the first right one"""
    rests: int = 0
    """`silence` inside a piece"""


def owned(pieces: Sequence[Piece], changes: Sequence[Change]) -> list[list[Change]]:
    """Give each change, in order of time, to the piece that it is about.

    In a fade that is the new piece if its label is told, else the old one; what comes in a silence
    belongs to the piece before it.
    """
    starts = [piece.starts_s for piece in pieces]
    own: list[list[Change]] = [[] for _ in pieces]
    for change in changes:
        place = max(0, bisect_right(starts, change.time_s) - 1)
        early = change.time_s < pieces[place].changes_s and not change.right(pieces[place])
        own[place - 1 if early and place else place].append(change)
    return own


def compare(pieces: Sequence[Piece], changes: Sequence[Change]) -> tuple[Delays, Counts]:
    """Measure all delays and count all faults of a stream."""
    delays, counts = Delays(), Counts()
    own = owned(pieces, changes)
    before: Piece | None = None
    for piece, told in zip(pieces, own, strict=True):
        _cut(piece, before, told, delays, counts)
        if before is None or before.ends_s < piece.starts_s:
            counts.starts += 1
            labels = [c for c in told if c.label not in (SILENCE, UNKNOWN)]
            delays.first += [change.time_s - piece.starts_s for change in labels[:1]]
        before = piece
    _silences(pieces, changes, delays, counts)
    counts.false_changes, counts.rests = _faults(pieces, own)
    return delays, counts


def _cut(
    piece: Piece, before: Piece | None, told: list[Change], delays: Delays, counts: Counts
) -> None:
    """Note how long a change of genre took to be noticed, where it was."""
    if before is not None and before.labels == piece.labels:
        return
    counts.cuts += 1
    for change in [change for change in told if change.right(piece)][:1]:
        delays.noticed.append(change.time_s - piece.changes_s)
        # A label may have led since before the piece whose genre it is.
        delays.overtook.append(max(0.0, change.overtook_s - piece.changes_s))


def _silences(
    pieces: Sequence[Piece], changes: Sequence[Change], delays: Delays, counts: Counts
) -> None:
    times = [change.time_s for change in changes]
    for before, after in pairwise(pieces):
        if before.ends_s >= after.starts_s:
            continue
        counts.silences += 1
        inside = changes[bisect_right(times, before.ends_s) : bisect_right(times, after.starts_s)]
        told = [change.time_s for change in inside if change.label == SILENCE]
        if state(changes, times, before.ends_s) == SILENCE:
            told = [before.ends_s]
        delays.told += [time_s - before.ends_s for time_s in told[:1]]
        if state(changes, times, after.starts_s) == SILENCE:
            later = changes[bisect_right(times, after.starts_s) :]
            delays.left += [change.time_s - after.starts_s for change in later[:1]]


def _faults(pieces: Sequence[Piece], own: Sequence[list[Change]]) -> tuple[int, int]:
    """Count false changes, and silences inside pieces.

    Leaving a silence, for `unknown` or for the label before, is no change of genre. What is told
    after a piece, before its silence is noticed, is inside none.
    """
    false = rests = 0
    quiet, held = True, ""
    for piece, told in zip(pieces, own, strict=True):
        noticed = False
        for change in told:
            inside = change.time_s <= piece.ends_s
            if change.label == SILENCE:
                rests += inside
                quiet = True
                continue
            right = change.right(piece)
            if not (quiet and change.label in (UNKNOWN, held)):
                false += inside and not (right and (quiet or not noticed))
                held = change.label
            noticed = noticed or right
            quiet = quiet and change.label == UNKNOWN
    return false, rests


def state(changes: Sequence[Change], times: Sequence[float], time_s: float) -> str:
    """Return the label that holds at a time; `times` are those of the changes."""
    place = bisect_right(times, time_s)
    return changes[place - 1].label if place else UNKNOWN


def right_share(pieces: Sequence[Piece], changes: Sequence[Change]) -> float | None:
    """Share of all time after each piece's first 5 s in which what was announced was right.

    None where no piece lasts longer.
    """
    return _over_time(pieces, changes, Change.right)


def common_share(pieces: Sequence[Piece], changes: Sequence[Change]) -> float | None:
    """Mean over the same time of the labels in common with the piece's; None as there."""
    return _over_time(pieces, changes, Change.common)


def _over_time(
    pieces: Sequence[Piece], changes: Sequence[Change], worth: Callable[[Change, Piece], float]
) -> float | None:
    """Mean of what is announced is worth, 0 to 1, over the settled time of all pieces."""
    worth_s = all_s = 0.0
    edges = [change.time_s for change in changes]
    for piece in pieces:
        low, high = piece.changes_s + SETTLED_S, piece.ends_s
        all_s += max(0.0, high - low)
        first = max(0, bisect_right(edges, low) - 1)
        for place in range(first, bisect_right(edges, high)):
            until = edges[place + 1] if place + 1 < len(edges) else high
            held_s = max(0.0, min(until, high) - max(edges[place], low))
            worth_s += held_s * worth(changes[place], piece)
    return worth_s / all_s if all_s else None
