"""Who may connect from other machines, and who no more."""

import contextlib
import logging
import socket as tcp
from collections.abc import Iterator

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st
from zmq.utils import z85

from genred.errors import UsageError
from genred.wire import security
from genred.wire.bindings import Bindings
from genred.wire.security import ClientKeys, ServerKeys, protect_client
from wire.bus import Bus, genre, numbers, receive, receive_until, serve_until_heard
from wire.doors import ABROAD, HOME, Door, pretend_abroad

ALLOWED, _ = zmq.curve_keypair()
RAW = z85.decode(ALLOWED)
QUESTION = [b"1.0", b"7", b"genred", b"10.0.0.9", b"", b"CURVE", RAW]
frames = st.lists(st.binary(max_size=40), max_size=9)


@pytest.fixture
def door(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    pretend_abroad(monkeypatch)
    made = Door(bus, "desk", "lamp")
    yield made
    made.guard.close()


def test_an_allowed_key_is_told_who_it_is() -> None:
    said = security.answer(QUESTION, frozenset([ALLOWED]))
    assert said == [b"1.0", b"7", b"200", b"OK", ALLOWED, b""]


@given(frames)
def test_no_frames_ever_raise_or_let_anybody_in(question: list[bytes]) -> None:
    said = security.answer(question, frozenset([ALLOWED]))
    assert said == [] or (len(said) == 6 and said[2] in (b"400", b"500"))


@given(st.integers(0, 6), st.binary(max_size=40))
def test_a_question_that_differs_anywhere_it_matters_lets_nobody_in(
    place: int, other: bytes
) -> None:
    question = [*QUESTION[:place], other, *QUESTION[place + 1 :]]
    harmless = place in (1, 3, 4) or question == QUESTION
    said = security.answer(question, frozenset([ALLOWED]))
    assert (said[2] == b"200") == harmless
    assert security.answer(question, frozenset())[2] != b"200"


@given(st.lists(frames, max_size=5))
def test_a_guard_that_is_asked_nonsense_still_answers(questions: list[list[bytes]]) -> None:
    with Bus() as bus:
        door = Door(bus, "desk")
        asking = bus.socket(zmq.DEALER)
        asking.connect(security.ZAP_ENDPOINT)
        for question in questions:
            if question:
                asking.send_multipart(question)
        name = door.keys("desk").public
        asking.send_multipart([b"", *QUESTION[:-1], z85.decode(name)])
        door.guard.serve()
        heard = []
        while asking.poll(0):
            heard.append(asking.recv_multipart())
        assert heard[-1] == [b"", b"1.0", b"7", b"200", b"OK", name, b""]
        assert b"200" not in [answer[3] for answer in heard[:-1]]
        door.guard.close()


def test_only_an_allowed_key_for_this_very_daemon_gets_in(door: Door) -> None:
    publisher = door.publisher()
    home, abroad = publisher.endpoints
    desk = door.keys("desk")
    other_daemon = ClientKeys(desk.public, desk.secret, zmq.curve_keypair()[0])
    barred = {
        "plain": door.subscriber(abroad, None),
        "stranger": door.subscriber(abroad, door.keys("stranger")),
        "another daemon's": door.subscriber(abroad, other_daemon),
    }
    local = door.joined(publisher, home)
    keyed = door.joined(publisher, abroad, "desk")
    publisher.serve(300)
    assert publisher.subscribers == 2
    last = publisher.publish(genre())
    assert receive_until(local, last) == [last]
    assert receive_until(keyed, last) == [last]
    for who, socket in barred.items():
        assert not socket.poll(100), who


@pytest.mark.parametrize("at", [(HOME, ABROAD), (ABROAD, HOME)])
def test_endpoints_of_this_machine_need_no_key_wherever_they_stand(
    door: Door, at: tuple[str, ...]
) -> None:
    publisher = door.publisher(*at)
    home = publisher.endpoints[at.index(HOME)]
    assert home.startswith("tcp://127.0.0.1:")
    door.joined(publisher, home)


def test_a_late_joiner_with_a_key_gets_the_present_alone(door: Door) -> None:
    publisher = door.publisher()
    home, abroad = publisher.endpoints
    local = door.joined(publisher, home)
    publisher.publish(genre("jazz"))
    keyed = door.joined(publisher, abroad, "desk")
    last = publisher.publish(genre("rock"))
    assert numbers(receive_until(keyed, last), "genre", retained=True) == [0]
    assert numbers(receive_until(local, last), "genre", retained=True) == []


def test_a_revoked_key_hears_nothing_more_and_the_others_go_on(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    publisher = door.publisher()
    home, abroad = publisher.endpoints
    local = door.joined(publisher, home)
    lamp = door.joined(publisher, abroad, "lamp")
    desk = door.joined(publisher, abroad, "desk")
    first = publisher.publish(genre("jazz"))
    for socket in (local, lamp, desk):
        assert receive(socket) == first
    with caplog.at_level(logging.WARNING):
        assert door.guard.replace(door.let_in("lamp"))
        after = publisher.publish(genre("blues"))
    assert f"{abroad} reopened" in caplog.text
    serve_until_heard(publisher, lamp)
    last = publisher.publish(genre("rock"))
    heard = receive_until(lamp, last)
    assert [(e.seq, e.retained) for e in heard] == [(1, True), (2, False)]
    assert {e.session for e in heard} == {first.session}
    assert receive_until(local, last) == [after, last]
    publisher.serve(200)
    assert not desk.poll(100)
    assert publisher.endpoints == [home, abroad]


def test_what_a_revoked_key_has_not_read_yet_it_never_will(door: Door, bus: Bus) -> None:
    router, stalled = bus.socket(zmq.ROUTER), bus.socket(zmq.DEALER)
    bindings = Bindings(router, [ABROAD], guard=door.guard)
    bindings.bind()
    stalled.rcvhwm = 1
    protect_client(stalled, door.keys("desk"))
    stalled.connect(bindings.endpoints[0])
    stalled.send(b"how much?")
    while not router.poll(10):
        door.guard.serve()
    who, _ = router.recv_multipart()
    for _ in range(400):
        router.send_multipart([who, b"x" * 100_000])  # more than the kernel holds
    door.guard.replace(door.let_in("lamp"))
    bindings.tend()
    heard = 0
    while stalled.poll(100):
        stalled.recv()
        heard += 1
    assert heard < 350


def test_a_list_that_only_grows_disturbs_nobody(door: Door) -> None:
    publisher = door.publisher()
    desk = door.joined(publisher, publisher.endpoints[1], "desk")
    door.keys("new")
    assert not door.guard.replace(door.let_in("desk", "lamp", "new"))
    last = publisher.publish(genre())
    assert receive_until(desk, last) == [last]
    door.joined(publisher, publisher.endpoints[1], "new")


def test_another_key_of_the_daemon_takes_a_restart(door: Door) -> None:
    with pytest.raises(UsageError, match="restart"):
        door.guard.replace(ServerKeys(*zmq.curve_keypair(), frozenset()))


def test_nobody_gets_in_where_nobody_guards(door: Door) -> None:
    publisher = door.publisher()
    door.guard.close()
    socket = door.subscriber(publisher.endpoints[1], door.keys("desk"))
    with pytest.raises(zmq.ZMQError):  # a closed guard can't be served
        publisher.serve()
    assert not publisher.socket.poll(300)
    assert not socket.poll(0)


def test_a_message_tells_whether_its_sender_may_still_send_it(door: Door, bus: Bus) -> None:
    router = bus.socket(zmq.ROUTER)
    bindings = Bindings(router, [HOME, ABROAD], guard=door.guard)
    bindings.bind()
    admitted = {}
    for name, endpoint in zip(("local", "desk"), bindings.endpoints, strict=True):
        dealer = bus.socket(zmq.DEALER)
        if name == "desk":
            protect_client(dealer, door.keys(name))
        dealer.connect(endpoint)
        dealer.send(name.encode())
        while not router.poll(10):
            door.guard.serve()
        frame = router.recv_multipart(copy=False)[-1]
        admitted[name] = [door.guard.admits(frame)]
        door.guard.replace(door.let_in("lamp"))
        admitted[name].append(door.guard.admits(frame))
        door.guard.replace(door.let_in("lamp", "desk"))
    assert admitted == {"local": [True, True], "desk": [True, False]}


def test_an_endpoint_taken_while_it_was_closed_comes_back_once_it_is_free(
    door: Door, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = door.publisher()
    abroad = publisher.endpoints[1]
    thief = bus.socket(zmq.PUB)
    unbind = zmq.Socket.unbind

    def unbind_and_lose(socket: "zmq.Socket[bytes]", endpoint: str) -> None:
        unbind(socket, endpoint)
        while thief.getsockopt_string(zmq.LAST_ENDPOINT) != endpoint:
            with contextlib.suppress(zmq.ZMQError):  # libzmq takes its time to let go
                thief.bind(endpoint)

    monkeypatch.setattr("genred.wire.bindings._TRIES", 2)
    with monkeypatch.context() as patched:
        patched.setattr(zmq.Socket, "unbind", unbind_and_lose)
        assert publisher.rebind() == []
    publisher.publish(genre())
    thief.close(0)
    # Or the client may meet the thief, and a plain socket never comes again.
    while is_listened_on(abroad):
        pass
    desk = door.subscriber(abroad, door.keys("desk"))
    serve_until_heard(publisher, desk)
    assert receive(desk).retained


def is_listened_on(endpoint: str) -> bool:
    host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    with tcp.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def test_secrets_are_in_no_text(door: Door) -> None:
    for keys in (door.guard.keys, door.keys("desk")):
        assert keys.secret.decode() not in repr(keys)
