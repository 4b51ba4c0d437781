"""The law of the bus, whatever the others do."""

import time
from dataclasses import dataclass, field

import zmq
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.events import Event, decode, type_of
from genred.wire.publisher import Publisher
from wire.bus import RECORDS, WAIT_S, Bus, Socket, genre, numbers, receive, receive_until

TOPICS = ["", "genre/", "genre/bar/", "genre/bar2/", "capture/", "status/", "prediction/", "x"]

topics = st.lists(st.sampled_from(TOPICS), max_size=3, unique=True)
which = st.integers(0, 9)
actions = st.one_of(
    st.tuples(st.just("join"), topics),
    st.tuples(st.just("die at once"), topics),
    st.tuples(st.just("die unserved"), topics),
    st.tuples(st.just("stall"), topics),
    st.tuples(st.just("leave"), which),
    st.tuples(st.just("unsubscribe"), which),
    st.tuples(st.just("publish"), st.sampled_from(list(RECORDS))),
    st.tuples(st.just("serve"), st.sampled_from([0, 0, 1, 10])),
)


@dataclass
class Others:
    """All who come and go beside the constant subscriber."""

    bus: Bus
    publisher: Publisher
    joined: list[tuple[Socket, list[str]]] = field(default_factory=list)
    stalled: list[Socket] = field(default_factory=list)

    def act(self, action: str, what: list[str] | str | int) -> None:
        match action, what:
            case "join", list():
                self.joined.append((self.bus.raw(self.publisher, *what), what))
            case "die at once", list():
                self.bus.raw(self.publisher, *what).close(0)
            case "die unserved", list():
                socket = self.bus.raw(self.publisher, *what)
                self.publisher.socket.poll(5)
                socket.close(0)
            case "stall", list():
                self.stalled.append(self.bus.raw(self.publisher, *what))
            case "leave", int() if self.joined:
                self.joined.pop(what % len(self.joined))[0].close(0)
            case "unsubscribe", int() if self.joined:
                socket, had = self.joined.pop(what % len(self.joined))
                for topic in had:
                    socket.unsubscribe(topic)
                self.stalled.append(socket)
            case "publish", str():
                self.publisher.publish(RECORDS[what]())
            case "serve", int():
                self.publisher.serve(what)

    def serve_all(self) -> list[tuple[Socket, list[str]]]:
        """Serve all who stayed, until each has got something of what it wants; return them."""
        wanting = [(s, t) for s, t in self.joined if set(t) - {"x", "genre/bar2/"}]
        deadline = time.monotonic() + WAIT_S
        while not all(socket.poll(0) for socket, _ in wanting):
            assert time.monotonic() < deadline, "a joiner was forgotten"
            self.publisher.serve(5)
            for make in RECORDS.values():
                self.publisher.publish(make())
        return wanting


def drain(socket: Socket) -> list[Event]:
    heard = []
    while socket.poll(0):
        heard.append(decode(socket.recv_multipart(zmq.DONTWAIT)[1]))
    return heard


@settings(max_examples=300)
@given(st.lists(actions, min_size=5, max_size=40))
def test_a_constant_subscriber_gets_everything_once_and_a_joiner_the_present_state(
    done: list[tuple[str, list[str] | str | int]],
) -> None:
    with Bus() as bus:
        publisher = bus.publisher(genre())
        constant = bus.joined(publisher, "")
        assert receive(constant).retained
        others = Others(bus, publisher)
        for action, what in done:
            others.act(action, what)
        joiners = others.serve_all()
        last = publisher.publish(RECORDS["status"]())

        heard = receive_until(constant, last)
        for kind, seq in publisher.last_seq.items():
            assert numbers(heard, kind) == list(range(kind == "genre", seq + 1)), kind
        # One more where a peer's end falls into the microseconds between a check and a send.
        repeated = [event for event in heard if event.retained]
        assert len(repeated) <= publisher.repeats + 1

        for socket, asked in joiners:
            got = receive_until(socket, last) if asked in ([""], ["status/"]) else drain(socket)
            for kind in publisher.last_seq:
                seen = numbers(got, kind)
                assert seen == [seen[0] + n for n in range(len(seen))], (asked, kind)
            assert all(e.retained for e in [e for e in got if type_of(e) == "genre"][:1]), asked
