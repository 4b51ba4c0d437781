"""What a hub passes, keeps and tells; real sockets on loopback."""

import json
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import zmq

from genred import events
from genred.errors import UsageError
from genred.events import Genre, Status, type_of
from genred.wire.hub import Hub, Rubbish
from genred.wire.key_file import KeyFile
from genred.wire.publisher import Publisher
from genred.wire.security import ClientKeys, Guard, ServerKeys, protect_client
from genred.wire.streams import Clash, Full
from genred.wire.watch import Back, Gone, NewSession
from wire.bus import RECORDS, WAIT_S, capture, fields, genre, numbers, prediction, receive, status
from wire.venue import Venue, drained

RUBBISH: dict[str, list[bytes]] = {
    "one frame": [b"genre/bar/"],
    "three frames": [b"genre/bar/", b"{}", b"{}"],
    "no JSON": [b"genre/bar/", b"\xff\xfe"],
    "deep": [b"genre/bar/", b"[" * 50_000],
}


def event_bytes(**other: Any) -> bytes:
    made = {"type": "genre", "v": 1, "stream": "bar", "session": "s", "seq": 0, "time": 1.0}
    made |= {"audio_time": 1.0, "retained": False, "genre": "jazz", "onset": 0.0}
    return json.dumps(made | other).encode()


WINDOW = {"type": "prediction", "probabilities": {}, "window": {}, "level_dbfs": -20.0}
RUBBISH |= {
    "another's topic": [b"genre/bar2/", event_bytes()],
    "another type": [b"status/bar/", event_bytes()],
    "no name": [b"genre/a b/", event_bytes(stream="a b")],
    "a slash in the name": [b"genre/a/b/", event_bytes(stream="a/b")],
    "long session": [b"genre/bar/", event_bytes(session="s" * 65)],
    "below 0": [b"genre/bar/", event_bytes(seq=-1)],
    "beyond": [b"genre/bar/", event_bytes(seq=2**63)],
    "large": [b"prediction/bar/", event_bytes(**WINDOW, later="x" * 66_000)],
    "too large to keep": [b"genre/bar/", event_bytes(later="x" * 5000)],
    "version 2": [b"genre/bar/", event_bytes(v=2)],
}


@pytest.fixture
def venue() -> Iterator[Venue]:
    with Venue() as opened:
        yield opened


def room(
    venue: Venue, name: str, *, session: str = "s1", at: str = "tcp://127.0.0.1:*"
) -> Publisher:
    """Open a daemon that has said how it is."""
    at_first = status({"capture": 0, "genre": 0})
    return venue.publisher(
        capture(), at_first, genre("jazz"), stream=name, session=session, at=[at]
    )


def hub_of(venue: Venue, *names: str) -> tuple[Hub, list[Publisher]]:
    """Open a hub that has heard rooms."""
    rooms = [room(venue, name) for name in names]
    hub = venue.hub(*rooms)
    for each in rooms:
        venue.heard(hub, each.publish(status({"capture": 0, "genre": 0})))
    return hub, rooms


def test_every_event_passes_byte_for_byte_in_order(venue: Venue) -> None:
    hub, (bar,) = hub_of(venue, "bar")
    direct, behind = venue.joined(bar, ""), venue.joins(hub, "")
    assert receive(direct).retained
    assert venue.gets(behind).retained
    for _ in range(50):
        for make in RECORDS.values():
            bar.publish(make())
    for _ in range(200):
        venue.until(lambda: direct.poll(0) and behind.poll(0))
        assert behind.recv_multipart() == direct.recv_multipart()


@pytest.mark.parametrize("topic", ["", "g", "genre/", "genre/bar/"])
def test_a_late_joiner_gets_the_present_genre_at_once_alone_also_the_second_on_a_topic(
    venue: Venue, topic: str
) -> None:
    hub, (bar,) = hub_of(venue, "bar")
    early = venue.joins(hub, "")
    assert venue.gets(early).retained
    venue.heard(hub, bar.publish(genre("blues")))
    for _ in range(3):
        told = venue.gets(venue.joins(hub, topic))
        assert isinstance(told, Genre)
        assert (told.genre, told.seq, told.retained) == ("blues", 1, True)
    last = bar.publish(genre("rock"))
    heard = venue.gets_until(early, last)
    assert numbers(heard, "genre") == [1, 2]
    assert numbers(heard, "genre", retained=True) == []


def test_what_is_retained_is_the_event_itself_also_its_fields_of_a_later_version(
    venue: Venue,
) -> None:
    upstream = venue.socket(zmq.PUB)
    upstream.bind("tcp://127.0.0.1:*")
    hub = venue.hub(upstream.getsockopt_string(zmq.LAST_ENDPOINT))
    payload = json.dumps(
        {"type": "genre", "v": 1, "stream": "bar", "session": "s", "seq": 3, "time": 1e9 + 0.1}
        | {"audio_time": 1.0, "retained": False, "genre": "jazz", "onset": 1e-7, "later": [1, {}]},
    ).encode()

    def sent() -> int:
        upstream.send_multipart([b"genre/bar/", payload])
        return hub.counts().passed

    venue.until(sent)
    socket = venue.joins(hub, "genre/bar/")
    venue.until(lambda: socket.poll(0))
    kept = json.loads(socket.recv_multipart()[1])
    assert kept == json.loads(payload) | {"retained": True}


def test_who_asks_as_our_client_does_gets_all_three_at_once(venue: Venue) -> None:
    hub, (bar,) = hub_of(venue, "bar")
    socket = venue.joins(hub, "capture/", "genre/", "prediction/", "status/")
    last = bar.publish(prediction())
    told = venue.gets_until(socket, last)[:-1]
    assert sorted(map(type_of, told)) == ["capture", "genre", "status"]
    assert all(event.retained for event in told)


def test_a_subscriber_to_bar_gets_nothing_of_bar2(venue: Venue) -> None:
    hub, (bar2, bar) = hub_of(venue, "bar2", "bar")
    socket = venue.joins(hub, "genre/bar/")
    other = venue.joins(hub, "genre/bar2/")
    for each in (bar2, bar):
        each.publish(genre("rock"))
    last, last2 = bar.publish(genre("end")), bar2.publish(genre("end"))
    assert {event.stream for event in venue.gets_until(socket, last)} == {"bar"}
    assert {event.stream for event in venue.gets_until(other, last2)} == {"bar2"}


def test_who_asks_for_several_streams_gets_one_alone_and_the_others_go_to_all(venue: Venue) -> None:
    hub, _ = hub_of(venue, "a", "b", "c")
    early = venue.joins(hub, "genre/")
    assert {event.stream for event in venue.gets_many(early, 3)} == {"a", "b", "c"}
    late = [venue.joins(hub, "genre/") for _ in range(5)]
    venue.pass_time(1.0)
    for socket in late:
        got = venue.gets_many(socket, 3)
        assert all(event.retained for event in got)
        assert {event.stream for event in got} == {"a", "b", "c"}
    venue.pass_time(2.0)
    # One round for five, of two: what all of them were given alone is not in it.
    assert [event.stream for event in drained(early)] == ["b", "c"]


def test_what_was_said_since_somebody_joined_is_not_sent_again(venue: Venue) -> None:
    hub, (_, b) = hub_of(venue, "a", "b")
    early = venue.joins(hub, "genre/")
    venue.gets_many(early, 2)
    venue.joins(hub, "genre/")
    last = b.publish(genre("rock"))
    venue.heard(hub, last)
    venue.pass_time(1.5)
    assert venue.gets_until(early, last) == [last]
    venue.pass_time(1.5)
    assert drained(early) == []


def test_a_stream_that_is_gone_is_not_handed_out_until_it_is_back(venue: Venue) -> None:
    hub, (bar, club) = hub_of(venue, "bar", "club")
    venue.pass_time(2.0)
    venue.heard(hub, club.publish(status()))
    venue.pass_time(1.5)
    assert next(each for each in venue.told if isinstance(each, Gone)).stream == "bar"
    counts = hub.counts()
    assert (counts.streams, counts.gone) == (1, 1)
    socket = venue.joins(hub, "genre/")
    last = club.publish(genre("end"))
    assert {event.stream for event in venue.gets_until(socket, last)} == {"club"}
    venue.heard(hub, bar.publish(status({"genre": 0})))
    assert Back("bar") in venue.told
    told = venue.gets(venue.joins(hub, "genre/bar/"))
    assert isinstance(told, Genre)


def test_a_stream_that_said_its_end_is_not_handed_out(venue: Venue) -> None:
    hub, (bar,) = hub_of(venue, "bar")
    ended = events.CaptureRecord(audio_time=1.0, state="ended", reason="stop", source="mic")
    venue.heard(hub, bar.publish(ended))
    socket = venue.joins(hub, "")
    last = bar.publish(prediction())
    assert venue.gets_until(socket, last) == [last]
    assert hub.counts().gone == 0


def test_a_daemon_that_starts_anew_is_no_clash(venue: Venue) -> None:
    hub, (bar,) = hub_of(venue, "bar")
    socket = venue.joins(hub, "")
    place = bar.endpoints[0]
    venue.close(bar)
    again = room(venue, "bar", session="s2", at=place)
    told = [venue.gets(socket)]
    while told[-1].session != "s2":
        told.append(venue.gets(socket))
    last = again.publish(genre("rock"))
    heard = venue.gets_until(socket, last)
    assert numbers(heard, "genre")[-1] == 1
    assert NewSession("bar", "s2") in venue.told
    assert not [each for each in venue.told if isinstance(each, Clash)]


def test_what_was_missed_while_the_way_was_cut_comes_as_retained_once(venue: Venue) -> None:
    hub, (bar,) = hub_of(venue, "bar")
    socket = venue.joins(hub, "genre/", "prediction/")
    place = bar.endpoints[0]
    bar.socket.unbind(place)
    venue.until(lambda: bar.subscribers == 0)
    missed = [bar.publish(genre(name)) for name in ("blues", "rock")]
    bar.socket.bind(place)
    venue.until(lambda: bar.subscribers == 1)
    last = bar.publish(genre("end"))
    heard = venue.gets_until(socket, last)
    assert [(e.seq, e.retained) for e in heard] == [(0, True), (2, True), (3, False)]
    assert fields(heard[1]) == fields(missed[1])
    assert hub.counts().missed >= 1


def test_two_daemons_with_one_name_are_a_clash_and_the_first_keeps_it(venue: Venue) -> None:
    hub, (bar,) = hub_of(venue, "bar")
    socket = venue.joins(hub, "")
    other = room(venue, "bar", session="s2")
    hub.connect(other.endpoints[0])
    for _ in range(3):
        venue.heard(hub, other.publish(status()))
        venue.heard(hub, other.publish(genre("rock")))
    last = bar.publish(genre("end"))
    assert {event.session for event in venue.gets_until(socket, last)} == {"s1"}
    clash = Clash("bar", bar.endpoints[0], "s1", other.endpoints[0], "s2")
    assert [each for each in venue.told if isinstance(each, Clash)] == [clash]
    assert hub.counts().clashes == [clash]
    assert hub.counts().clashed >= 6


def test_the_other_of_a_clash_has_the_name_once_the_first_is_gone(venue: Venue) -> None:
    hub, (bar,) = hub_of(venue, "bar")
    socket = venue.joins(hub, "")
    other = room(venue, "bar", session="s2")
    hub.connect(other.endpoints[0])
    venue.heard(hub, other.publish(genre("rock")))
    venue.close(bar)
    for _ in range(8):
        venue.pass_time(0.5)
        venue.heard(hub, other.publish(status()))
    last = other.publish(genre("end"))
    heard = [e for e in venue.gets_until(socket, last) if e.session == "s2"]
    assert [(e.seq, e.retained) for e in heard if isinstance(e, Genre)] == [(1, True), (2, False)]
    assert hub.counts().clashes == []
    told = venue.gets(venue.joins(hub, "genre/bar/"))
    assert (told.session, told.seq) == ("s2", 2)


def test_hubs_of_hubs_give_each_event_once_and_late_joiners_the_present(venue: Venue) -> None:
    floor1, rooms1 = hub_of(venue, "a", "b")
    floor2, rooms2 = hub_of(venue, "c")
    house = venue.hub(floor1, floor2)
    venue.until(lambda: house.counts().streams == 3)
    socket = venue.joins(house, "")
    for each in (*rooms1, *rooms2):
        for _ in range(20):
            each.publish(prediction())
    lasts = [each.publish(genre("end")) for each in (*rooms1, *rooms2)]
    got = venue.gets_all(socket, lasts)
    for name in "abc":
        assert numbers([e for e in got if e.stream == name], "prediction") == list(range(20))
        told = venue.gets(venue.joins(house, f"genre/{name}/"))
        assert (told.retained, told.stream) == (True, name)


def test_one_daemon_by_two_ways_is_passed_once_and_outlives_one_way(venue: Venue) -> None:
    bar = room(venue, "bar")
    ways = [venue.hub(bar), venue.hub(bar)]
    top = venue.hub(*ways)
    venue.until(lambda: all(way.counts().streams for way in ways))
    socket = venue.joins(top, "prediction/")
    sent = [bar.publish(prediction()) for _ in range(20)]
    assert venue.gets_until(socket, sent[-1]) == sent
    venue.heard(top, bar.publish(status()))
    first = top._streams._streams["bar"].claims[0].upstream  # noqa: SLF001
    venue.end(next(way for way in ways if way.endpoints[0] == first))
    for _ in range(8):
        venue.pass_time(0.5)
        bar.publish(status())
        venue.until(lambda: top._waiting == {})  # noqa: SLF001
    last = bar.publish(prediction())
    assert venue.gets_until(socket, last)[-1] == last
    assert not [each for each in venue.told if isinstance(each, Clash)]


def test_a_hub_that_is_started_anew_knows_the_present_again(venue: Venue) -> None:
    hub, (bar,) = hub_of(venue, "bar")
    socket = venue.joins(hub, "genre/")
    assert venue.gets(socket).retained
    place = hub.endpoints[0]
    venue.end(hub)
    venue.heard(venue.hub(bar, at=place), bar.publish(genre("rock")))
    told = venue.gets(socket)
    assert isinstance(told, Genre)
    last = bar.publish(genre("end"))
    heard = venue.gets_until(socket, last)
    assert numbers(heard, "genre")[-1] == 2


@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish_is_dropped_counted_and_told_once(venue: Venue, name: str) -> None:
    upstream = venue.socket(zmq.PUB)
    upstream.bind("tcp://127.0.0.1:*")
    endpoint = upstream.getsockopt_string(zmq.LAST_ENDPOINT)
    hub = venue.hub(endpoint)
    socket = venue.joins(hub, "")

    def sent() -> bool:
        upstream.send_multipart(RUBBISH[name])
        return hub.counts().rubbish > 3

    venue.until(sent)
    upstream.send_multipart([b"genre/end/", event_bytes(stream="end")])
    assert venue.gets(socket).stream == "end"
    assert len([each for each in venue.told if isinstance(each, Rubbish)]) == 1
    assert "\n" not in str(venue.told[0])
    assert len(str(venue.told[0])) < 400


def test_a_peer_that_sends_a_megabyte_is_cut_off_and_the_others_are_heard(venue: Venue) -> None:
    hub, (bar,) = hub_of(venue, "bar")
    upstream = venue.socket(zmq.XPUB)
    upstream.bind("tcp://127.0.0.1:*")
    hub.connect(upstream.getsockopt_string(zmq.LAST_ENDPOINT))
    socket = venue.joins(hub, "prediction/")
    venue.until(lambda: upstream.poll(0))
    upstream.send_multipart([b"genre/bar/", b"x" * 2_000_000])
    last = bar.publish(prediction())
    assert venue.gets_until(socket, last) == [last]
    assert hub.counts().rubbish == 0


def test_a_reader_that_stalls_loses_and_nobody_waits(venue: Venue) -> None:
    hub, (bar,) = hub_of(venue, "bar")
    stalled = venue.socket()
    stalled.rcvhwm = 1
    stalled.subscribe("prediction/")
    stalled.connect(hub.endpoints[0])
    constant = venue.joins(hub, "prediction/")
    venue.until(lambda: hub.counts().subscribers == 2)
    wide = events.PredictionRecord(
        audio_time=1.0, probabilities={"x" * 16_000: 1.0}, window={}, level_dbfs=-20.0
    )
    for _ in range(400):
        sent = [bar.publish(wide) for _ in range(5)]
        assert venue.gets_until(constant, sent[-1]) == sent
    got = [event.seq for event in drained(stalled)]
    assert got == sorted(set(got))
    assert len(got) < 2000


def test_no_more_streams_are_known_than_there_is_room_for(venue: Venue) -> None:
    rooms = [room(venue, name) for name in ("a", "b", "c")]
    hub = venue.hub(*rooms, most_streams=2)
    venue.until(lambda: hub.counts().refused > 2)
    assert hub.counts().streams == 2
    assert len([each for each in venue.told if isinstance(each, Full)]) == 1
    venue.pass_time(70.0)
    assert hub.counts().gone == 0
    for each in rooms:
        each.publish(status())
    venue.until(lambda: hub.counts().streams == 2)


def test_a_state_that_was_lost_on_the_way_is_asked_for_and_not_handed_out_meanwhile(
    venue: Venue,
) -> None:
    upstream = venue.socket(zmq.XPUB)
    upstream.bind("tcp://127.0.0.1:*")
    hub = venue.hub(upstream.getsockopt_string(zmq.LAST_ENDPOINT))
    for _ in range(4):
        venue.until(lambda: upstream.poll(0))
        upstream.recv()
    upstream.send_multipart([b"genre/bar/", event_bytes()])
    said = msgspec.to_builtins(status({"genre": 1})) | {"type": "status"}
    upstream.send_multipart([b"status/bar/", event_bytes(**said)])
    venue.until(lambda: upstream.poll(0))
    assert upstream.recv() == b"\1genre/bar/"
    venue.until(lambda: upstream.poll(0))
    assert upstream.recv() == b"\0genre/bar/"
    socket = venue.joins(hub, "")
    assert isinstance(venue.gets(socket), Status)
    upstream.send_multipart([b"genre/bar/", event_bytes(seq=1, retained=True)])
    told = venue.gets(socket)
    assert (type_of(told), told.seq, told.retained) == ("genre", 1, True)
    assert venue.gets(venue.joins(hub, "genre/bar/")) == told


def test_a_hub_that_was_stopped_does_not_take_the_daemons_for_gone(venue: Venue) -> None:
    hub, (bar,) = hub_of(venue, "bar")
    venue.ahead_s += 60.0
    for _ in range(3):
        venue.serve()
    venue.heard(hub, bar.publish(status()))
    assert not [each for each in venue.told if isinstance(each, Gone)]


def test_a_joiner_whose_sign_was_taken_by_a_send_does_not_wait_for_the_next_event(
    venue: Venue,
) -> None:
    hub, _ = hub_of(venue, "bar")
    socket = venue.socket()
    socket.subscribe("genre/bar/")
    socket.connect(hub.endpoints[0])
    # Looking at it takes the descriptor's sign, as any send may.
    while not hub._socket.socket.poll(10):  # noqa: SLF001
        pass
    begin = time.monotonic()
    hub.turn(WAIT_S)
    assert time.monotonic() - begin < WAIT_S / 2
    assert receive(socket).retained


def test_upstreams_come_and_go(venue: Venue) -> None:
    hub, (bar, club) = hub_of(venue, "bar", "club")
    socket = venue.joins(hub, "prediction/")
    before = hub.counts().events
    hub.disconnect(bar.endpoints[0])
    assert hub.counts().events == before
    venue.until(lambda: bar.subscribers == 0)
    bar.publish(prediction())
    last = club.publish(prediction())
    assert venue.gets_until(socket, last) == [last]
    hub.connect(bar.endpoints[0])
    venue.until(lambda: bar.subscribers == 1)
    last = bar.publish(prediction())
    assert venue.gets_until(socket, last) == [last]


@pytest.mark.parametrize(
    ("upstream", "bind", "mend"),
    [
        ("5570", "tcp://127.0.0.1:*", "give tcp://HOST:PORT"),
        ("tcp://127.0.0.1:5570", "tcp://*:*", "can be reached from other machines"),
        ("tcp://127.0.0.1:5570", "tcp://127.0.0.1:99999", "give tcp://HOST:PORT"),
    ],
)
def test_an_endpoint_that_can_not_be_is_one_line(upstream: str, bind: str, mend: str) -> None:
    with pytest.raises(UsageError, match=mend), Hub([upstream], [bind], time.monotonic) as hub:
        hub.bind()


def reached(end: Publisher | Hub) -> str:
    """Return how this machine reaches an endpoint that others may reach, too."""
    return end.endpoints[0].replace("//0.0.0.0:", "//127.0.0.1:")


def guard_of(context: zmq.Context[zmq.Socket[bytes]], *clients: KeyFile) -> Guard:
    own = KeyFile.made()
    assert own.secret
    return Guard(context, ServerKeys(own.public, own.secret, frozenset(c.public for c in clients)))


def to(guard: Guard, client: KeyFile) -> ClientKeys:
    assert client.secret
    return ClientKeys(client.public, client.secret, guard.keys.public)


def test_with_keys_on_both_sides_who_has_none_hears_nothing(venue: Venue) -> None:
    ours, readers, strangers = (KeyFile.made() for _ in range(3))
    with zmq.Context() as daemons, zmq.Context() as hubs:
        door, hub_door = guard_of(daemons, ours), guard_of(hubs, readers)
        with Publisher(["tcp://0.0.0.0:*"], "bar", "s", time.time, guard=door) as bar:
            bar.publish(genre())
            bar.bind()
            hub = venue.hub(reached(bar), at="tcp://0.0.0.0:*", guard=hub_door, keys=to(door, ours))
            sockets = []
            for client in (strangers, readers):
                socket = venue.socket()
                protect_client(socket, to(hub_door, client))
                socket.subscribe("")
                socket.connect(reached(hub))
                sockets.append(socket)
            stranger, reader = sockets

            def served() -> bool:
                bar.serve()
                bar.publish(prediction())
                return bool(reader.poll(0))

            venue.until(served)
            assert not stranger.poll(0)
            assert hub.counts().subscribers == 1
            hub_door.replace(ServerKeys(hub_door.keys.public, hub_door.keys.secret))
            venue.until(lambda: hub.counts().subscribers == 0)
            venue.end(hub)
        door.close()
        hub_door.close()
