"""The control socket: a `ROUTER` whose messages go in as requests and come out as answers.

For plain `REQ` clients (an empty frame, then JSON) and `DEALER`s (the same, or JSON alone). All of
an envelope up to its empty frame is given back as it came. Nobody is ever waited for:

- A frame over 64 KiB makes libzmq cut off its sender, before it is in memory. A message of many
  frames is thrown away a few frames a call, and its sender told.
- `ROUTER_MANDATORY` stays off: an answer to somebody who has gone, or who does not read (64 wait
  for each), is dropped. Whoever asks has to have a limit of its own anyway.
- 8 requests of a peer wait in memory, what is more waits on its side: at most half a MiB each.
- `ROUTER_HANDOVER` stays off: a peer that takes another's name gets nothing, and not its answers.
"""

import contextlib
from collections.abc import Callable, Sequence
from typing import Self

import zmq

from genred.errors import UsageError
from genred.places import DEFAULT_CONTROL
from genred.requests import (
    LONGEST_REQUEST,
    Answer,
    Request,
    RequestError,
    decode_request,
    encode,
    refusal,
)
from genred.wire.bindings import Bindings
from genred.wire.security import Guard

__all__ = ["DEFAULT_CONTROL", "Answer", "ControlSocket", "Request", "control_endpoints"]

NO_CONTROL = "none"
"""what is given in an endpoint's place for no socket at all"""
FRAMES_A_CALL = 64
"""what is read of all peers in one `serve`: about 20 requests"""
MOST_FRAMES = 8
"""of one message, the sender's name, the envelope and the empty frame among them"""
ANSWERS_WAITING, REQUESTS_WAITING = 64, 8
_LINGER_MS = 200
_OPTIONS = {
    zmq.MAXMSGSIZE: LONGEST_REQUEST,
    zmq.SNDHWM: ANSWERS_WAITING,
    zmq.RCVHWM: REQUESTS_WAITING,
    zmq.LINGER: _LINGER_MS,
    # A peer whose machine died says nothing, and would be kept for ever.
    zmq.TCP_KEEPALIVE: 1,
    zmq.TCP_KEEPALIVE_IDLE: 10,  # s
    zmq.TCP_KEEPALIVE_INTVL: 5,
    zmq.TCP_KEEPALIVE_CNT: 3,
}


def control_endpoints(endpoints: Sequence[str] | None, default: Sequence[str]) -> list[str]:
    """Return the endpoints that were given, else the default; none of them for `none`."""
    if endpoints and NO_CONTROL in endpoints:
        if len(endpoints) > 1:
            raise UsageError("--control none does not go with another --control")
        return []
    return list(endpoints or default)


class ControlSocket:
    """Requests of any number of clients, answered in the order in which they are read.

    A guard stands before endpoints that are not local; it is polled and served with the events'.
    """

    def __init__(
        self,
        endpoints: Sequence[str],
        context: "zmq.Context[zmq.Socket[bytes]]",
        *,
        insecure: bool = False,
        guard: Guard | None = None,
    ) -> None:
        self._guard = guard
        self._frames: list[bytes] = []
        """of a message that is not read to its end"""
        self._count = 0
        """how many it has had, those that were thrown away among them"""
        self._socket = context.socket(zmq.ROUTER)
        for option, value in _OPTIONS.items():
            self._socket.setsockopt(option, value)
        self._bindings = Bindings(
            self._socket, endpoints, insecure=insecure, guard=guard, option="--control"
        )

    def bind(self) -> None:
        """Bind all endpoints or none; raises as `bind_all`."""
        self._bindings.bind()

    @property
    def endpoints(self) -> list[str]:
        """Where it is bound, a port `*` resolved; empty before `bind`."""
        return list(self._bindings.endpoints)

    @property
    def socket(self) -> "zmq.Socket[bytes]":
        """For a poller: readable when there is something to `serve`."""
        return self._socket

    def serve(self, answer: Callable[[Request], Answer]) -> None:
        """Answer what waits, up to some 20 requests; never waits for anybody."""
        self._bindings.tend()
        for _ in range(FRAMES_A_CALL):
            try:
                frame = self._socket.recv(zmq.DONTWAIT, copy=False)
            except zmq.Again:
                return
            self._count += 1
            if self._count <= MOST_FRAMES:
                self._frames.append(frame.bytes)
            if not self._socket.getsockopt(zmq.RCVMORE):
                frames, count = self._frames, self._count
                self._frames, self._count = [], 0
                # What was asked before its key was taken away is not answered after it.
                if self._guard is None or self._guard.admits(frame):
                    self._reply(frames, count, answer)

    def close(self) -> None:
        """Close; what was answered has 0.2 s to leave."""
        self._socket.close()
        self._bindings.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _reply(self, frames: list[bytes], count: int, answer: Callable[[Request], Answer]) -> None:
        envelope, bodies = _split(frames)
        if count > len(frames) or len(bodies) != 1:
            what = "no request: send one frame of JSON, after an empty one"
            payload = encode(refusal(None, "bad_request", what))
        else:
            payload = _answered(bodies[0], answer)
        # Where its queue is full, or it is gone, nothing is sent and nothing raised.
        with contextlib.suppress(zmq.Again):
            self._socket.send_multipart([*envelope, payload], zmq.DONTWAIT)


def _split(frames: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Return what goes before an answer, and what was sent beside it."""
    if b"" in frames[1:]:
        end = frames.index(b"", 1) + 1
        return frames[:end], frames[end:]
    return frames[:1], frames[1:]


def _answered(body: bytes, answer: Callable[[Request], Answer]) -> bytes:
    try:
        made = answer(decode_request(body))
    except RequestError as error:
        made = error.answer
    try:
        return encode(made)
    except (TypeError, ValueError) as error:
        return encode(refusal(made.id, "internal", f"the answer can't be written: {error}"))
