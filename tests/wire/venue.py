"""Daemons, hubs and readers of a test, in one thread: whoever waits lets the others go on."""

import time
from collections.abc import Callable

import zmq

from genred import events
from genred.events import Event
from genred.wire.hub import Hub, Notice
from genred.wire.publisher import Publisher
from genred.wire.security import ClientKeys, Guard
from wire.bus import WAIT_S, Bus, Socket, receive


class Venue(Bus):
    """A bus with hubs, and a clock of theirs that the test may turn on."""

    def __init__(self) -> None:
        super().__init__()
        self.hubs: list[Hub] = []
        self.told: list[Notice] = []
        self.ahead_s = 0.0

    def hub(
        self,
        *upstreams: Publisher | Hub | str,
        at: str = "tcp://127.0.0.1:*",
        high_water_mark: int = 1000,
        most_streams: int = 10_000,
        guard: Guard | None = None,
        keys: ClientKeys | None = None,
    ) -> Hub:
        """Open a hub; it may not have heard anything yet."""
        heard = [each if isinstance(each, str) else each.endpoints[0] for each in upstreams]
        made = Hub(
            heard,
            [at],
            self.clock,
            high_water_mark=high_water_mark,
            most_streams=most_streams,
            guard=guard,
            keys={} if keys is None else dict.fromkeys(heard, keys),
        )
        self.hubs.append(made)
        made.bind()
        return made

    def clock(self) -> float:
        return time.monotonic() + self.ahead_s

    def end(self, hub: Hub) -> None:
        self.hubs.remove(hub)
        hub.close()

    def serve(self) -> None:
        super().serve()
        for hub in self.hubs:
            self.told += hub.turn(0.0)

    def until(self, condition: Callable[[], object]) -> None:
        """Let all go on until something is so."""
        deadline = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain; told: {list(map(str, self.told))}"
            self.serve()
            time.sleep(0.0002)

    def pass_time(self, seconds: float) -> None:
        """Turn the hubs' clock on, in steps that they take for time in which they listened."""
        for _ in range(round(seconds / 0.25)):
            self.ahead_s += 0.25
            self.serve()

    def heard(self, hub: Hub, last: Event) -> None:
        """Let all go on until an event has come to a hub, by way of all that was sent before."""

        def here() -> bool:
            claims = hub._streams._streams.get(last.stream)  # noqa: SLF001 - nothing else tells
            return claims is not None and any(
                claim.session == last.session
                and claim.seen.get(events.type_of(last), -1) >= last.seq
                for claim in claims.claims
            )

        self.until(here)

    def joins(self, hub: Hub, *topics: str) -> Socket:
        """Open a plain subscriber of a hub and have it served."""
        before = hub.counts().subscribers
        socket = self.socket()
        socket.rcvhwm = 0
        for topic in topics:
            socket.subscribe(topic)
        socket.connect(hub.endpoints[0])
        self.until(lambda: hub.counts().subscribers > before)
        return socket

    def gets(self, socket: Socket) -> Event:
        """Wait for one event."""
        self.until(lambda: socket.poll(0))
        return receive(socket)

    def gets_many(self, socket: Socket, count: int) -> list[Event]:
        """Wait for so many events."""
        return [self.gets(socket) for _ in range(count)]

    def gets_until(self, socket: Socket, last: Event) -> list[Event]:
        """Wait for one event that was sent last; return all up to it."""
        heard = [self.gets(socket)]
        while heard[-1] != last:
            heard.append(self.gets(socket))
        return heard

    def gets_all(self, socket: Socket, lasts: list[Event]) -> list[Event]:
        """Wait for several events, each the last of its stream; return all up to them."""
        heard: list[Event] = []

        def all_here() -> bool:
            heard.extend(drained(socket))
            return all(last in heard for last in lasts)

        self.until(all_here)
        return heard

    def close_all(self) -> None:
        for hub in self.hubs:
            hub.close()

    def __exit__(self, *_: object) -> None:
        self.close_all()
        super().__exit__()


def drained(socket: Socket) -> list[Event]:
    """Read what is there."""
    heard = []
    while socket.poll(0):
        heard.append(events.decode(socket.recv_multipart(zmq.DONTWAIT)[1]))
    return heard
