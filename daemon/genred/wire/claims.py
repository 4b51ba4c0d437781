"""Who says that a name is its: events of one session go in, what holds of it comes out.

Pure: no socket, no clock. A claim is one session of a daemon, heard by one way. It lives until
three of its heartbeats are missing or it says its end.
"""

from dataclasses import dataclass, field

import msgspec

from genred.events import Capture, Event, Status
from genred.wire.publisher import RETAINED
from genred.wire.watch import MISSED_HEARTBEATS

LARGEST_KEPT = 4096
"""bytes; no `genre`, `capture` or `status` of ours has a quarter of it"""
_INTERVAL_S = 1.0
_SLOWEST_S = 60.0
"""a heartbeat that promises less is held to this: nobody keeps a name by a promise"""

_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TRUE = msgspec.Raw(b"true")


@dataclass
class Kept:
    """The last event of a topic."""

    payload: bytes
    """as it came; marked `retained` once somebody has asked"""
    serial: int
    """the hub's own number, which rises with each event that it kept"""
    _is_marked: bool = False

    def repeated(self) -> bytes:
        """Return it marked `retained`, all else byte for byte as it came."""
        if not self._is_marked:
            self.payload, self._is_marked = as_retained(self.payload), True
        return self.payload


@dataclass
class Claim:
    """One session by one way; times are seconds of a clock that never goes back."""

    upstream: str
    session: str
    heard: float
    interval_s: float = _INTERVAL_S
    over: bool = False
    """it said its end"""
    seen: dict[str, int] = field(default_factory=dict)
    """number of the last event of each type"""
    kept: dict[str, Kept] = field(default_factory=dict)
    missed: int = 0
    """events that were lost before they came here, as their numbers tell"""

    def silent_s(self, now: float) -> float:
        """Return how long nothing has shown that it lives."""
        return now - self.heard

    def lives(self, now: float) -> bool:
        """Tell whether it has not ended and no three heartbeats are missing."""
        return not self.over and self.silent_s(now) <= MISSED_HEARTBEATS * self.interval_s

    def hear(self, event: Event, now: float) -> None:
        """Take a sign of life; a retained event, which may be old, is none."""
        if not event.retained:
            self.heard, self.over = now, False
            if isinstance(event, Status) and event.interval_s > 0:
                self.interval_s = min(event.interval_s, _SLOWEST_S)

    def note(self, kind: str, event: Event, payload: bytes, serial: int) -> bool:
        """Keep an event; return False for one that has been here before."""
        last = self.seen.get(kind)
        if last is not None and event.seq <= last and event.replayed is not True:
            return False
        if last is not None:
            self.missed += max(0, event.seq - last - 1)
        self.seen[kind] = event.seq
        if kind in RETAINED:
            self.kept[kind] = Kept(payload, serial)
        if isinstance(event, Capture) and event.state == "ended":
            self.over = True
        return True

    def inherit(self, before: "Claim") -> None:
        """Take what came of the same session by another way, where it is newer."""
        for kind, seq in before.seen.items():
            if seq > self.seen.get(kind, -1):
                self.seen[kind] = seq
                if kind in before.kept:
                    self.kept[kind] = before.kept[kind]

    def stale(self, status: Status) -> list[str]:
        """Return the types of which newer ones were sent, by a status, than came here.

        What is kept of them no longer holds, and is not kept any more.
        """
        if status.retained:  # it may be older than what came since
            return []
        lacking = [
            kind
            for kind in RETAINED
            if kind != "status" and status.last_seq.get(kind, -1) > self.seen.get(kind, -1)
        ]
        for kind in lacking:
            self.kept.pop(kind, None)
        return lacking


def as_retained(payload: bytes) -> bytes:
    """Return an event marked `retained`; fields that we do not know stay as they are."""
    return msgspec.json.encode(_fields.decode(payload) | {"retained": _TRUE})
