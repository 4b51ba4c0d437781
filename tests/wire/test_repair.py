"""What a reader missed is asked of the control socket and handed out: once each, in order."""

import asyncio
import itertools
from collections.abc import Iterator

import msgspec
import pytest
import zmq
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.errors import UsageError
from genred.events import Event, encode, topic, type_of
from genred.requests import Answer, Request, SnapshotResult
from genred.wire.control import ControlSocket
from genred.wire.publisher import Publisher
from genred.wire.repair import LATE_S, REST_S
from genred.wire.subscriber import Subscriber
from genred.wire.watch import Gap, NewSession, Notice, Skipped
from wire.bus import RECORDS, Bus, Socket, status


class Daemon:
    """A bare socket that loses what a test wants lost, and a control socket that knows all."""

    def __init__(self, bus: Bus, session: str = "s1") -> None:
        self.socket: Socket = bus.socket(zmq.XPUB)
        self.socket.bind("tcp://127.0.0.1:*")
        self.numbering = Publisher([], "bar", session, itertools.count(1.0).__next__)
        self.control = ControlSocket(["tcp://127.0.0.1:*"], bus.context)
        self.control.bind()
        self.last: dict[str, Event] = {}
        self.asked = 0
        self.answers = True

    def events(self) -> str:
        return self.socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def heard(self, topics: int = 4) -> None:
        for _ in range(topics):
            assert self.socket.poll(10_000)
            self.socket.recv()

    def say(self, *kinds: str, lost: bool = False) -> Event:
        """Publish; of a status, the true numbers."""
        for kind in kinds:
            record = status(self.numbering.last_seq) if kind == "status" else RECORDS[kind]()
            event = self.numbering.publish(record)
            self.last.pop(kind, None)
            self.last[kind] = event
            if not lost:
                self.socket.send_multipart([topic(kind, event.stream), encode(event)])
        return event

    def lose(self, *kinds: str) -> Event:
        return self.say(*kinds, lost=True)

    def serve(self) -> None:
        if self.answers:
            self.control.serve(self._answer)

    def _answer(self, request: Request) -> Answer:
        assert request.method == "snapshot"
        self.asked += 1
        found = SnapshotResult(events=list(self.last.values()))
        return Answer(id=request.id, result=msgspec.to_builtins(found))

    def close(self) -> None:
        self.numbering.close()
        self.control.close()


class Clock:
    """Goes on at each look, and has the daemon answer meanwhile."""

    def __init__(self, daemon: Daemon, step_s: float = 0.05) -> None:
        self.daemon = daemon
        self.step_s = step_s
        self.now = 0.0

    def __call__(self) -> float:
        self.daemon.serve()
        self.now += self.step_s
        return self.now


@pytest.fixture
def told() -> list[Notice]:
    return []


@pytest.fixture
def daemon(bus: Bus) -> Iterator[Daemon]:
    made = Daemon(bus)
    yield made
    made.close()


@pytest.fixture
def reader(daemon: Daemon, told: list[Notice]) -> Iterator[Subscriber]:
    with Subscriber(
        daemon.events(),
        control=daemon.control.endpoints,
        on_notice=told.append,
        clock=Clock(daemon),
    ) as subscriber:
        daemon.heard()
        yield subscriber


def retained(event: Event) -> Event:
    return msgspec.structs.replace(event, retained=True)


def test_a_lost_genre_is_handed_out_as_retained(
    daemon: Daemon, reader: Subscriber, told: list[Notice]
) -> None:
    events = iter(reader)
    sent = [daemon.say(kind) for kind in ("genre", "capture", "status")]
    assert [next(events) for _ in sent] == sent
    lost = daemon.lose("genre")
    beat = daemon.say("status")
    assert next(events) == beat
    assert next(events) == retained(lost)
    assert told == [Gap("bar", "genre", missed=1, seq=1)]
    later = daemon.say("genre")
    assert next(events) == later
    assert daemon.asked == 1


def test_several_that_were_lost_come_in_order_and_only_the_last_of_each(
    daemon: Daemon, reader: Subscriber
) -> None:
    events = iter(reader)
    daemon.say("genre", "capture", "status")
    for _ in range(3):
        next(events)
    daemon.lose("genre")
    lost_genre, lost_capture = daemon.lose("genre"), daemon.lose("capture")
    daemon.lose("status")
    daemon.say("status")
    assert type_of(next(events)) == "status"
    assert [next(events), next(events)] == [retained(lost_genre), retained(lost_capture)]


def test_a_lost_prediction_is_no_present_state(daemon: Daemon, reader: Subscriber) -> None:
    events = iter(reader)
    daemon.say("prediction", "genre", "status")
    for _ in range(3):
        next(events)
    daemon.lose("prediction", "genre")
    daemon.say("status")
    assert [type_of(next(events)) for _ in range(2)] == ["status", "genre"]


def test_what_is_still_on_its_way_is_not_overtaken(daemon: Daemon, reader: Subscriber) -> None:
    """The snapshot knows a genre that comes later by the socket: it comes once, and as itself."""
    events = iter(reader)
    daemon.say("genre", "status")
    next(events)
    next(events)
    daemon.lose("genre")
    daemon.say("status")
    on_its_way = daemon.lose("genre")  # it will come
    seen = [next(events)]
    reader_looks(reader, daemon)
    daemon.socket.send_multipart([topic("genre", "bar"), encode(on_its_way)])
    seen.append(next(events))
    assert seen[-1] == on_its_way
    last = daemon.say("status")
    seen.append(next(events))
    assert seen[-1] == last
    assert [event.seq for event in seen if type_of(event) == "genre"] == [2]


def reader_looks(reader: Subscriber, daemon: Daemon) -> None:
    """Let the reader ask, and get its answer, though nothing else comes."""
    asked = daemon.asked
    for _ in range(2000):
        assert list(reader._missed()) == []  # noqa: SLF001
        if daemon.asked > asked:
            break
    assert daemon.asked > asked
    while reader._repair._lines[0]._waiting:  # noqa: SLF001
        assert list(reader._missed()) == []  # noqa: SLF001


def test_a_new_session_is_asked_for_what_it_said_before(
    daemon: Daemon, reader: Subscriber, told: list[Notice]
) -> None:
    events = iter(reader)
    daemon.say("genre", "capture", "status")
    for _ in range(3):
        next(events)
    daemon.numbering.close()
    daemon.numbering, daemon.last = Publisher([], "bar", "s2", lambda: 9.0), {}
    said = daemon.lose("genre")
    state = daemon.lose("capture")
    first = daemon.say("status")
    assert next(events) == first
    assert [next(events), next(events)] == [retained(said), retained(state)]
    assert told == [NewSession("bar", "s2")]


def test_only_types_and_streams_asked_for_are_handed_out(
    daemon: Daemon, told: list[Notice]
) -> None:
    with Subscriber(
        daemon.events(),
        types=["genre"],
        stream="foo",
        control=daemon.control.endpoints[0],
        on_notice=told.append,
        clock=Clock(daemon, 0.5),
        timeout_s=5.0,
    ) as subscriber:
        daemon.heard(2)
        foo = Publisher([], "foo", "s1", lambda: 1.0)
        for number in (0, 5):
            event = foo.publish(status({"genre": number}))
            daemon.socket.send_multipart([topic("status", "foo"), encode(event)])
        daemon.lose("genre", "capture")
        assert list(subscriber) == []
        foo.close()
    assert daemon.asked == 1


def test_one_who_is_not_there_is_not_waited_for(bus: Bus, daemon: Daemon) -> None:
    nowhere = ["tcp://127.0.0.1:1", f"ipc:///nowhere/{id(bus)}"]
    with Subscriber(
        daemon.events(), control=nowhere, on_notice=lambda _: None, clock=Clock(daemon)
    ) as subscriber:
        daemon.heard()
        events = iter(subscriber)
        daemon.say("genre", "status")
        daemon.lose("genre")
        daemon.say("status", "genre")
        assert [type_of(next(events)) for _ in range(4)] == ["genre", "status", "status", "genre"]


def test_one_who_does_not_answer_is_asked_again_but_seldom(
    daemon: Daemon, reader: Subscriber
) -> None:
    daemon.answers = False
    events = iter(reader)
    daemon.say("genre", "status")
    lost = daemon.lose("genre")
    daemon.say("status")
    assert [type_of(next(events)) for _ in range(3)] == ["genre", "status", "status"]
    for _ in range(round(2 * LATE_S / 0.05)):
        assert list(reader._missed()) == []  # noqa: SLF001
    daemon.answers = True
    assert next(events) == retained(lost)
    assert 2 <= daemon.asked <= 2 * LATE_S / REST_S


def test_a_liar_on_the_control_socket_is_told_once(
    bus: Bus, daemon: Daemon, told: list[Notice]
) -> None:
    liar = bus.socket(zmq.ROUTER)
    port = liar.bind_to_random_port("tcp://127.0.0.1")
    with Subscriber(
        daemon.events(),
        control=f"tcp://127.0.0.1:{port}",
        on_notice=told.append,
        clock=Clock(daemon),
    ) as subscriber:
        daemon.heard()
        events = iter(subscriber)
        daemon.say("genre", "status")
        daemon.lose("genre")
        daemon.say("status")
        for _ in range(3):
            next(events)
        while not liar.poll(1):
            assert list(subscriber._missed()) == []  # noqa: SLF001
        name, *_ = liar.recv_multipart()
        for lie in (b"{}", b"", b'{"id":1,"result":{"events":[{"type":"mood"}]}}', b"\xff"):
            liar.send_multipart([name, b"", lie])
        later = daemon.say("genre")
        assert next(events) == later
        while not any(isinstance(notice, Skipped) for notice in told):
            assert list(subscriber._missed()) == []  # noqa: SLF001
    assert sum(isinstance(notice, Skipped) for notice in told) == 1


def test_async_iteration_repairs_too(daemon: Daemon, reader: Subscriber) -> None:
    async def listen(count: int) -> list[Event]:
        found: list[Event] = []
        async for event in reader:
            found.append(event)
            if len(found) == count:
                break
        return found

    daemon.say("genre", "status")
    lost = daemon.lose("genre")
    daemon.say("status")
    assert asyncio.run(listen(4))[-1] == retained(lost)


def test_a_control_endpoint_that_can_not_be_is_one_line() -> None:
    with pytest.raises(UsageError, match="give tcp://HOST:PORT"):
        Subscriber(control="5571")


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["genre", "capture", "prediction"]), st.booleans())))
def test_whatever_is_lost_the_reader_ends_with_the_present_state(
    said: list[tuple[str, bool]],
) -> None:
    with Bus() as bus:
        daemon = Daemon(bus)
        with Subscriber(
            daemon.events(),
            control=daemon.control.endpoints,
            on_notice=lambda _: None,
            clock=Clock(daemon, 0.2),
        ) as reader:
            daemon.heard()
            daemon.say("genre", "capture", "prediction", "status")
            seen: list[Event] = []
            for kind, lost in said:
                daemon.say(kind, lost=lost)
            last = daemon.say("status")
            present = {kind: daemon.last[kind].seq for kind in ("genre", "capture")}
            for event in reader:
                seen.append(event)
                newest = {type_of(e): e.seq for e in seen}
                if last in seen and {k: newest.get(k) for k in present} == present:
                    break
            numbers = [(type_of(e), e.seq) for e in seen]
            assert len(set(numbers)) == len(numbers)
            for kind in RECORDS:
                of_kind = [seq for k, seq in numbers if k == kind]
                assert of_kind == sorted(of_kind)
        daemon.close()
