"""One request to a daemon's control socket, and its answer or one line that says why not."""

import time
from collections.abc import Mapping
from typing import Any

import zmq
from zmq.utils.monitor import recv_monitor_message

from genred.errors import GenredError, UsageError
from genred.requests import (
    LONGEST_REQUEST,
    METHODS,
    Answer,
    Request,
    decode_answer,
    encode,
)
from genred.wire.control import DEFAULT_CONTROL
from genred.wire.endpoints import check_endpoint, is_local
from genred.wire.holder import holder_of
from genred.wire.security import ClientKeys, protect_client

__all__ = ["DEFAULT_CONTROL", "ask"]

LONGEST_ANSWER = 1 << 20
"""bytes; who sends more is no daemon of ours"""
TIMEOUT_S = 5.0
_REFUSED = zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
_STRANGE = zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
_ABSENT = zmq.EVENT_CONNECT_RETRIED
_WRONG_USE = {"bad_request", "unknown_method", "bad_params"}


def ask(
    endpoint: str,
    method: str,
    params: Mapping[str, object] | None = None,
    *,
    timeout_s: float = TIMEOUT_S,
    keys: ClientKeys | None = None,
) -> dict[str, Any]:
    """Ask for one thing; return the answer's `result`, by method as docs/control.md has it.

    `keys` are for daemons of other machines.
    Raises UsageError for what the daemon takes for wrong use, and for an endpoint, method or
    params that can't be; GenredError where nobody is there, or answers in time, or it can't do it.
    """
    if method not in METHODS:
        raise UsageError(f'no method "{method}": use {", ".join(METHODS)}')
    payload = _written(Request(id=1, method=method, params=dict(params or {})))  # type: ignore[arg-type]
    with zmq.Context() as context, control_client(endpoint, context, keys) as socket:
        # A daemon that is not there is told of at once, and not after the time that is given it.
        monitor = socket.get_monitor_socket(_ABSENT | _REFUSED | _STRANGE)
        try:
            socket.send_multipart([b"", payload])
            return _result(_wait(endpoint, socket, monitor, timeout_s))
        finally:
            socket.disable_monitor()
            monitor.close()


def control_client(
    endpoint: str,
    context: "zmq.Context[zmq.Socket[bytes]]",
    keys: ClientKeys | None = None,
    options: Mapping[int, int] | None = None,
) -> "zmq.Socket[bytes]":
    """Open a `DEALER` to a control socket; raises UsageError for an endpoint that can't be."""
    check_endpoint(endpoint)
    socket = context.socket(zmq.DEALER)
    socket.linger = 0
    for option, value in {zmq.MAXMSGSIZE: LONGEST_ANSWER, **(options or {})}.items():
        socket.setsockopt(option, value)
    if keys:
        protect_client(socket, keys)
    socket.ipv6 = "[" in endpoint
    try:
        socket.connect(endpoint)
    except zmq.ZMQError as error:
        socket.close()
        reason = zmq.strerror(error.errno or 0)
        raise UsageError(f"can't connect to {endpoint}: {reason}") from error
    return socket


def _written(request: Request) -> bytes:
    try:
        payload = encode(request)
    except (TypeError, ValueError) as error:
        raise UsageError(f"params can't be written as JSON: {error}") from error
    if len(payload) > LONGEST_REQUEST:
        raise UsageError(f"{len(payload)} bytes are too much to ask: at most {LONGEST_REQUEST}")
    return payload


def _wait(
    endpoint: str,
    socket: "zmq.Socket[bytes]",
    monitor: "zmq.Socket[bytes]",
    timeout_s: float,
) -> Answer:
    poller = zmq.Poller()
    poller.register(socket, zmq.POLLIN)
    poller.register(monitor, zmq.POLLIN)
    end_s = time.monotonic() + timeout_s
    while (left_s := end_s - time.monotonic()) > 0:
        ready = dict(poller.poll(int(-(-left_s * 1000 // 1))))
        if socket in ready:
            return decode_answer(socket.recv_multipart()[-1])
        if monitor in ready:
            raise _unanswered(endpoint, recv_monitor_message(monitor)["event"])
    raise _unanswered(endpoint, 0, timeout_s)


def _unanswered(endpoint: str, event: int, timeout_s: float = 0.0) -> GenredError:
    """Say why nobody answers."""
    if event & _ABSENT:
        return GenredError(
            f"no daemon at {endpoint}: start one (genred run), or say where it is (--control)"
        )
    if event & _REFUSED:
        return GenredError(f"{endpoint} does not let us in: it wants a key that it knows")
    found = holder_of(endpoint) if is_local(endpoint) else None
    who = f"what listens there ({found})" if found else "what listens there"
    if event & _STRANGE:
        return GenredError(f"{endpoint}: {who} speaks otherwise: it wants a key, or is no genred")
    return GenredError(
        f"{endpoint}: {who} did not answer within {timeout_s:g} s; is it a daemon's control socket?"
    )


def _result(answer: Answer) -> dict[str, Any]:
    if isinstance(answer.result, dict):
        return answer.result
    if not answer.error:
        raise GenredError("the answer has neither a result nor an error")
    wrong_use = answer.error.code in _WRONG_USE
    raise (UsageError if wrong_use else GenredError)(answer.error.message)
