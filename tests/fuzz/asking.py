"""The control socket as a target: whatever is sent to it, and who comes after is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import msgspec
import zmq

from fakes import FakeModel
from genred.config import read
from genred.errors import GenredError
from genred.events import Event
from genred.requests import METHODS, Answer, Request, StatusResult, decode_answer, encode
from genred.service.control import Answers
from genred.service.tuning import Tuning
from genred.wire.control import ControlSocket

_ENDPOINT = "inproc://asked"


def request(given: bytes) -> None:
    """Messages, cut at each 0xfe, of frames, cut at each 0xff, from a peer of any manners."""
    asked = _asked()
    for message in given.split(b"\xfe"):
        _send(asked, message.split(b"\xff"))
    asked.number += 1
    _send(asked, [b"", encode(Request(id=asked.number, method="status"))])
    while not any(_answers(asked.number, answer) for answer in _served(asked)):
        pass


def change(given: bytes) -> None:
    """`set` with pairs of a key, by its number, and a value in JSON, a zero byte between them."""
    values: dict[str, object] = {}
    for pair in given.split(b"\0"):
        try:
            value = msgspec.json.decode(pair[1:])
        except (ValueError, RecursionError):
            value = pair[1:].decode("utf-8", "replace")
        values[_KEYS[pair[0] % len(_KEYS)] if pair else ""] = value
    said = _asked().answers(Request(id=1, method="set", params=values))
    _check(decode_answer(encode(said)))


_KEYS = [
    "labels.weights", "labels.weights.rock", "labels.names", "labels.names.rock", "log.level",
    "tracking.margin", "tracking.dwell_s", "tracking.open_dbfs", "tracking", "labels", "model",
    "tracking.stability_s", "tracking.evidence", "labels.names.jazz", "labels.weights.x", "\0",
]  # fmt: skip


def _send(asked: "_Asked", frames: list[bytes]) -> None:
    """Send as soon as there is room: what is not read waits on the asker's side."""
    while not asked.peer.poll(0, zmq.POLLOUT):
        _served(asked)
    asked.peer.send_multipart(frames)


def _served(asked: "_Asked") -> list[Answer]:
    """Let the daemon serve once, and read all: answers to who does not read are dropped."""
    asked.socket.serve(asked.answers)
    answers = []
    while asked.peer.poll(0):
        answers.append(decode_answer(asked.peer.recv_multipart()[-1]))
        _check(answers[-1])
    return answers


def _answers(number: int, answer: Answer) -> bool:
    return answer.id == number and not isinstance(answer.result, msgspec.UnsetType)


def _check(answer: Answer) -> None:
    if not isinstance(answer.error, msgspec.UnsetType):
        assert answer.error.code != "internal", answer.error.message
        assert len(answer.error.message.splitlines()) == 1, answer.error.message
        assert len(answer.error.message) < 1 << 17


class _Controls:
    """What is offered: changes of a config that nobody has written."""

    def __init__(self) -> None:
        given = read(None, {}, {})
        self._tuning = Tuning(FakeModel(), given, lambda: given, lambda _: None)

    def status(self) -> StatusResult:
        """Say how it is."""
        return StatusResult(
            stream="x", session="s", time=0.0, started=0.0, audio_time=0.0, capture="paused",
            reason="", capture_since=0.0, source="", uptime_s=0.0, model="", overruns=0,
            interval_s=1.0, last_seq={}, subscribers=0, events=[], control=[], pid=1, version="0",
            values=self._tuning.was_set,
        )  # fmt: skip

    def snapshot(self) -> Sequence[Event]:
        """Return nothing."""
        return []

    def pause(self) -> None:
        """Do nothing."""

    def resume(self) -> None:
        """Refuse."""
        raise GenredError("it is not paused")

    def set(self, values: Mapping[str, object]) -> Mapping[str, object]:
        """Change values."""
        return self._tuning.set(values).told

    def reload(self) -> Mapping[str, object]:
        """Read the config again."""
        return self._tuning.reload().told


@dataclass
class _Asked:
    socket: ControlSocket
    peer: "zmq.Socket[bytes]"
    answers: Answers = field(default_factory=lambda: Answers(_Controls()))
    number: int = 1 << 20


@cache
def _asked() -> _Asked:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = ControlSocket([_ENDPOINT], context)
    socket.bind()
    peer = context.socket(zmq.DEALER)
    peer.connect(_ENDPOINT)
    return _Asked(socket, peer)


def requests() -> list[bytes]:
    """Return good requests, and messages of them."""
    params: dict[str, dict[str, object]] = {"set": {"labels.weights.rock": 0.5}}
    made = [
        encode(Request(id=number, method=method, params=params.get(method, {})))  # type: ignore[arg-type]
        for number, method in enumerate(METHODS)
    ]
    return [*made, *(b"\xff" + one for one in made), b"\xff" + b"\xfe\xff".join(made), b"\xff" * 20]


def changes() -> list[bytes]:
    """Return good changes, and some that are none."""
    values = (b"1", b"0.5", b"null", b"true", b'"x"', b"[]", b'{"rock": 0.5}', b'"info"', b"1e400")
    return [bytes([number]) + value for number in range(len(_KEYS)) for value in values]
