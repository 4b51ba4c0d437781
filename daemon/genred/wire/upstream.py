"""One endpoint of a daemon, or of another hub: messages come in, events that are sound go out."""

from collections.abc import Iterator

import zmq

from genred.errors import UsageError
from genred.events import TYPES, Event, check_stream, decode, topic, type_of
from genred.wire.claims import LARGEST_KEPT
from genred.wire.endpoints import check_endpoint
from genred.wire.publisher import RETAINED
from genred.wire.security import ClientKeys, protect_client
from genred.wire.subscriber import READING

LARGEST_EVENT = 65_536
"""bytes; a `prediction` of 500 labels has half of it"""
_LARGEST_MESSAGE = 1_048_576
"""bytes; a peer that sends more is disconnected, for nothing here is to hold it"""
_QUEUE = 10_000
"""messages of one upstream that may wait: a hub sends many at once to who has just joined"""
_LONGEST_SESSION = 64
_LARGEST_SEQ = 2**63 - 1

Heard = tuple[Event, bytes, bytes]
"""event, topic and payload"""


class Upstream:
    """One `SUB` that has subscribed to everything; ZeroMQ connects it again by itself.

    Raises UsageError for an endpoint that can't be.
    """

    def __init__(
        self,
        endpoint: str,
        context: "zmq.Context[zmq.Socket[bytes]]",
        keys: ClientKeys | None = None,
    ) -> None:
        self.endpoint = check_endpoint(endpoint)
        self.events = 0
        self.rubbish = 0
        """messages that were no events"""
        self.fault = ""
        """what was wrong with the first of them"""
        self.waiting = False
        """whether more may wait than was taken"""
        self.socket = context.socket(zmq.SUB)
        for option, value in READING.items():
            self.socket.setsockopt(option, value)
        self.socket.rcvhwm = _QUEUE
        self.socket.setsockopt(zmq.MAXMSGSIZE, _LARGEST_MESSAGE)
        if keys is not None:
            protect_client(self.socket, keys)
        # One by one, so that what holds of each type comes at once, and not of one alone.
        for kind in sorted(TYPES):
            self.socket.subscribe(f"{kind}/")

    def connect(self) -> None:
        """Connect; raises UsageError if it can't be."""
        self.socket.ipv6 = "[" in self.endpoint
        try:
            self.socket.connect(self.endpoint)
        except zmq.ZMQError as error:
            reason = zmq.strerror(error.errno or 0)
            raise UsageError(f"can't connect to {self.endpoint}: {reason}") from error

    def take(self, most: int) -> Iterator[Heard]:
        """Yield the events among the next `most` messages; rubbish is counted and passed over."""
        self.waiting = True
        for _ in range(most):
            try:
                frames = self.socket.recv_multipart(zmq.DONTWAIT)
            except zmq.Again:
                self.waiting = False
                return
            try:
                event = _read(frames)
            except (ValueError, RecursionError, UsageError) as error:
                self.rubbish += 1
                self.fault = self.fault or " ".join(str(error).split())[:200]
                continue
            self.events += 1
            yield event, frames[0], frames[1]

    def ask(self, name: bytes) -> None:
        """Have what holds of one topic sent once more, to us alone."""
        self.socket.subscribe(name)
        self.socket.unsubscribe(name)

    def close(self) -> None:
        """Close."""
        self.socket.close()


def _read(frames: list[bytes]) -> Event:
    """Check a message; raises ValueError, RecursionError or UsageError for what is no event."""
    name, payload = frames
    if len(payload) > LARGEST_EVENT:
        raise ValueError(f"{len(payload)} bytes; an event has at most {LARGEST_EVENT}")
    event = decode(payload)
    kind = type_of(event)
    if name != topic(kind, event.stream):
        raise ValueError(f"its topic is not {kind}/{event.stream}/"[:200])
    check_stream(event.stream)
    if len(event.session) > _LONGEST_SESSION or not 0 <= event.seq <= _LARGEST_SEQ:
        raise ValueError("its session or number is out of bounds")
    if kind in RETAINED and len(payload) > LARGEST_KEPT:
        raise ValueError(f"{len(payload)} bytes; a {kind} has at most {LARGEST_KEPT}")
    return event
