"""Events and the time go in; what a reader ought to know of the connection comes out.

Pure: no socket, no clock. `seq` counts per topic and session. A retained event repeats one that
was sent before, so it may be old; only the others are signs of life.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from genred.events import TYPES, Capture, Event, Status, type_of

MISSED_HEARTBEATS = 3
_INTERVAL_S = 1.0
"""from one heartbeat to the next, until a status has told"""


@dataclass(frozen=True)
class Gap:
    """Events were lost on the way."""

    stream: str
    type: str
    missed: int
    """how many"""
    seq: int
    """number of the last one missed"""

    def __str__(self) -> str:
        return f"{self.stream}: missed {self.missed} {self.type} up to number {self.seq}"


@dataclass(frozen=True)
class NewSession:
    """The daemon was started anew: numbers begin at 0."""

    stream: str
    session: str

    def __str__(self) -> str:
        return f"{self.stream}: started anew as session {self.session}"


@dataclass(frozen=True)
class Gone:
    """Heartbeats are missing: the daemon, or the way to it, is dead."""

    stream: str
    silent_s: float
    """since the last sign of life"""

    def __str__(self) -> str:
        return f"{self.stream}: not heard for {self.silent_s:.1f} s, waiting for it"


@dataclass(frozen=True)
class Back:
    """It is heard again."""

    stream: str

    def __str__(self) -> str:
        return f"{self.stream}: back"


@dataclass(frozen=True)
class Skipped:
    """Something came that is no event of this version; told once, more may follow."""

    reason: str

    def __str__(self) -> str:
        return f"skipped what is no event that this genred knows ({self.reason})"


@dataclass(frozen=True)
class Refused:
    """The connection ends before it begins: a key is wrong, missing, or not wanted."""

    endpoint: str
    reason: str
    """what is wrong, and what to do"""

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.reason}; trying again"


Notice = Gap | NewSession | Gone | Back | Skipped | Refused


@dataclass
class _Stream:
    heard: float
    interval_s: float = _INTERVAL_S
    gone: bool = False
    over: bool = False
    """it said its end, or another session took its name: its silence is no news"""
    seen: dict[str, int] = field(default_factory=dict)
    """number of the last event of each type"""
    told: dict[str, int] = field(default_factory=dict)
    """the same, or the last one that a status or a gap has told of"""


class Watch:
    """All streams of one reader, who subscribes to `types`."""

    def __init__(self, types: Collection[str] = TYPES) -> None:
        self._types = types
        # Two daemons may share a name by mistake, and then take turns.
        self._sessions: dict[tuple[str, str], _Stream] = {}

    def step(self, event: Event, now: float) -> tuple[bool, list[Notice]]:
        """Take an event at a time in seconds; return whether it is new, and what is to tell."""
        notices: list[Notice] = []
        stream = self._sessions.get((event.stream, event.session))
        if stream is None:
            notices += self._replace(event)
            stream = self._sessions[event.stream, event.session] = _Stream(now)
        if not event.retained:
            notices += [Back(event.stream)] if stream.gone else []
            stream.heard, stream.gone, stream.over = now, False, False
        kind = type_of(event)
        notices += _gap(stream, event.stream, kind, event.seq - 1)
        stream.told[kind] = max(event.seq, stream.told.get(kind, -1))
        new = event.seq > stream.seen.get(kind, -1)
        stream.seen[kind] = max(event.seq, stream.seen.get(kind, -1))
        if new and isinstance(event, Status):
            notices += self._compare(stream, event)
        if isinstance(event, Capture) and event.state == "ended":
            stream.over = True
        return new, notices

    def has_told(self, event: Event) -> bool:
        """Tell whether its session's events show that it was sent, so that it can't still come."""
        stream = self._sessions.get((event.stream, event.session))
        return stream is not None and event.seq <= stream.told.get(type_of(event), -1)

    def tick(self, now: float) -> list[Notice]:
        """Look at the time, in seconds, when nothing waits to be read."""
        notices: list[Notice] = []
        for (name, _), stream in self._sessions.items():
            silent_s = now - stream.heard
            if (
                not stream.gone
                and not stream.over
                and silent_s > MISSED_HEARTBEATS * stream.interval_s
            ):
                stream.gone = True
                notices.append(Gone(name, silent_s))
        return notices

    def _replace(self, event: Event) -> list[Notice]:
        """Note that a session is new; the ones before it under its name are over."""
        before = [s for (name, _), s in self._sessions.items() if name == event.stream]
        if not before:
            return []
        was_gone = any(stream.gone for stream in before)
        for stream in before:
            stream.gone, stream.over = False, True
        back: list[Notice] = [Back(event.stream)] if was_gone else []
        return [*back, NewSession(event.stream, event.session)]

    def _compare(self, stream: _Stream, status: Status) -> list[Notice]:
        if status.interval_s > 0:
            stream.interval_s = status.interval_s
        if status.retained:  # older than what was lost or seen since
            return []
        notices: list[Notice] = []
        for kind, last in status.last_seq.items():
            if kind in self._types and kind != type_of(status):
                notices += _gap(stream, status.stream, kind, last)
                stream.told[kind] = max(last, stream.told.get(kind, -1))
        return notices


def _gap(stream: _Stream, name: str, kind: str, last: int) -> list[Notice]:
    """Tell what is missing if everything up to number `last` was sent.

    Nothing is missing of a type of which nothing is known yet: the reader has just joined.
    """
    known = stream.told.get(kind)
    return [] if known is None or last <= known else [Gap(name, kind, last - known, last)]
