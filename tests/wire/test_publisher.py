"""What a plain `zmq.SUB` gets, without any client of ours."""

import json
import tempfile
import time

import pytest
import zmq
from jsonschema import Draft202012Validator

from genred import events
from genred.errors import GenredError, UsageError
from genred.wire import census, last_value
from genred.wire.endpoints import check_endpoint, is_local
from genred.wire.publisher import Publisher
from wire.bus import (
    RECORDS,
    UTC,
    Bus,
    capture,
    fields,
    genre,
    numbers,
    prediction,
    receive,
    receive_until,
    serve_until,
    serve_until_heard,
    status,
)


def test_a_plain_subscriber_gets_events_that_the_schema_allows(bus: Bus) -> None:
    publisher = bus.publisher()
    socket = bus.joined(publisher, "")
    sent = [publisher.publish(make()) for make in RECORDS.values()]
    allows = Draft202012Validator(events.json_schema())
    for event in sent:
        topic, payload = socket.recv_multipart()
        assert topic == f"{events.type_of(event)}/bar/".encode()
        allows.validate(json.loads(payload))
        assert events.decode(payload) == event
        assert (event.stream, event.session, event.time) == ("bar", "s1", UTC)


def test_numbers_begin_at_0_in_each_topic(bus: Bus) -> None:
    publisher = bus.publisher()
    assert publisher.last_seq == {}
    order = ["status", "genre", "genre", "prediction", "genre", "prediction"]
    assert [publisher.publish(RECORDS[kind]()).seq for kind in order] == [0, 0, 1, 0, 2, 1]
    assert publisher.last_seq == {"status": 0, "genre": 2, "prediction": 1}


@pytest.mark.parametrize("topic", ["", "g", "genre/", "genre/bar/"])
def test_a_late_joiner_gets_the_present_genre_at_once_and_nobody_else_does(
    bus: Bus, topic: str
) -> None:
    publisher = bus.publisher()
    early = bus.joined(publisher, "")
    for name in ("jazz", "blues"):
        publisher.publish(genre(name))
    late = bus.joined(publisher, topic)
    told = receive(late)
    last = publisher.publish(genre("rock"))
    assert isinstance(told, events.Genre)
    assert (told.genre, told.seq, told.retained) == ("blues", 1, True)
    assert receive_until(late, last) == [last]
    heard = receive_until(early, last)
    assert numbers(heard, "genre") == [0, 1, 2]
    assert numbers(heard, "genre", retained=True) == []


def test_what_was_said_before_binding_is_what_the_first_joiner_gets(bus: Bus) -> None:
    publisher = bus.publisher(capture("starting"), status(), capture())
    socket = bus.joined(publisher, "genre/", "capture/", "status/")
    for kind, seq in (("capture", 1), ("status", 0)):
        told = receive(socket)
        assert (events.type_of(told), told.seq, told.retained) == (kind, seq, True)


def test_who_asks_one_by_one_gets_all_three(bus: Bus) -> None:
    publisher = bus.publisher()
    sent = [publisher.publish(make()) for make in (genre, capture, prediction, status)]
    socket = bus.raw(publisher, "genre/", "capture/", "prediction/", "status/")
    serve_until(publisher, lambda: publisher.subscribers == 1)
    last = publisher.publish(prediction())
    told = receive_until(socket, last)[:-1]
    assert all(event.retained for event in told)
    for event in told:
        assert fields(event) in [fields(one) for one in sent]
    assert sorted(map(events.type_of, told)) == ["capture", "genre", "status"]


def test_a_subscriber_to_bar_gets_nothing_of_bar2(bus: Bus) -> None:
    bar2 = bus.publisher(genre("techno"), stream="bar2")
    bar = bus.publisher(genre("jazz"), stream="bar")
    socket = bus.raw(bar2, "genre/bar/")
    socket.connect(bar.endpoints[0])
    serve_until(bar2, lambda: bar2.subscribers == 1)
    serve_until(bar, lambda: bar.subscribers == 1)
    for publisher in (bar2, bar):
        publisher.publish(genre("rock"))
    last = bar.publish(genre("end"))
    assert {event.stream for event in receive_until(socket, last)} == {"bar"}


def test_no_message_is_ever_empty_or_for_nobody(bus: Bus) -> None:
    publisher = bus.publisher(status())
    constant = bus.joined(publisher, "")
    for topic in ("nothing/", "genre/", ""):
        with bus.joined(publisher, topic) as socket:
            if topic:
                socket.unsubscribe(topic)
                publisher.serve(200)
        publisher.publish(status())
    last = publisher.publish(genre())
    while True:
        topic_frame, payload = constant.recv_multipart()
        assert topic_frame in (b"status/bar/", b"genre/bar/")
        if events.decode(payload) == last:
            return


def test_subscribers_are_counted_by_head_and_not_by_topic(bus: Bus) -> None:
    publisher = bus.publisher()
    first = bus.joined(publisher, "genre/", "status/", "")
    second = bus.joined(publisher, "genre/")
    bus.raw(publisher)
    first.subscribe("capture/")
    first.subscribe("genre/")
    publisher.serve(200)
    assert publisher.subscribers == 2
    first.close(0)
    serve_until(publisher, lambda: publisher.subscribers == 1)
    bus.joined(publisher, "genre/")
    assert publisher.subscribers == 2
    second.unsubscribe("genre/")
    serve_until(publisher, lambda: publisher.subscribers == 1)


def test_who_connects_again_and_again_is_one(bus: Bus) -> None:
    publisher = bus.publisher()
    for _ in range(20):
        bus.joined(publisher, "genre/", "").close(0)
        serve_until(publisher, lambda: publisher.subscribers == 0)
    bus.joined(publisher, "genre/", "")
    assert publisher.subscribers == 1


def test_who_stalls_loses_and_nobody_waits(bus: Bus) -> None:
    publisher = bus.publisher()
    stalled = bus.socket()
    stalled.rcvhwm = 1
    stalled.subscribe("")
    stalled.connect(publisher.endpoints[0])
    serve_until(publisher, lambda: publisher.subscribers == 1)
    constant = bus.joined(publisher, "")
    for first in range(0, 4000, 5):
        sent = [publisher.publish(capture("long" * 2000)) for _ in range(5)]
        assert [receive(constant).seq for _ in sent] == list(range(first, first + 5))
    got = []
    while stalled.poll(100):
        got.append(receive(stalled).seq)
    assert got == sorted(set(got))
    assert len(got) < 4000


@pytest.mark.parametrize("missing", ["last value", "count of topics"])
def test_what_libzmq_lacks_costs_little(
    bus: Bus, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    if missing == "last value":
        monkeypatch.setattr(last_value, "XPUB_MANUAL_LAST_VALUE", 9999)
    else:
        monkeypatch.setattr(census, "TOPICS_COUNT", 9999)
    publisher = bus.publisher(genre("jazz"))
    early = bus.joined(publisher, "")
    late = bus.joined(publisher, "genre/")
    last = publisher.publish(genre("rock"))
    heard = receive_until(late, last)
    assert numbers(heard, "genre", retained=True) == [0]
    heard = receive_until(early, last)
    assert numbers(heard, "genre") == [1]
    to_all = missing == "last value"
    assert numbers(heard, "genre", retained=True) == ([0, 0] if to_all else [0])
    assert publisher.repeats == (2 if to_all else 0)


def test_a_peer_that_talks_instead_of_listening_takes_no_joiners_place(bus: Bus) -> None:
    publisher = bus.publisher(genre())
    talker = bus.raw(publisher, kind=zmq.XSUB)
    talker.send(b"\1x")
    serve_until(publisher, lambda: publisher.subscribers == 1)
    talker.send(b"hello")
    joiners = [bus.raw(publisher, "genre/"), bus.raw(publisher, "genre/bar/")]
    time.sleep(0.1)  # or they join after it, and are in no danger: nothing tells
    publisher.serve()
    for joiner in joiners:
        for _ in range(100):
            publisher.serve(5)
            last = publisher.publish(genre())
            if joiner.poll(0):
                break
        receive_until(joiner, last)


def test_who_unsubscribes_is_sent_nothing_more(bus: Bus) -> None:
    publisher = bus.publisher(genre(), status())
    unfiltered = bus.raw(publisher, kind=zmq.XSUB)
    for topic in (b"genre/", b""):
        unfiltered.send(b"\1" + topic)
        serve_until(publisher, lambda: publisher.subscribers == 1)
        assert isinstance(receive(unfiltered), events.Genre)
        unfiltered.send(b"\0" + topic)
        serve_until(publisher, lambda: publisher.subscribers == 0)
        publisher.publish(genre())
    unfiltered.send(b"\1status/")
    serve_until(publisher, lambda: publisher.subscribers == 1)
    assert isinstance(receive(unfiltered), events.Status)


def test_a_subscription_far_too_long_ends_its_sender_only(bus: Bus) -> None:
    publisher = bus.publisher()
    constant = bus.joined(publisher, "")
    bus.raw(publisher, "x" * 10_000)
    publisher.serve(300)
    assert publisher.subscribers == 1
    last = publisher.publish(genre())
    assert receive_until(constant, last) == [last]


def test_a_taken_port_is_one_line_and_leaves_nothing_bound(bus: Bus) -> None:
    holder = bus.publisher()
    taken = holder.endpoints[0]
    free = bus.publisher()
    place = free.endpoints[0]
    bus.close(free)
    with Publisher([place, taken], "bar", "s2", lambda: UTC) as late:
        with pytest.raises(GenredError, match=r"^tcp://\S+ is taken .* give another --bind$"):
            late.bind()
        assert late.endpoints == []
    assert bus.publisher(at=[place]).endpoints == [place]


def test_a_taken_path_is_not_taken_away(bus: Bus) -> None:
    # pytest's own folders may be too long for a socket's path.
    with tempfile.TemporaryDirectory() as folder:
        place = f"ipc://{folder}/bus"
        holder = bus.publisher(at=[place])
        with (
            Publisher([place], "bar", "s2", lambda: UTC) as late,
            pytest.raises(GenredError, match="is taken"),
        ):
            late.bind()
        socket = bus.joined(holder, "genre/")
        last = holder.publish(genre())
        assert receive_until(socket, last) == [last]
        bus.close(holder)
        assert bus.publisher(at=[place]).endpoints == [place]


@pytest.mark.parametrize(
    ("endpoint", "mend"),
    [
        ("5570", "give tcp://HOST:PORT"),
        ("tcp://127.0.0.1", "give tcp://HOST:PORT"),
        ("tcp://127.0.0.1:99999", "give tcp://HOST:PORT"),
        ("http://127.0.0.1:80", "give tcp://HOST:PORT"),
        ("ipc:///no/such/folder/socket", "No such file"),
        ("tcp://*:5570", "genred keys new"),
        ("tcp://0.0.0.0:5570", "genred keys new"),
        ("tcp://eth0:5570", "genred keys new"),
        ("tcp://[::]:5570", "genred keys new"),
    ],
)
def test_an_endpoint_that_can_not_be_bound_is_one_line(bus: Bus, endpoint: str, mend: str) -> None:
    with pytest.raises(UsageError, match=mend) as refused:
        bus.publisher(at=["tcp://127.0.0.1:*", endpoint])
    assert "\n" not in str(refused.value)
    assert bus.publishers[0].endpoints == []


def test_insecure_is_said_aloud() -> None:
    with Publisher(["tcp://*:*"], "bar", "s1", lambda: UTC, insecure=True) as publisher:
        publisher.bind()
        assert publisher.endpoints[0].startswith("tcp://0.0.0.0:")


@pytest.mark.parametrize(
    "endpoint",
    ["tcp://localhost:*", "tcp://127.0.0.1:5570", "tcp://127.8.9.1:*", "tcp://[::1]:1", "ipc://x"],
)
def test_loopback_is_local(endpoint: str) -> None:
    assert is_local(check_endpoint(endpoint))


def test_several_endpoints_are_one_publisher(bus: Bus) -> None:
    publisher = bus.publisher(genre(), at=["tcp://127.0.0.1:*", "tcp://localhost:*"])
    for endpoint in publisher.endpoints:
        socket = bus.socket()
        socket.subscribe("genre/")
        socket.connect(endpoint)
        serve_until_heard(publisher, socket)
        assert receive(socket).retained


def test_a_stream_that_is_no_name_is_refused() -> None:
    with pytest.raises(UsageError, match="use 1 to 64"):
        Publisher([], "bar/2", "s1", lambda: UTC)


def test_the_last_word_leaves_before_the_socket_is_closed(bus: Bus) -> None:
    publisher = bus.publisher()
    socket = bus.joined(publisher, "")
    last = publisher.publish(capture("end"))
    bus.close(publisher)
    assert receive_until(socket, last) == [last]
