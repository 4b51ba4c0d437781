"""The control socket against raw ZeroMQ and raw TCP, in one thread: nobody holds it up."""

import socket as tcp
import time
from typing import Any

import msgspec
import pytest
import zmq
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.errors import GenredError, UsageError
from genred.requests import LONGEST_REQUEST, Answer, Request
from genred.wire.control import ControlSocket, control_endpoints
from genred.wire.request import control_client
from wire.bus import WAIT_S, Bus, Socket
from wire.doors import ABROAD, Door, pretend_abroad
from wire.served import Served


def request(id_: object = 1, method: str = "status", **params: object) -> bytes:
    return msgspec.json.encode({"v": 1, "id": id_, "method": method, "params": params})


def code(payload: bytes) -> str:
    return str(msgspec.json.decode(payload)["error"]["code"])


def test_a_plain_req_is_answered(served: Served) -> None:
    client = served.client()
    for _ in range(3):
        served.ask(client)


@pytest.mark.parametrize("envelope", [[], [b""], [b"hop", b""], [b"a", b"b", b""]])
def test_an_envelope_comes_back_as_it_went(served: Served, envelope: list[bytes]) -> None:
    client = served.client(zmq.DEALER)
    client.send_multipart([*envelope, request("x", a=1)])
    *back, payload = served.received(client)
    assert back == envelope
    assert msgspec.json.decode(payload) == {"v": 1, "id": "x", "result": {"a": 1}}


@pytest.mark.parametrize(
    "frames",
    [
        [b""],
        [b"", b""],
        [b"", b"not JSON"],
        [b"", request(), request()],
        [b"a", b"b"],
        [b"", *[b"x"] * 1000],
        [b"x"] * 1000,
        [*[b"hop"] * 20, b"", request()],
        [*[b"hop"] * 5, b"", request(), b"and", b"more"],
        [b"\xff"],
        [b"", b'{"id":1}' + b" " * (LONGEST_REQUEST - 10)],
    ],
    ids=range(11),
)
def test_rubbish_is_answered_as_such(served: Served, frames: list[bytes]) -> None:
    client = served.client(zmq.DEALER)
    client.send_multipart(frames)
    assert code(served.received(client)[-1]) == "bad_request"
    assert served.answered == []
    client.send_multipart([b"", request("x")])
    assert served.received(client)[-1] == b'{"v":1,"id":"x","result":{}}'


leaf = st.none() | st.booleans() | st.floats() | st.text(max_size=8)
tree = leaf | st.lists(leaf | st.lists(leaf, max_size=3), max_size=3)
frame = st.one_of(
    st.binary(max_size=64),
    st.sampled_from([b"", request(), request(method="shutdown"), b"{" * 3000, b"x" * 60000]),
    (tree | st.dictionaries(st.text(max_size=8), tree, max_size=3)).map(msgspec.json.encode),
)
messages = st.lists(st.lists(frame, min_size=1, max_size=12), max_size=8)


def test_after_any_rubbish_the_next_good_request_is_answered(served: Served) -> None:
    good, bad = served.client(), served.client(zmq.DEALER)
    served.ask(good)

    @settings(max_examples=60)
    @given(messages)
    def law(sent: list[list[bytes]]) -> None:
        for message in sent:
            bad.send_multipart(message)
        served.ask(good)
        bad.send_multipart([b"", request("last")])
        answers = [served.received(bad) for _ in sent]  # one each
        assert all(b'"last"' not in answer[-1] for answer in answers)
        assert served.received(bad)[-1] == b'{"v":1,"id":"last","result":{}}'

    law()


def test_bytes_that_are_no_zeromq_are_none_of_its_business(served: Served) -> None:
    good = served.client()
    host, _, port = served.control.endpoints[0].removeprefix("tcp://").partition(":")

    @settings(max_examples=30)
    @given(st.binary(max_size=200), st.booleans())
    def law(sent: bytes, polite: bool) -> None:
        greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48) if polite else b""
        with tcp.create_connection((host, int(port)), timeout=WAIT_S) as rude:
            rude.sendall(greeting + sent)
        served.ask(good)

    law()


def test_a_megabyte_is_cut_off_and_the_others_are_served(served: Served) -> None:
    good, big = served.client(), served.client(zmq.DEALER)
    monitor = big.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    served.ask(good)
    big.send_multipart([b"", b"x" * (1 << 20)])
    served.until(lambda: monitor.poll(0))
    big.disable_monitor()
    monitor.close()
    served.ask(good)
    assert [r.id for r in served.answered] == ["good 0", "good 1"]


def test_one_who_dies_with_a_question_is_forgotten(served: Served) -> None:
    good = served.client()
    for _ in range(20):
        dying = served.client(zmq.DEALER)
        dying.send_multipart([b"", request()])
        served.control.socket.poll(50)
        dying.close(0)
    served.ask(good)


def test_one_who_dies_in_the_middle_of_a_message_is_forgotten(served: Served) -> None:
    good, dying = served.client(), served.client(zmq.DEALER)
    dying.send(b"", zmq.SNDMORE)
    dying.send(b'{"id":1,', zmq.SNDMORE)
    dying.close(0)
    served.ask(good)


def test_one_who_never_reads_loses_answers_and_holds_nobody_up(served: Served) -> None:
    good, deaf = served.client(), served.client(zmq.DEALER)
    deaf.rcvhwm = 1
    deaf.rcvbuf = 4096
    asked, text = 0, "x" * 60000
    while len(served.answered) < 600:  # 36 MB of answers, more than any queue here takes
        if deaf.poll(0, zmq.POLLOUT):
            deaf.send_multipart([b"", request(asked, "set", text=text)])
            asked += 1
        served.control.serve(served.answer)
    served.ask(good)
    served.until(lambda: len(served.answered) == asked + 1)
    got = 0
    while deaf.poll(100):
        deaf.recv_multipart()
        got += 1
    print(f"{got} of {asked} answers were kept")
    assert 0 < got < asked


def test_one_who_asks_without_rest_waits_with_what_is_too_much(served: Served) -> None:
    good, flood = served.client(), served.client(zmq.DEALER)
    for number in range(900):
        flood.send_multipart([b"", request(number)])
    served.control.socket.poll(int(WAIT_S * 1000))
    served.control.serve(served.answer)
    assert 1 <= len(served.answered) <= 22
    served.ask(good)
    assert [msgspec.json.decode(served.received(flood)[-1])["id"] for _ in range(900)] == list(
        range(900)
    )


def test_what_is_not_read_waits_at_the_senders_end(served: Served) -> None:
    flood = served.client(zmq.DEALER)
    flood.sndhwm = 1
    text, sent = "x" * 60000, 0
    while sent < 800 and flood.poll(200, zmq.POLLOUT):  # 48 MB
        flood.send_multipart([b"", request(sent, "set", text=text)])
        sent += 1
    print(f"{sent} requests were taken unread")
    assert sent < 400
    served.until(lambda: len(served.answered) == sent)


def test_a_message_of_very_many_frames_takes_many_turns_and_none_of_them_long(
    served: Served,
) -> None:
    good, wide = served.client(), served.client(zmq.DEALER)
    served.ask(good)
    wide.send_multipart([b"x"] * (20 * 64))
    assert served.control.socket.poll(int(WAIT_S * 1000))
    for _ in range(19):
        served.control.serve(served.answer)
        assert not wide.poll(0)
    assert code(served.received(wide)[-1]) == "bad_request"
    served.ask(good)


def test_two_who_take_the_same_name_do_not_get_each_others_answers(served: Served) -> None:
    first, second = (served.client(zmq.DEALER, name=b"me") for _ in range(2))
    first.send_multipart([b"", request("first")])
    assert b'"first"' in served.received(first)[-1]
    second.send_multipart([b"", request("second")])
    served.ask(served.client())
    assert not second.poll(0)


def test_an_answer_that_can_not_be_written_is_an_error(served: Served) -> None:
    client = served.client()
    client.send(request("x"))
    served.said = {"x": object()}
    assert code(*served.received(client)) == "internal"


def test_several_endpoints_and_ipc_and_all_or_none(served: Served, tmp_path: Any) -> None:
    places = [f"ipc://{tmp_path}/c", "tcp://127.0.0.1:*"]
    with ControlSocket(places, served.context) as control:
        control.bind()
        assert len(control.endpoints) == 2
        for endpoint in control.endpoints:
            client = served.client(at=endpoint)
            client.send(request())
            assert control.socket.poll(int(WAIT_S * 1000))
            control.serve(served.answer)
            assert client.poll(int(WAIT_S * 1000))
    assert not list(tmp_path.iterdir())
    with (
        ControlSocket([places[0], *served.control.endpoints], served.context) as taken,
        pytest.raises(GenredError, match="give another --control"),
    ):
        taken.bind()
    with (
        ControlSocket(["tcp://0.0.0.0:*"], served.context) as open_to_all,
        pytest.raises(UsageError, match="can be reached from other machines"),
    ):
        open_to_all.bind()


def test_none_is_no_endpoint() -> None:
    assert control_endpoints(None, ["x"]) == ["x"]
    assert control_endpoints(["a", "b"], ["x"]) == ["a", "b"]
    assert control_endpoints(["none"], ["x"]) == []
    with pytest.raises(UsageError, match="does not go with another"):
        control_endpoints(["none", "a"], ["x"])


def test_a_key_is_wanted_from_other_machines_and_a_revoked_one_is_not_answered(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_abroad(monkeypatch)
    door = Door(bus, "desk")
    answered: list[Request] = []

    def answer(asked: Request) -> Answer:
        answered.append(asked)
        return Answer(id=asked.id, result={})

    def served_until(client: Socket) -> None:
        deadline = time.monotonic() + WAIT_S
        while not client.poll(5):
            assert time.monotonic() < deadline, "waited in vain"
            door.guard.serve()
            control.serve(answer)

    with ControlSocket([ABROAD], bus.context, guard=door.guard) as control:
        control.bind()
        client = control_client(control.endpoints[0], bus.context, door.keys("desk"))
        bus.sockets.append(client)
        client.send_multipart([b"", request("first")])
        served_until(client)
        assert b'"first"' in client.recv_multipart()[-1]

        client.send_multipart([b"", request("late")])
        assert control.socket.poll(int(WAIT_S * 1000))
        door.guard.replace(door.let_in())
        control.serve(answer)
        stranger = control_client(control.endpoints[0], bus.context)
        bus.sockets.append(stranger)
        stranger.send_multipart([b"", request("keyless")])
        for _ in range(20):
            door.guard.serve()
            control.serve(answer)
            assert not stranger.poll(5)
    assert [asked.id for asked in answered] == ["first"]
    door.guard.close()
