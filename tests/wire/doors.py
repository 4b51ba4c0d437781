"""Guarded sockets on loopback: 127.0.0.2 stands for an address that other machines reach."""

from collections.abc import Callable

import pytest
import zmq

from genred.wire import endpoints
from genred.wire.publisher import Publisher
from genred.wire.security import ClientKeys, Guard, ServerKeys, protect_client
from wire.bus import UTC, Bus, Socket, serve_until

ABROAD = "tcp://127.0.0.2:*"
HOME = "tcp://127.0.0.1:*"


def pretend_abroad(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have all addresses but one be taken for others machines' to reach."""
    monkeypatch.setattr(endpoints, "_is_loopback", lambda host: host == "127.0.0.1")


class Door:
    """A daemon's keys, and clients' by name; `let_in` says whose are allowed."""

    def __init__(self, bus: Bus, *names: str) -> None:
        self.bus = bus
        self._own = zmq.curve_keypair()
        self._pairs = {name: zmq.curve_keypair() for name in names}
        self.guard = Guard(bus.context, self.let_in(*names))

    def let_in(self, *names: str) -> ServerKeys:
        return ServerKeys(*self._own, frozenset(self._pairs[name][0] for name in names))

    def keys(self, name: str) -> ClientKeys:
        pair = self._pairs.setdefault(name, zmq.curve_keypair())
        return ClientKeys(*pair, server=self._own[0])

    def publisher(self, *at: str, clock: Callable[[], float] = lambda: UTC) -> Publisher:
        made = Publisher(at or [HOME, ABROAD], "bar", "s1", clock, guard=self.guard)
        self.bus.publishers.append(made)
        made.bind()
        return made

    def subscriber(self, endpoint: str, keys: ClientKeys | None) -> Socket:
        """Open a plain `zmq.SUB` that connects again quickly."""
        socket = self.bus.socket()
        socket.reconnect_ivl = 10
        if keys:
            protect_client(socket, keys)
        socket.subscribe("")
        socket.connect(endpoint)
        return socket

    def joined(self, publisher: Publisher, endpoint: str, name: str | None = None) -> Socket:
        before = publisher.subscribers
        socket = self.subscriber(endpoint, self.keys(name) if name else None)
        serve_until(publisher, lambda: publisher.subscribers > before)
        return socket
