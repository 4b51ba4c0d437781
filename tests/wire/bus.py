"""Publishers, plain `zmq.SUB`s, and records for them: real sockets on loopback, all closed."""

import itertools
import time
from collections.abc import Callable, Iterable
from typing import Any, Self

import zmq

from genred import events
from genred.events import CaptureRecord, Event, GenreRecord, PredictionRecord, Record, StatusRecord
from genred.wire.publisher import Publisher

WAIT_S = 20.0
"""for what must come; only a test that fails waits so long"""
UTC = 1_700_000_000.0

Socket = zmq.Socket[bytes]


def genre(name: str = "jazz") -> GenreRecord:
    return GenreRecord(audio_time=1.0, genre=name, confidence=0.9, onset=0.5)


def prediction() -> PredictionRecord:
    return PredictionRecord(
        audio_time=1.0, probabilities={"jazz": 1.0}, window={"jazz": 1.0}, level_dbfs=-20.0
    )


def capture(reason: str = "playing") -> CaptureRecord:
    return CaptureRecord(audio_time=1.0, state="capturing", reason=reason, source="file")


def status(last_seq: dict[str, int] | None = None, interval_s: float = 1.0) -> StatusRecord:
    return StatusRecord(
        audio_time=1.0,
        capture="capturing",
        uptime_s=1.0,
        model="fake 1",
        interval_s=interval_s,
        last_seq=last_seq or {},
    )


RECORDS: dict[str, Callable[[], Record]] = {
    "genre": genre,
    "prediction": prediction,
    "capture": capture,
    "status": status,
}


class Bus:
    """What a test opens, closed with it."""

    def __init__(self) -> None:
        self.context: zmq.Context[Socket] = zmq.Context()
        self.publishers: list[Publisher] = []
        self.sockets: list[Socket] = []

    def publisher(
        self,
        *records: Record,
        at: Iterable[str] = ("tcp://127.0.0.1:*",),
        stream: str = "bar",
        session: str = "s1",
        high_water_mark: int = 1000,
    ) -> Publisher:
        """Open one that has published `records` before it is bound."""
        made = Publisher(list(at), stream, session, lambda: UTC, high_water_mark=high_water_mark)
        self.publishers.append(made)
        for record in records:
            made.publish(record)
        made.bind()
        return made

    def close(self, publisher: Publisher) -> None:
        self.publishers.remove(publisher)
        publisher.close()

    def serve(self) -> None:
        for publisher in self.publishers:
            publisher.serve()

    def socket(self, kind: int = zmq.SUB) -> Socket:
        made = self.context.socket(kind)
        self.sockets.append(made)
        return made

    def raw(self, publisher: Publisher, *topics: str, kind: int = zmq.SUB) -> Socket:
        """Open a plain subscriber; it may not be served yet."""
        socket = self.socket(kind)
        socket.rcvhwm = 0
        for topic in topics:
            socket.subscribe(topic)
        for endpoint in publisher.endpoints:
            socket.connect(endpoint)
        return socket

    def joined(self, publisher: Publisher, *topics: str) -> Socket:
        """Open a plain subscriber and serve it."""
        before = publisher.subscribers
        socket = self.raw(publisher, *topics)
        serve_until(publisher, lambda: publisher.subscribers > before)
        return socket

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for publisher in self.publishers:
            publisher.close()
        self.context.destroy(linger=0)


class TurnedClock:
    """Goes on by `step_s` at each look, and has the publishers serve meanwhile."""

    def __init__(self, bus: Bus, step_s: float = 0.0) -> None:
        self.bus = bus
        self.step_s = step_s
        self.now = 0.0

    def __call__(self) -> float:
        self.bus.serve()
        self.now += self.step_s
        return self.now


def serve_joiner(publisher: Publisher) -> None:
    """Serve until one more has subscribed."""
    before = publisher.subscribers
    serve_until(publisher, lambda: publisher.subscribers > before)


def serve_until(publisher: Publisher, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        publisher.serve(20)


def serve_until_heard(publisher: Publisher, socket: Socket) -> None:
    """Serve until something has come."""
    serve_until(publisher, lambda: bool(socket.poll(0)))


def receive(socket: Socket) -> Event:
    """Read one event, as two frames whose topic is the event's own."""
    assert socket.poll(int(WAIT_S * 1000)), "nothing came"
    topic, payload = socket.recv_multipart()
    event = events.decode(payload)
    assert topic == events.topic(events.type_of(event), event.stream)
    return event


def receive_until(socket: Socket, last: Event) -> list[Event]:
    """Read all up to one event that was sent last: so nothing else is on its way."""
    heard: list[Event] = []
    for _ in itertools.count():
        heard.append(receive(socket))
        if heard[-1] == last:
            return heard
    raise AssertionError


def numbers(heard: Iterable[Event], kind: str, *, retained: bool = False) -> list[int]:
    return [e.seq for e in heard if events.type_of(e) == kind and e.retained == retained]


def fields(event: Event) -> dict[str, Any]:
    """Return what was said, without how it was sent."""
    return {f: getattr(event, f) for f in event.__struct_fields__ if f != "retained"}
