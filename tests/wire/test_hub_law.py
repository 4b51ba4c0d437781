"""The law of the bus, behind a hub, whatever the others do."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from genred.events import type_of
from genred.wire.hub import Hub
from genred.wire.publisher import Publisher
from wire.bus import RECORDS, Socket, genre, numbers, status
from wire.venue import Venue, drained

STREAMS = ["bar", "bar2"]
TOPICS = ["", "genre/", "genre/bar/", "genre/bar2/", "capture/", "status/", "prediction/", "x"]

topics = st.lists(st.sampled_from(TOPICS), max_size=3, unique=True)
which = st.integers(0, 9)
actions = st.one_of(
    st.tuples(st.just("join"), topics),
    st.tuples(st.just("die at once"), topics),
    st.tuples(st.just("stall"), topics),
    st.tuples(st.just("leave"), which),
    st.tuples(st.just("unsubscribe"), which),
    st.tuples(st.just("publish"), st.tuples(st.sampled_from(STREAMS), st.sampled_from([*RECORDS]))),
    st.tuples(st.just("turn"), st.sampled_from([0.0, 0.0, 0.25, 1.0])),
)


@dataclass
class Others:
    """All who come and go beside the constant subscriber."""

    venue: Venue
    hub: Hub
    rooms: dict[str, Publisher]
    joined: list[tuple[Socket, list[str]]] = field(default_factory=list)

    def act(self, action: str, what: object) -> None:
        match action, what:
            case "join", list():
                self.joined.append((self.open(what), what))
            case "die at once", list():
                self.open(what).close(0)
            case "stall", list():
                self.open(what)
            case "leave", int() if self.joined:
                self.joined.pop(what % len(self.joined))[0].close(0)
            case "unsubscribe", int() if self.joined:
                socket, had = self.joined.pop(what % len(self.joined))
                for topic in had:
                    socket.unsubscribe(topic)
            case "publish", (str(stream), str(kind)):
                self.rooms[stream].publish(RECORDS[kind]())
            case "turn", float():
                for room in self.rooms.values():
                    self.venue.heard(self.hub, room.publish(status()))
                self.venue.pass_time(what)

    def open(self, asked: list[str]) -> Socket:
        socket = self.venue.socket()
        socket.rcvhwm = 0
        for topic in asked:
            socket.subscribe(topic)
        socket.connect(self.hub.endpoints[0])
        return socket

    def serve_all(self) -> list[tuple[Socket, list[str]]]:
        """Let all go on until each who stayed has got something of what it wants; return them."""
        wanting = [(s, t) for s, t in self.joined if set(t) - {"x"}]

        def all_got_something() -> bool:
            for room in self.rooms.values():
                for make in RECORDS.values():
                    room.publish(make())
            return all(socket.poll(0) for socket, _ in wanting)

        self.venue.until(all_got_something)
        return wanting


@settings(max_examples=80)
@given(st.lists(actions, min_size=5, max_size=30))
def test_a_constant_subscriber_gets_everything_once_and_a_joiner_the_present_state(
    done: list[tuple[str, object]],
) -> None:
    with Venue() as venue:
        rooms = {name: venue.publisher(genre(), stream=name) for name in STREAMS}
        hub = venue.hub(*rooms.values())
        venue.until(lambda: hub.counts().streams == len(STREAMS))
        constant = venue.joins(hub, "")
        others = Others(venue, hub, rooms)
        for action, what in done:
            others.act(action, what)
        joiners = others.serve_all()
        lasts = [room.publish(genre("end")) for room in rooms.values()]

        heard = venue.gets_all(constant, lasts)
        for name, room in rooms.items():
            of_it = [event for event in heard if event.stream == name]
            for kind, seq in room.last_seq.items():
                assert numbers(of_it, kind) == list(range(kind == "genre", seq + 1)), (name, kind)

        for socket, asked in joiners:
            got = drained(socket)
            for name in STREAMS:
                of_it = [event for event in got if event.stream == name]
                for kind in RECORDS:
                    live = numbers(of_it, kind)
                    assert live == [live[0] + n for n in range(len(live))], (asked, name, kind)
            of_genre = [event for event in got if type_of(event) == "genre"]
            assert all(event.retained for event in of_genre[:1]), asked
            if asked == ["genre/bar/"]:
                assert {event.stream for event in got} == {"bar"}
