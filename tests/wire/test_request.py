"""One request and its answer, or one line that says why there is none."""

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import zmq

from genred.errors import GenredError, UsageError
from genred.requests import Answer, Request, refusal
from genred.wire.request import ask
from live_fakes import in_thread
from wire.served import Served


def answered(served: Served, *wanted: object, **options: Any) -> dict[str, Any]:
    """Ask in a thread, and serve meanwhile."""
    future = in_thread(lambda: ask(served.control.endpoints[0], *wanted, **options))  # type: ignore[arg-type]
    served.until(future.done)
    return future.result()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Something that listens on a port and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening


def where(listener: socket.socket) -> str:
    return f"tcp://127.0.0.1:{listener.getsockname()[1]}"


def test_the_result_is_returned(served: Served) -> None:
    assert answered(served, "set", {"a.b": 0.5}) == {"a.b": 0.5}
    assert answered(served, "status") == {}
    assert [r.method for r in served.answered] == ["set", "status"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("bad_request", UsageError),
        ("bad_params", UsageError),
        ("unknown_method", UsageError),
        ("failed", GenredError),
        ("internal", GenredError),
    ],
)
def test_an_error_is_raised_with_its_words(
    served: Served, code: Any, kind: type[GenredError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(request: Request) -> Answer:
        return refusal(request.id, code, "no, because")

    monkeypatch.setattr(served, "answer", refuse)
    with pytest.raises(GenredError, match=r"^no, because$") as raised:
        answered(served, "reload")
    assert type(raised.value) is kind


def test_nobody_there_is_told_at_once(listener: socket.socket) -> None:
    endpoint = where(listener)
    listener.close()
    with pytest.raises(GenredError, match=f"no daemon at {endpoint}: start one"):
        ask(endpoint, "status", timeout_s=1e6)


def test_nobody_at_a_path_is_told_at_once(tmp_path: Any) -> None:
    with pytest.raises(GenredError, match=r"no daemon at ipc://.*: start one"):
        ask(f"ipc://{tmp_path}/c", "status", timeout_s=1e6)


def test_one_who_does_not_answer_is_named(listener: socket.socket) -> None:
    with pytest.raises(GenredError, match=rf"pid {os.getpid()}\) did not answer within 0.1 s"):
        ask(where(listener), "status", timeout_s=0.1)


def test_one_who_is_no_zeromq_is_told(listener: socket.socket) -> None:
    def speak() -> None:
        connected, _ = listener.accept()
        with connected:
            connected.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 10)
            connected.recv(1000)

    in_thread(speak)
    with pytest.raises(GenredError, match=r"is no genred|did not answer|no daemon"):
        ask(where(listener), "status", timeout_s=5.0)


@pytest.mark.parametrize("said", [b"", b"{}", b"[]", b'{"id":1}', b"\xff"])
def test_an_answer_that_is_none_is_told(served: Served, said: bytes) -> None:
    liar = served.context.socket(zmq.REP)
    liar.linger = 0
    served.clients.append(liar)
    port = liar.bind_to_random_port("tcp://127.0.0.1")
    future = in_thread(lambda: ask(f"tcp://127.0.0.1:{port}", "status"))
    assert liar.recv()
    liar.send(said)
    with pytest.raises(GenredError, match="answer"):
        future.result()


@pytest.mark.parametrize(
    ("endpoint", "method", "params", "mend"),
    [
        ("5571", "status", None, "give tcp://HOST:PORT"),
        ("tcp://127.0.0.1:*", "status", None, "can't connect to"),
        ("tcp://127.0.0.1:1", "shutdown", None, "use status, snapshot"),
        ("tcp://127.0.0.1:1", "set", {"a": object()}, "can't be written as JSON"),
        ("tcp://127.0.0.1:1", "set", {"a": "x" * 70000}, "too much to ask"),
    ],
)
def test_what_can_not_be_asked_is_wrong_use(
    endpoint: str, method: str, params: dict[str, object] | None, mend: str
) -> None:
    with pytest.raises(UsageError, match=mend):
        ask(endpoint, method, params)
