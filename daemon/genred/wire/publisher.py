"""Records go in, numbered events with their envelope come out on the socket.

What holds now (the last `genre`, `capture` and `status`) is kept, and sent again to each who
joins. Nothing here waits for a reader: who is slow loses events, and sees it by `seq`.
"""

from collections.abc import Callable, Sequence
from typing import Self

import msgspec
import zmq

from genred.events import EVENT_OF, Event, Record, check_stream, encode, topic
from genred.wire.bindings import Bindings
from genred.wire.endpoints import DEFAULT_ENDPOINT
from genred.wire.last_value import LastValueSocket
from genred.wire.security import Guard

__all__ = ["DEFAULT_ENDPOINT", "Publisher"]

LINGER_S = 0.2
RETAINED = ("genre", "capture", "status")
"""types that are sent again for a joiner; the first that it asked for"""


class Publisher:
    """One stream in one session on its endpoints.

    `clock` returns UTC seconds since the epoch; `high_water_mark` is events a subscriber may be
    behind. A guard stands before endpoints that are not local; its context is used, and must
    be ended by whoever made it. Raises UsageError for a stream that can't stand in a topic.
    """

    def __init__(
        self,
        endpoints: Sequence[str],
        stream: str,
        session: str,
        clock: Callable[[], float],
        *,
        context: "zmq.Context[zmq.Socket[bytes]] | None" = None,
        high_water_mark: int = 1000,
        insecure: bool = False,
        guard: Guard | None = None,
    ) -> None:
        self._stream = check_stream(stream)
        self._session = session
        self._clock = clock
        self._last_seq: dict[str, int] = {}
        self._retained: dict[str, tuple[bytes, bytes]] = {}
        # A context of its own, because only its end waits until what was sent has left.
        self._owns_context = context is None and guard is None
        self._context = context or (guard.context if guard else zmq.Context())
        self._socket = LastValueSocket(self._context, high_water_mark)
        self.guard = guard
        """who asks others for keys: to be polled, too; `serve` serves it"""
        self._bindings = Bindings(self._socket.socket, endpoints, insecure=insecure, guard=guard)

    def bind(self) -> None:
        """Bind all endpoints; what was published before is what the first joiner gets.

        Raises UsageError for a malformed endpoint, or one that other machines reach without a
        guard; GenredError for one that is taken. Then none is bound.
        """
        self._bindings.bind()

    def rebind(self) -> list[str]:
        """End all connections that came past the guard, and let in anew who is allowed now.

        Numbers and session go on, local subscribers notice nothing. It also comes by itself,
        before the next event, when the guard's keys are replaced and somebody lost access.
        """
        return self._bindings.rebind()

    @property
    def endpoints(self) -> list[str]:
        """Where it is bound, a port `*` resolved; empty before `bind`."""
        return list(self._bindings.endpoints)

    @property
    def socket(self) -> "zmq.Socket[bytes]":
        """For a poller: readable when there is something to `serve`."""
        return self._socket.socket

    @property
    def subscribers(self) -> int:
        """Peers that have subscribed to something and live, as of the last `serve`."""
        return self._socket.subscribers

    @property
    def repeats(self) -> int:
        """Retained events that went to all, and not only to who joined.

        None, unless libzmq lacks the means, or a peer ended while another joined and the machine
        was busy elsewhere for a millisecond.
        """
        return self._socket.repeats

    @property
    def last_seq(self) -> dict[str, int]:
        """Number of the last event of each type so far."""
        return dict(self._last_seq)

    def publish(self, record: Record) -> Event:
        """Send a record as an event, and return that; never blocks."""
        made = EVENT_OF[type(record)]
        kind = str(made.__struct_config__.tag)
        event = made(
            stream=self._stream,
            session=self._session,
            seq=self._last_seq.get(kind, -1) + 1,
            time=self._clock(),
            **msgspec.structs.asdict(record),
        )
        name = topic(kind, self._stream)
        self._bindings.tend()
        self._socket.send(name, encode(event))
        self._last_seq[kind] = event.seq
        if kind in RETAINED:
            self._retained[kind] = name, encode(msgspec.structs.replace(event, retained=True))
        return event

    def serve(self, timeout_ms: int = 0) -> None:
        """Wait so long for subscriptions, and answer those that are there and who is at the door.

        Only what waits at `socket` ends the wait early: poll the guard's socket, too.
        """
        if self.guard:
            self.guard.serve()
        self._bindings.tend()
        self._socket.serve(timeout_ms, self._present)

    def close(self) -> None:
        """Close; what was sent has 0.2 s to leave."""
        self._socket.close(int(LINGER_S * 1000))
        if self._owns_context:
            self._context.term()
        self._bindings.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _present(self, prefix: bytes) -> tuple[bytes, bytes] | None:
        held = (self._retained[kind] for kind in RETAINED if kind in self._retained)
        return next((message for message in held if message[0].startswith(prefix)), None)
