"""Events of many daemons go in, and out to all who subscribe, as if one daemon said them all.

Each upstream is subscribed to once, whoever joins or leaves downstream; subscriptions are never
forwarded. What holds of each stream is kept, and a joiner gets it by the publisher's own rule.
Events are passed byte for byte. Nothing here waits for a reader, nor for an upstream.
"""

import selectors
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import zmq

from genred.errors import UsageError
from genred.wire import streams
from genred.wire.bindings import Bindings
from genred.wire.claims import Kept
from genred.wire.last_value import LastValueSocket
from genred.wire.publisher import LINGER_S
from genred.wire.rounds import Rounds
from genred.wire.security import ClientKeys, Guard
from genred.wire.streams import MOST_STREAMS, Ask, Clash, Outcome, Repeat, Streams
from genred.wire.upstream import Upstream

DEFAULT_HUB = "tcp://127.0.0.1:5572"
MOST_UPSTREAMS = 10_000
TICK_S = 0.5
"""how often it is asked who is gone"""
_BATCH = 100
"""messages of one upstream, before it is the others' turn"""
_ABSENT_S = 0.5
"""of a longer pause of ours no more is counted: daemons that we did not hear are not gone"""


@dataclass(frozen=True)
class Rubbish:
    """An upstream sends what is no event; told once for each, more may follow."""

    upstream: str
    reason: str

    def __str__(self) -> str:
        return f"{self.upstream} sends what is no event, which is dropped: {self.reason}"


Notice = streams.Notice | Rubbish


class Wakes(Protocol):
    """What ends a wait once it can be read."""

    def fileno(self) -> int:
        """Return its file descriptor."""


@dataclass(frozen=True)
class Counts:
    """How a hub is; numbers are since it began, but for those of now."""

    upstreams: int
    streams: int
    """that live now"""
    gone: int
    """that were heard in the last minute and are gone"""
    subscribers: int
    """that live now"""
    clashes: list[Clash]
    """that there are now"""
    events: int
    """that came"""
    passed: int
    """of these, sent on"""
    repeats: int
    """sent to all, marked `retained`, because somebody joined or a name changed hands"""
    missed: int
    """lost on their way here, as their numbers tell, of streams that are known now"""
    clashed: int
    """not passed: another daemon has the name"""
    old: int
    """not passed: they had been here before"""
    refused: int
    """not passed: no room for another stream"""
    rubbish: int
    """no events"""


class Hub:
    """Many upstreams, one `XPUB`; call `turn` for ever.

    `clock` returns seconds that never go back; `keys` has those for upstreams that ask for some,
    by endpoint; a guard stands before endpoints that are not local, and its context is used.
    Raises UsageError for an upstream that can't be.
    """

    def __init__(
        self,
        upstreams: Sequence[str],
        endpoints: Sequence[str],
        clock: Callable[[], float],
        *,
        context: "zmq.Context[zmq.Socket[bytes]] | None" = None,
        high_water_mark: int = 1000,
        insecure: bool = False,
        keys: Mapping[str, ClientKeys] | None = None,
        guard: Guard | None = None,
        most_streams: int = MOST_STREAMS,
    ) -> None:
        self._clock = clock
        self._guard = guard
        self._owns_context = context is None and guard is None
        self._context = context or (guard.context if guard else zmq.Context())
        if self._owns_context:
            self._context.max_sockets = MOST_UPSTREAMS + 100
        self._socket = LastValueSocket(self._context, high_water_mark)
        self._bindings = Bindings(self._socket.socket, endpoints, insecure=insecure, guard=guard)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket.socket.fileno(), selectors.EVENT_READ)
        if guard:
            self._selector.register(guard.socket.fileno(), selectors.EVENT_READ)
        self._upstreams: dict[str, Upstream] = {}
        # Those of which more may wait: their descriptors tell only of what comes when they were
        # found empty.
        self._waiting: dict[str, Upstream] = {}
        self._streams = Streams(most_streams)
        self._rounds = Rounds()
        self._looked_s = clock()
        self._now_s = 0.0
        """seconds in which we listened"""
        self._ticked_s = 0.0
        self._passed = self._repeats = self._ended_events = self._ended_rubbish = 0
        try:
            for endpoint in upstreams:
                self.connect(endpoint, (keys or {}).get(endpoint))
        except UsageError:
            self.close()
            raise

    def bind(self) -> None:
        """Bind all endpoints; raises as `Publisher.bind`."""
        self._bindings.bind()

    @property
    def endpoints(self) -> list[str]:
        """Where it is bound, a port `*` resolved; empty before `bind`."""
        return list(self._bindings.endpoints)

    @property
    def upstreams(self) -> list[str]:
        """Endpoints that it hears, or waits for."""
        return list(self._upstreams)

    def connect(self, endpoint: str, keys: ClientKeys | None = None) -> None:
        """Hear one more upstream, now or when it is there; raises UsageError if it can't be."""
        if endpoint in self._upstreams:
            return
        if len(self._upstreams) >= MOST_UPSTREAMS:
            raise UsageError(f"more than {MOST_UPSTREAMS} upstreams: put hubs between")
        upstream = Upstream(endpoint, self._context, keys)
        try:
            upstream.connect()
        except UsageError:
            upstream.close()
            raise
        self._upstreams[endpoint] = self._waiting[endpoint] = upstream
        self._selector.register(upstream.socket.fileno(), selectors.EVENT_READ, upstream)

    def disconnect(self, endpoint: str) -> None:
        """Hear an upstream no more; its streams are gone when three heartbeats are missing."""
        upstream = self._upstreams.pop(endpoint)
        self._waiting.pop(endpoint, None)
        self._selector.unregister(upstream.socket.fileno())
        self._ended_events += upstream.events
        self._ended_rubbish += upstream.rubbish
        upstream.close()

    def wake_for(self, readable: Wakes) -> None:
        """Have a wait end, too, when something else can be read."""
        self._selector.register(readable, selectors.EVENT_READ)

    def turn(self, most_s: float) -> list[Notice]:
        """Wait for whatever comes first, do all that is to be done; return what is to tell."""
        self._wait(most_s)
        notices: list[Notice] = []
        for upstream in list(self._waiting.values()):
            self._pass(upstream, notices)
        if self._now_s - self._ticked_s >= TICK_S:
            self._ticked_s = self._now_s
            self._do(self._streams.tick(self._now_s), notices)
        if self._guard:
            self._guard.serve()
        self._bindings.tend()
        self._socket.serve(0, self._present)
        repeats = self._rounds.take(self._now_s, self._matching, self._holding)
        self._do(repeats, notices)
        return notices

    def counts(self) -> Counts:
        """Return how it is."""
        living = self._streams.living(self._now_s)
        upstreams = self._upstreams.values()
        return Counts(
            upstreams=len(upstreams),
            streams=living,
            gone=len(self._streams) - living,
            subscribers=self._socket.subscribers,
            clashes=self._streams.clashes(self._now_s),
            events=self._ended_events + sum(each.events for each in upstreams),
            passed=self._passed,
            repeats=self._repeats + self._socket.repeats,
            missed=self._streams.missed(),
            clashed=self._streams.clashed,
            old=self._streams.repeated,
            refused=self._streams.refused,
            rubbish=self._ended_rubbish + sum(each.rubbish for each in upstreams),
        )

    def close(self) -> None:
        """Close; what was sent has 0.2 s to leave."""
        self._selector.close()
        for upstream in self._upstreams.values():
            upstream.close()
        self._socket.close(int(LINGER_S * 1000))
        if self._owns_context:
            self._context.term()
        self._bindings.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait(self, most_s: float) -> None:
        # Whatever was sent may have taken the descriptor's sign that a subscription has come.
        subscribed = int(self._socket.socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN
        due_s = self._rounds.due_s
        if self._waiting or subscribed:
            most_s = 0.0
        elif due_s is not None:
            most_s = min(most_s, max(0.0, due_s - self._now_s))
        for key, _ in self._selector.select(most_s):
            if isinstance(key.data, Upstream):
                self._waiting[key.data.endpoint] = key.data
        now = self._clock()
        self._now_s += min(_ABSENT_S, now - self._looked_s)
        self._looked_s = now

    def _pass(self, upstream: Upstream, notices: list[Notice]) -> None:
        """Pass what came from one upstream, up to a hundred events."""
        sound = upstream.rubbish == 0
        for event, topic, payload in upstream.take(_BATCH):
            new, out = self._streams.take(upstream.endpoint, event, payload, self._now_s)
            if out:
                self._do(out, notices)
            if new:
                self._socket.send(topic, payload)
                self._passed += 1
        if not upstream.waiting:
            del self._waiting[upstream.endpoint]
        if sound and upstream.rubbish:
            notices.append(Rubbish(upstream.endpoint, upstream.fault))

    def _do(self, out: Sequence[Outcome], notices: list[Notice]) -> None:
        for each in out:
            if isinstance(each, Repeat):
                self._socket.send(each.topic, each.payload)
                self._repeats += 1
            elif isinstance(each, Ask):
                self._upstreams[each.upstream].ask(each.topic)
            else:
                notices.append(each)

    def _present(self, prefix: bytes) -> tuple[bytes, bytes] | None:
        """Return what a joiner gets alone; the rest of what it asked for is owed to it."""
        found = self._matching(prefix)
        alone = next(found, None)
        if alone is None:
            return None
        topic, kept = alone
        if next(found, None) is not None:
            self._rounds.owe(prefix, topic, self._streams.serial)
        return topic, kept.repeated()

    def _matching(self, prefix: bytes) -> Iterator[tuple[bytes, Kept]]:
        return self._streams.matching(prefix, self._now_s)

    def _holding(self, topic: bytes) -> Kept | None:
        return self._streams.kept(topic, self._now_s)
