"""Events of many daemons go in; what is to be passed on, sent again and told comes out.

Pure: no socket, no clock. Of several claims to a name the first that lives has it; the events of
the others are not passed on until it is gone. Memory is bounded: 10,000 names, three claims each,
three kept events of at most 4 KiB a claim.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field

from genred.events import Event, Status, topic, type_of
from genred.wire.claims import Claim, Kept
from genred.wire.publisher import RETAINED
from genred.wire.watch import Back, Gone, NewSession

MOST_STREAMS = 10_000
FORGET_S = 60.0
"""how long the name of one who is gone is kept for it; numbers and sessions are then forgotten"""
TELL_S = 60.0
"""a clash of one name is told no more often"""
_CLAIMS = 2


@dataclass(frozen=True)
class Repeat:
    """To be sent to all, marked `retained`."""

    topic: bytes
    payload: bytes


@dataclass(frozen=True)
class Ask:
    """What holds of a topic did not come: the upstream is to be asked for it."""

    upstream: str
    topic: bytes


@dataclass(frozen=True)
class Appeared:
    """A stream is heard for the first time."""

    stream: str
    upstream: str

    def __str__(self) -> str:
        return f"{self.stream}: heard at {self.upstream}"


@dataclass(frozen=True)
class Clash:
    """Two daemons that live have one name."""

    stream: str
    upstream: str
    """of the one that has the name"""
    session: str
    other_upstream: str
    other_session: str

    def __str__(self) -> str:
        return (
            f"two daemons are called {self.stream}: session {self.session} at {self.upstream} has "
            f"the name, session {self.other_session} at {self.other_upstream} is not passed on; "
            "give one of them another --stream"
        )


@dataclass(frozen=True)
class Full:
    """There is no room for another name."""

    stream: str

    def __str__(self) -> str:
        return (
            f"{self.stream} is not passed on: this hub has its {MOST_STREAMS} streams; "
            "divide the daemons among several hubs"
        )


Notice = Appeared | Clash | Full | Gone | Back | NewSession
Outcome = Repeat | Ask | Notice


@dataclass
class _Stream:
    name: str
    topics: dict[str, bytes]
    claims: list[Claim] = field(default_factory=list)
    """the first has the name"""
    former: Claim | None = None
    """the one in whose place the first stands: started anew, as it seems"""
    told: float = float("-inf")
    """when a clash was told"""
    gone: bool = False


class Streams:
    """All names of one hub."""

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self._most = most
        self._streams: dict[str, _Stream] = {}
        # Names with a slash at their end, in order, so that a prefix is a range.
        self._names: list[str] = []
        self._told_full = False
        self.serial = 0
        """number of the last event that was kept"""
        self.clashed = 0
        """events that were not passed because another has the name"""
        self.repeated = 0
        """events that were not passed because they had been here before"""
        self.refused = 0
        """events for which there was no room"""

    def __len__(self) -> int:
        return len(self._streams)

    def take(
        self, upstream: str, event: Event, payload: bytes, now: float
    ) -> tuple[bool, list[Outcome]]:
        """Take an event; return whether to pass it on, and what to do before."""
        out: list[Outcome] = []
        stream = self._streams.get(event.stream)
        if stream is None:
            stream = self._admit(event.stream, upstream, out)
            if stream is None:
                self.refused += 1
                return False, out
        claim = self._claim(stream, upstream, event, now, out)
        if claim is None:
            self.clashed += 1
            return False, out
        claim.hear(event, now)
        if len(stream.claims) > 1:
            self._settle(stream, now, out)
        first = claim is stream.claims[0]
        if first and stream.gone and claim.lives(now):
            stream.gone = False
            out.append(Back(stream.name))
        kind = type_of(event)
        self.serial += 1
        new = claim.note(kind, event, payload, self.serial)
        if isinstance(event, Status):
            out += [Ask(upstream, stream.topics[each]) for each in claim.stale(event)]
        if not first:
            self._tell_clash(stream, claim, event, now, out)
            return False, out
        self.repeated += not new
        return new, out

    def tick(self, now: float) -> list[Outcome]:
        """Look at the time: who is gone, who has its name now, whom to forget."""
        out: list[Outcome] = []
        for stream in list(self._streams.values()):
            first = stream.claims[0]
            if first.lives(now):
                continue
            self._settle(stream, now, out)
            if stream.claims[0] is not first:
                continue
            if not stream.gone and not first.over:
                stream.gone = True
                out.append(Gone(stream.name, first.silent_s(now)))
            if first.silent_s(now) > FORGET_S:
                self._forget(stream.name)
        return out

    def matching(self, prefix: bytes, now: float) -> Iterator[tuple[bytes, Kept]]:
        """Yield what holds of each stream that lives: the first of its kept events that matches."""
        asked = prefix.decode("ascii", "replace")
        kinds = [k for k in RETAINED if asked.startswith(f"{k}/") or f"{k}/".startswith(asked)]
        if not kinds:
            return
        begin = asked[len(kinds[0]) + 1 :]
        at = bisect_left(self._names, begin)
        while at < len(self._names) and self._names[at].startswith(begin):
            stream = self._streams[self._names[at][:-1]]
            at += 1
            first = stream.claims[0]
            kind = next((k for k in kinds if k in first.kept), None)
            if kind is not None and first.lives(now):
                yield stream.topics[kind], first.kept[kind]

    def kept(self, name: bytes, now: float) -> Kept | None:
        """Return what holds of one topic, if its stream lives."""
        kind, stream, _ = name.decode("ascii").split("/")
        found = self._streams.get(stream)
        if found is None or not found.claims[0].lives(now):
            return None
        return found.claims[0].kept.get(kind)

    def living(self, now: float) -> int:
        """Return how many streams live."""
        return sum(stream.claims[0].lives(now) for stream in self._streams.values())

    def missed(self) -> int:
        """Return how many events were lost on their way here, of who is still known."""
        return sum(stream.claims[0].missed for stream in self._streams.values())

    def clashes(self, now: float) -> list[Clash]:
        """Return the clashes that there are now."""
        return [
            _clash(stream, other)
            for stream in self._streams.values()
            for other in stream.claims[1:]
            if other.session != stream.claims[0].session and other.lives(now)
        ]

    def _admit(self, name: str, upstream: str, out: list[Outcome]) -> _Stream | None:
        if len(self._streams) >= self._most:
            if not self._told_full:
                self._told_full = True
                out.append(Full(name))
            return None
        stream = _Stream(name, {kind: topic(kind, name) for kind in RETAINED})
        self._streams[name] = stream
        insort(self._names, f"{name}/")
        out.append(Appeared(name, upstream))
        return stream

    def _forget(self, name: str) -> None:
        del self._streams[name]
        del self._names[bisect_left(self._names, f"{name}/")]

    def _claim(
        self, stream: _Stream, upstream: str, event: Event, now: float, out: list[Outcome]
    ) -> Claim | None:
        """Return whose event it is; None if it has no place among the claims."""
        for claim in stream.claims:
            if claim.session == event.session and claim.upstream == upstream:
                return claim
        former = stream.former
        if former and former.session == event.session and former.upstream == upstream:
            if event.retained:
                return None
            # The one that had seemed to be gone speaks: there are two, and it was the first.
            stream.former = None
            stream.claims = [former, *stream.claims][:_CLAIMS]
            return former
        fresh = Claim(upstream, event.session, now)
        for at, claim in enumerate(stream.claims):
            if claim.upstream == upstream and len(self._ways(stream, upstream)) == 1:
                # Started anew: it takes its own place.
                if at == 0:
                    stream.former = claim
                    out.append(NewSession(stream.name, event.session))
                stream.claims[at] = fresh
                return fresh
        if len(stream.claims) == _CLAIMS:
            self._settle(stream, now, out)
            stream.claims = [
                claim for at, claim in enumerate(stream.claims) if at == 0 or claim.lives(now)
            ]
        if len(stream.claims) < _CLAIMS:
            stream.claims.append(fresh)
            return fresh
        return None

    @staticmethod
    def _ways(stream: _Stream, upstream: str) -> list[Claim]:
        return [claim for claim in stream.claims if claim.upstream == upstream]

    def _settle(self, stream: _Stream, now: float, out: list[Outcome]) -> None:
        """Give the name to the first claim that lives, if its holder does not."""
        before = stream.claims[0]
        if before.lives(now):
            return
        living = [claim for claim in stream.claims if claim.lives(now)]
        if not living:
            return
        stream.claims, stream.former, stream.gone = living, None, False
        first = living[0]
        same = first.session == before.session
        if not same:
            out.append(NewSession(stream.name, first.session))
        for kind, kept in first.kept.items():
            if not same or first.seen[kind] > before.seen.get(kind, -1):
                self.serial += 1
                kept.serial = self.serial
                out.append(Repeat(stream.topics[kind], kept.repeated()))
        if same:
            first.inherit(before)

    def _tell_clash(
        self, stream: _Stream, other: Claim, event: Event, now: float, out: list[Outcome]
    ) -> None:
        """Count an event that is not passed; tell of it, if two daemons live and not again soon."""
        if other.session == stream.claims[0].session:
            self.repeated += 1  # one daemon, by two ways
            return
        self.clashed += 1
        if not event.retained and now - stream.told >= TELL_S:
            stream.told = now
            out.append(_clash(stream, other))


def _clash(stream: _Stream, other: Claim) -> Clash:
    first = stream.claims[0]
    return Clash(stream.name, first.upstream, first.session, other.upstream, other.session)
