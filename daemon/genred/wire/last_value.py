"""An `XPUB` that tells who joins, and nobody else, what holds now.

In: messages and what is retained; out: bytes on the wire. libzmq's own last-value mode would send
the next message, whatever it is, to one peer alone; so it is on for the one retained message only.
Setting an option processes no commands, so no event of the publisher's can fall into it.
"""

from collections.abc import Callable
from time import perf_counter, sleep

import zmq

from genred.events import TYPES
from genred.wire.census import UNHEARD, Census

XPUB_MANUAL_LAST_VALUE = 98
SUBSCRIPTIONS_A_CALL = 1000
_LONGEST_MESSAGE = 4096
"""bytes of a subscription; a peer that sends more is disconnected"""
_BEGIN_S, _END_S, _RESTED_S = 0.0002, 0.0004, 0.003
"""After a look, an answer may begin and must end within so long; after this long, libzmq looks.

It leaves 3 million ticks between two looks: 0.5 ms of the fastest machine, 3 ms of the slowest.
"""

_EVERYTHING = sorted({kind[:1].encode() for kind in TYPES})
"""What `b""` is taken for: all topics of ours, and not `UNHEARD`."""

Retained = Callable[[bytes], tuple[bytes, bytes] | None]
"""From a subscription's prefix to the topic and payload that its sender is to get, if any."""


class LastValueSocket:
    """One `XPUB`; nothing blocks but `serve`, and that only as long as it is told to.

    Where libzmq lacks the last-value mode, what is retained goes to all who want its topic.
    `repeats` counts how often.
    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", high_water_mark: int) -> None:
        self.socket = context.socket(zmq.XPUB)
        self.socket.sndhwm = high_water_mark
        self.socket.setsockopt(zmq.MAXMSGSIZE, _LONGEST_MESSAGE)
        try:
            self.socket.setsockopt(XPUB_MANUAL_LAST_VALUE, 0)
        except zmq.ZMQError:
            self._has_mode = False
        else:
            self._has_mode = True
        self.socket.setsockopt(zmq.XPUB_MANUAL, 1)
        self._census = Census(self.socket)
        self.repeats = 0
        self._muddled = False
        self._looked = self._sent = 0.0

    @property
    def subscribers(self) -> int:
        """Peers that have subscribed to something and live."""
        return self._census.live

    def send(self, topic: bytes, payload: bytes) -> None:
        """Send to all who want the topic; those whose queue is full lose it."""
        self.socket.send(topic, zmq.SNDMORE | zmq.DONTWAIT)
        self.socket.send(payload, zmq.DONTWAIT)
        self._sent = perf_counter()

    def serve(self, timeout_ms: int, retained: Retained) -> None:
        """Wait for subscriptions and answer all that are there, up to 1000."""
        if timeout_ms:
            self.socket.poll(timeout_ms)
        for _ in range(SUBSCRIPTIONS_A_CALL):
            if not int(self.socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN:
                self._muddled = False
                return
            if perf_counter() - self._looked > _BEGIN_S:
                self._look()
            self._answer(self.socket.recv(zmq.DONTWAIT, copy=False), retained)

    def close(self, linger_ms: int) -> None:
        """Close; what was sent has so long to leave."""
        self.socket.close(linger_ms)

    def _look(self) -> None:
        # Any peer's end that libzmq learns of between a subscription's reading and its answer
        # makes it forget whom it is to send to alone, and it sends to all. It looks for news when
        # sending, but not soon again: so it is made to look first, by a message for nobody.
        sleep(max(0.0, self._sent + _RESTED_S - perf_counter()))
        self._looked = perf_counter()
        self.socket.send(UNHEARD, zmq.DONTWAIT)
        self._sent = perf_counter()

    def _answer(self, frame: zmq.Frame, retained: Retained) -> None:
        message = frame.bytes
        if message[:1] not in (b"\0", b"\1"):
            # Anything but a subscription makes libzmq mistake the senders of all that wait behind
            # it (measured). Each of them gets everything; what it did not want, its own end drops.
            self._muddled = True
        if self._muddled:
            self._set(zmq.SUBSCRIBE, b"")
            return
        topic = message[1:]
        if topic.startswith(UNHEARD):
            return
        if message[0] == 0:
            self._set(zmq.UNSUBSCRIBE, topic)
            self._census.leave(frame, topic)
            return
        self._set(zmq.SUBSCRIBE, topic)
        if self._census.join(frame, topic) and (found := retained(topic)):
            self._send_alone(frame, *found)

    def _set(self, option: int, topic: bytes) -> None:
        for prefix in [topic] if topic else _EVERYTHING:
            self.socket.setsockopt(option, prefix)

    def _send_alone(self, frame: zmq.Frame, topic: bytes, payload: bytes) -> None:
        alone = self._has_mode
        if alone and perf_counter() - self._looked > _END_S:
            # The machine was busy elsewhere. If a peer ended meanwhile, all get what one is owed.
            self._look()
            alone = self._census.is_last(frame)
        if not alone:
            self.repeats += 1
            self.send(topic, payload)
            return
        self.socket.setsockopt(XPUB_MANUAL_LAST_VALUE, 1)
        self.send(topic, payload)
        self.socket.setsockopt(XPUB_MANUAL_LAST_VALUE, 0)
        self.socket.setsockopt(zmq.XPUB_MANUAL, 1)  # which the line before has put out
