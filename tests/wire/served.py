"""A control socket in a test's hands, with real clients."""

import itertools
import time
from collections.abc import Callable
from typing import Any

import msgspec
import zmq

from genred.requests import Answer, Request
from genred.wire.control import ControlSocket
from wire.bus import WAIT_S, Socket


class Served:
    """A control socket that answers each request with its own params."""

    def __init__(self) -> None:
        self.context: zmq.Context[Socket] = zmq.Context()
        self.control = ControlSocket(["tcp://127.0.0.1:*"], self.context)
        self.control.bind()
        self.answered: list[Request] = []
        self.clients: list[Socket] = []
        self.said: dict[str, Any] | None = None
        self._number = itertools.count()

    def answer(self, request: Request) -> Answer:
        self.answered.append(request)
        return Answer(id=request.id, result=self.said or request.params)

    def client(self, kind: int = zmq.REQ, at: str = "", name: bytes = b"") -> Socket:
        made = self.context.socket(kind)
        made.linger = 0
        if name:
            made.routing_id = name
        made.connect(at or self.control.endpoints[0])
        self.clients.append(made)
        return made

    def until(self, done: Callable[[], object]) -> None:
        deadline = time.monotonic() + WAIT_S
        while not done():
            assert time.monotonic() < deadline, "waited in vain"
            self.control.socket.poll(5)
            self.control.serve(self.answer)

    def received(self, client: Socket) -> list[bytes]:
        self.until(lambda: client.poll(0))
        return client.recv_multipart()

    def ask(self, client: Socket) -> None:
        """Ask as a plain REQ does, and see that it is answered."""
        id_ = f"good {next(self._number)}"
        client.send(msgspec.json.encode({"v": 1, "id": id_, "method": "status"}))
        (payload,) = self.received(client)
        assert msgspec.json.decode(payload) == {"v": 1, "id": id_, "result": {}}

    def close(self) -> None:
        self.control.close()
        self.context.destroy(linger=0)
