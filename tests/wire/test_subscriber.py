"""Our client against real publishers, in one thread: they serve whenever it looks at its clock."""

import asyncio
import logging

import pytest
import zmq

from genred.errors import UsageError
from genred.events import Event, Genre, encode, type_of
from genred.wire.publisher import Publisher
from genred.wire.subscriber import Subscriber
from genred.wire.watch import Back, Gap, Gone, NewSession, Notice, Skipped
from wire.bus import (
    RECORDS,
    Bus,
    Socket,
    TurnedClock,
    capture,
    genre,
    prediction,
    receive,
    serve_joiner,
    status,
)


@pytest.fixture
def told() -> list[Notice]:
    return []


@pytest.fixture
def speaker(bus: Bus) -> Socket:
    """Return a bare socket that says whatever a test likes."""
    socket = bus.socket(zmq.XPUB)
    socket.bind("tcp://127.0.0.1:*")
    return socket


def heard_by(socket: Socket, *, topics: int) -> None:
    """Wait until somebody has subscribed to as many."""
    for _ in range(topics):
        assert socket.poll(10_000)
        socket.recv()


def where(socket: Socket) -> str:
    return socket.getsockopt_string(zmq.LAST_ENDPOINT)


def kinds(events: list[Event]) -> list[str]:
    return [type_of(event) for event in events]


def made(*kinds: str) -> list[Event]:
    """Return events as a publisher would number them."""
    with Publisher([], "bar", "s1", lambda: 1.0) as publisher:
        return [publisher.publish(RECORDS[kind]()) for kind in kinds]


def test_the_present_state_comes_first_and_then_what_happens(bus: Bus) -> None:
    publisher = bus.publisher(genre("jazz"), capture(), status())
    with Subscriber(publisher.endpoints, clock=TurnedClock(bus)) as subscriber:
        events = iter(subscriber)
        present = [next(events) for _ in range(3)]
        assert sorted(kinds(present)) == ["capture", "genre", "status"]
        assert all(event.retained for event in present)
        sent = [publisher.publish(make()) for make in RECORDS.values()]
        assert [next(events) for _ in sent] == sent


def test_only_the_types_asked_for_are_handed_out(bus: Bus) -> None:
    publisher = bus.publisher(genre("jazz"), capture(), status())
    with Subscriber(publisher.endpoints, types=["genre"], clock=TurnedClock(bus)) as subscriber:
        events = iter(subscriber)
        assert isinstance(next(events), Genre)
        for record in (prediction(), status(), capture(), genre("rock")):
            last = publisher.publish(record)
        assert next(events) == last


def test_a_stream_is_exactly_that_stream(bus: Bus) -> None:
    bar2 = bus.publisher(genre("techno"), stream="bar2")
    bar = bus.publisher(genre("jazz"), stream="bar")
    both = [*bar2.endpoints, *bar.endpoints]
    clock = TurnedClock(bus, 1.0)
    with Subscriber(both, stream="bar", timeout_s=4.0, clock=clock) as subscriber:
        serve_joiner(bar2)
        serve_joiner(bar)
        assert {event.stream for event in subscriber} == {"bar"}


async def _first(subscriber: Subscriber, count: int) -> list[Event]:
    events: list[Event] = []
    async for event in subscriber:
        events.append(event)
        if len(events) == count:
            break
    return events


def test_async_iteration_gets_the_same_and_leaves_the_loop_to_others(bus: Bus) -> None:
    publisher = bus.publisher(genre("jazz"), capture(), status())

    async def listen() -> tuple[list[Event], Event]:
        async with Subscriber(publisher.endpoints, clock=TurnedClock(bus)) as subscriber:
            present = await _first(subscriber, 3)
            waiting = asyncio.create_task(_first(subscriber, 1))
            await asyncio.sleep(0.01)
            assert not waiting.done()
            sent = publisher.publish(genre("rock"))
            assert await waiting == [sent]
            return present, sent

    present, _ = asyncio.run(listen())
    assert sorted(kinds(present)) == ["capture", "genre", "status"]


def test_async_iteration_ends_by_timeout_and_by_close(bus: Bus) -> None:
    publisher = bus.publisher(genre())

    async def listen() -> None:
        clock = TurnedClock(bus, 1.0)
        async with Subscriber(publisher.endpoints, timeout_s=5.0, clock=clock) as subscriber:
            assert kinds([event async for event in subscriber]) == ["genre"]
        async with Subscriber(publisher.endpoints, clock=TurnedClock(bus)) as subscriber:
            async for _ in subscriber:
                subscriber.close()

    asyncio.run(listen())


def test_closing_ends_the_iteration(bus: Bus) -> None:
    publisher = bus.publisher(genre(), capture())
    with Subscriber(publisher.endpoints, clock=TurnedClock(bus)) as subscriber:
        for event in subscriber:
            assert event.retained
            subscriber.close()
        assert list(subscriber) == []


def test_a_daemon_that_starts_anew_is_found_again(bus: Bus, told: list[Notice]) -> None:
    first = bus.publisher(genre("jazz"), status())
    place = first.endpoints
    clock = TurnedClock(bus)
    with Subscriber(place, types=["genre"], on_notice=told.append, clock=clock) as subscriber:
        events = iter(subscriber)
        assert next(events).session == "s1"
        bus.close(first)
        bus.publisher(genre("rock"), status(), at=place, session="s2")
        again = next(events)
    assert (again.session, again.seq, again.retained) == ("s2", 0, True)
    assert told == [NewSession("bar", "s2")]


def test_what_is_lost_is_noticed(bus: Bus, speaker: Socket, told: list[Notice]) -> None:
    clock = TurnedClock(bus)
    with Subscriber(where(speaker), on_notice=told.append, clock=clock) as subscriber:
        heard_by(speaker, topics=4)
        first, _, third = made("genre", "genre", "genre")
        for event in (first, third, first):
            speaker.send_multipart([b"genre/bar/", encode(event)])
        (last,) = made("status")
        speaker.send_multipart([b"status/bar/", encode(last)])
        events = iter(subscriber)
        assert [next(events) for _ in range(3)] == [first, third, last]
    assert told == [Gap("bar", "genre", missed=1, seq=1)]


def test_what_is_no_event_is_skipped_and_told_once(
    bus: Bus, speaker: Socket, told: list[Notice]
) -> None:
    clock = TurnedClock(bus)
    with Subscriber(where(speaker), on_notice=told.append, clock=clock) as subscriber:
        heard_by(speaker, topics=4)
        event, newer = made("genre", "genre")
        for rubbish in (
            [b"genre/bar/", b""],
            [b"genre/bar/", encode(newer).replace(b'"v":1', b'"v":2')],
            [b"genre/bar/", encode(newer).replace(b'"type":"genre"', b'"type":"mood"')],
            [b"genre/bar/", b'{"type":"genre","x":' + b"[" * 100_000],
            [b"genre/bar/", b'{"type":"genre\xff"}'],
            [b"genre/bar/"],
            [b"genre/bar/", b"{}", b"{}"],
        ):
            speaker.send_multipart(rubbish)
        speaker.send_multipart([b"genre/bar/", encode(event)])
        assert next(iter(subscriber)) == event
    assert [type(notice) for notice in told] == [Skipped]


def test_a_silent_daemon_is_gone_and_then_back(bus: Bus, told: list[Notice]) -> None:
    publisher = bus.publisher(genre(), status())
    clock = TurnedClock(bus)

    def speak_when_missed(notice: Notice) -> None:
        told.append(notice)
        clock.step_s = 0.0
        if isinstance(notice, Gone):
            publisher.publish(prediction())

    with Subscriber(publisher.endpoints, on_notice=speak_when_missed, clock=clock) as subscriber:
        events = iter(subscriber)
        assert sorted(kinds([next(events), next(events)])) == ["genre", "status"]
        clock.step_s = 2.0
        assert kinds([next(events)]) == ["prediction"]
    gone, back = told
    assert isinstance(gone, Gone)
    assert gone.silent_s > 3.0
    assert back == Back("bar")


def test_notices_are_logged_where_nobody_takes_them(
    bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    publisher = bus.publisher(genre())
    clock = TurnedClock(bus, 2.0)
    with (
        caplog.at_level(logging.WARNING, "genred.subscriber"),
        Subscriber(publisher.endpoints, timeout_s=10.0, clock=clock) as subscriber,
    ):
        assert kinds(list(subscriber)) == ["genre"]
    (line,) = caplog.messages
    assert line.startswith("bar: not heard for")


def test_nobody_there_is_waited_for_only_as_long_as_was_said(bus: Bus) -> None:
    with Subscriber("tcp://127.0.0.1:1", timeout_s=3.0, clock=TurnedClock(bus, 1.0)) as subscriber:
        assert list(subscriber) == []


def test_what_came_while_nobody_read_waits_in_order(bus: Bus) -> None:
    publisher = bus.publisher()
    with Subscriber(publisher.endpoints, clock=TurnedClock(bus)) as subscriber:
        serve_joiner(publisher)
        witness = bus.joined(publisher, "genre/")
        for _ in range(5):
            publisher.publish(genre())
            receive(witness)
        events = iter(subscriber)
        assert [next(events).seq for _ in range(5)] == list(range(5))


@pytest.mark.parametrize(
    ("endpoint", "mend"),
    [
        ("5570", "give tcp://HOST:PORT"),
        ("tcp://127.0.0.1:*", "can't connect to"),
        ("tcp://127.0.0.1:70000", "give tcp://HOST:PORT"),
        ("", "give tcp://HOST:PORT"),
    ],
)
def test_an_endpoint_that_can_not_be_is_one_line(endpoint: str, mend: str) -> None:
    with pytest.raises(UsageError, match=mend):
        Subscriber(["tcp://127.0.0.1:5570", endpoint])


def test_types_and_streams_that_can_not_be_are_one_line() -> None:
    with pytest.raises(UsageError, match="use genre, prediction, capture, status"):
        Subscriber(types=["mood"])
    with pytest.raises(UsageError, match="use 1 to 64"):
        Subscriber(stream="bar/")
