"""What our client tells of a connection that is refused; and it keeps trying."""

import time
from collections.abc import Callable, Iterator

import pytest
import zmq

from genred.wire.handshakes import FIRST_S, Handshakes
from genred.wire.publisher import Publisher
from genred.wire.security import ClientKeys, protect_client
from genred.wire.subscriber import Subscriber
from genred.wire.watch import Notice, Refused
from wire.bus import WAIT_S, Bus, Socket, TurnedClock, genre, serve_until
from wire.doors import Door, pretend_abroad


@pytest.fixture
def door(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    pretend_abroad(monkeypatch)
    made = Door(bus, "desk")
    yield made
    made.guard.close()


@pytest.fixture
def publisher(door: Door) -> Publisher:
    made = door.publisher()
    made.publish(genre())
    return made


class Visitor:
    """A plain `zmq.SUB` whose handshakes are watched."""

    def __init__(self, bus: Bus, endpoints: list[str], keys: ClientKeys | None) -> None:
        self.socket: Socket = bus.socket()
        self.socket.reconnect_ivl = 10
        if keys:
            protect_client(self.socket, keys)
        self.socket.subscribe("")
        self._bus = bus
        self._handshakes = Handshakes(self.socket, endpoints, keyed=keys is not None)
        for endpoint in endpoints:
            self.socket.connect(endpoint)

    def told(self, words: str, now: float = 0.0) -> list[Refused]:
        """Look, while the others serve, until something with such words is told."""
        found: list[Refused] = []
        deadline = time.monotonic() + WAIT_S
        while not any(words in str(refused) for refused in found):
            assert time.monotonic() < deadline, found
            self._bus.serve()
            self.socket.poll(5)
            found += self._handshakes.look(now)
        return found

    def look(self, now: float) -> list[Refused]:
        return self._handshakes.look(now)

    def close(self) -> None:
        self._handshakes.close()


def wrong_server(door: Door) -> ClientKeys:
    desk = door.keys("desk")
    return ClientKeys(desk.public, desk.secret, zmq.curve_keypair()[0])


@pytest.mark.parametrize(
    ("place", "keys", "words"),
    [
        (1, lambda door: door.keys("stranger"), "the key is refused; there, genred keys allow"),
        (1, wrong_server, "is the key for this daemon"),
        (1, lambda _: None, "a key is wanted there; give --key FILE"),
        (0, lambda door: door.keys("desk"), "no keys are in use there; leave --key out"),
    ],
)
def test_what_is_wrong_is_told_once_in_a_line(
    bus: Bus,
    door: Door,
    publisher: Publisher,
    place: int,
    keys: Callable[[Door], ClientKeys | None],
    words: str,
) -> None:
    endpoint = publisher.endpoints[place]
    visitor = Visitor(bus, [endpoint], keys(door))
    told = [str(refused) for refused in visitor.told(words)]
    assert told[-1].startswith(f"{endpoint}: ")
    assert told[-1].endswith("; trying again")
    assert "\n" not in told[-1]
    assert len(told) <= 2  # at first it may be known only that the connection ends
    publisher.serve(100)
    assert visitor.look(100.0) == []
    visitor.close()


def test_who_is_refused_comes_in_once_it_is_allowed(
    bus: Bus, door: Door, publisher: Publisher
) -> None:
    visitor = Visitor(bus, [publisher.endpoints[1]], door.keys("newcomer"))
    visitor.told("refused")
    door.guard.replace(door.let_in("desk", "newcomer"))
    visitor.look(FIRST_S - 0.01)
    publisher.serve(100)
    assert publisher.subscribers == 0
    visitor.look(FIRST_S)
    serve_until(publisher, lambda: publisher.subscribers == 1)
    visitor.close()


def test_the_next_try_comes_later_each_time(bus: Bus, door: Door, publisher: Publisher) -> None:
    visitor = Visitor(bus, [publisher.endpoints[1]], door.keys("stranger"))
    asked = _count_answers(door)
    visitor.told("refused")
    now = 0.0
    for wait_s in (1, 2, 4, 8, 16, 30, 30):
        before = len(asked)
        visitor.look(now + wait_s - 0.1)
        for _ in range(10):
            publisher.serve(5)
        assert len(asked) == before
        now += wait_s
        while len(asked) == before:
            visitor.look(now)
            publisher.serve(5)
        deadline = time.monotonic() + 0.2
        while time.monotonic() < deadline:  # until it has been told
            visitor.look(now)
            publisher.serve(5)
    visitor.close()


def _count_answers(door: Door) -> list[int]:
    asked: list[int] = []
    serve = door.guard.serve

    def counting() -> None:
        if door.guard.socket.poll(0):
            asked.append(1)
        serve()

    door.guard.serve = counting  # type: ignore[method-assign]
    return asked


def test_an_endpoint_by_name_is_told_by_its_name_and_tried_again(bus: Bus) -> None:
    server = bus.socket(zmq.XPUB)
    server.curve_secretkey = zmq.curve_keypair()[1]
    server.curve_server = 1
    server.bind("tcp://127.0.0.1:*")
    port = server.getsockopt_string(zmq.LAST_ENDPOINT).rpartition(":")[2]
    names = [f"tcp://elsewhere.invalid:{port}", f"tcp://localhost:{port}"]
    visitor = Visitor(bus, names, None)
    assert visitor.told("a key is wanted")[-1].endpoint == names[1]
    server.unbind(f"tcp://127.0.0.1:{port}")
    server.curve_server = 0
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        try:
            server.bind(f"tcp://127.0.0.1:{port}")
        except zmq.ZMQError:
            continue
        break
    for now in range(100):
        visitor.look(float(now))
        visitor.socket.poll(5)
        if server.poll(20):
            break
    assert server.recv() == b"\1"
    visitor.close()


def test_a_subscriber_tells_it_and_goes_on(bus: Bus, door: Door, publisher: Publisher) -> None:
    told: list[Notice] = []
    stranger = door.keys("stranger")

    def let_in(notice: Notice) -> None:
        told.append(notice)
        door.guard.replace(door.let_in("stranger"))

    with Subscriber(
        publisher.endpoints[1],
        keys=stranger,
        clock=TurnedClock(bus, 0.5),
        on_notice=let_in,
        context=bus.context,
    ) as subscriber:
        assert next(iter(subscriber)).retained
    assert [type(notice) for notice in told] == [Refused]


def test_a_subscriber_leaves_nothing_open() -> None:
    with zmq.Context() as context:
        for _ in range(3):
            Subscriber("tcp://127.0.0.1:1", context=context).close()
