"""What a reader missed of the present state: asked of control sockets, without waiting for them.

A snapshot may overtake events that are still on their way. So what it holds is handed out only
once the events themselves have told that nothing up to it can still come: till then it is kept.
Predictions are left out: one is of a moment, and the next comes in half a second.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec
import zmq

from genred.errors import GenredError
from genred.events import Event, type_of
from genred.requests import Request, SnapshotResult, decode_answer, encode
from genred.wire.request import control_client
from genred.wire.security import ClientKeys

KINDS = frozenset({"genre", "capture", "status"})
"""types whose last event holds until the next"""
REST_S = 1.0
"""nobody is asked more often"""
LATE_S = 5.0
"""what is not answered by then is asked again"""
MOST_KEPT = 1000
_QUEUE = 4

Key = tuple[str, str, str]
"""stream, session, type"""


class Repair:
    """The control sockets of what a reader subscribes to."""

    def __init__(
        self,
        endpoints: Iterable[str],
        context: "zmq.Context[zmq.Socket[bytes]]",
        keys: ClientKeys | None = None,
    ) -> None:
        self._lines: list[_Line] = []
        self._kept: dict[Key, Event] = {}
        try:
            for endpoint in endpoints:
                self._lines.append(_Line(endpoint, context, keys))
        except GenredError:
            self.close()
            raise

    @property
    def sockets(self) -> "list[zmq.Socket[bytes]]":
        """For a poller: readable when an answer has come."""
        return [line.socket for line in self._lines]

    def want(self) -> None:
        """Have all of them asked, soon."""
        for line in self._lines:
            line.wanted = True

    def step(self, now: float) -> None:
        """Ask whom there is to ask, and keep what was answered; never waits.

        Raises GenredError, afterwards, for an answer that is none.
        """
        faults = []
        for line in self._lines:
            line.ask(now)
            try:
                self._keep(line.answered())
            except GenredError as error:
                faults.append(error)
        if faults:
            raise faults[0]

    def take(self, told: Callable[[Event], bool]) -> list[Event]:
        """Return what is kept and of which the events have told, in order, as retained."""
        due = [(key, event) for key, event in self._kept.items() if told(event)]
        for key, _ in due:
            del self._kept[key]
        return [msgspec.structs.replace(event, retained=True) for _, event in due]

    def forget(self, stream: str, session: str) -> None:
        """Drop what is kept of a stream's other sessions."""
        for key in [k for k in self._kept if k[0] == stream and k[1] != session]:
            del self._kept[key]

    def close(self) -> None:
        """Close all sockets."""
        for line in self._lines:
            line.socket.close()

    def _keep(self, events: Iterable[Event]) -> None:
        for event in events:
            kind = type_of(event)
            if kind in KINDS:
                key = event.stream, event.session, kind
                self._kept.pop(key, None)
                self._kept[key] = event
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]


class _Line:
    """One control socket, asked one thing at a time."""

    def __init__(
        self,
        endpoint: str,
        context: "zmq.Context[zmq.Socket[bytes]]",
        keys: ClientKeys | None = None,
    ) -> None:
        self.wanted = False
        self.socket = control_client(endpoint, context, keys, _LINE_OPTIONS)
        self._number = 0
        self._waiting = False
        self._asked = float("-inf")

    def ask(self, now: float) -> None:
        """Ask, if that is wanted and somebody is there."""
        if self._waiting and now - self._asked >= LATE_S:
            self._waiting, self.wanted = False, True
        if not self.wanted or self._waiting or now - self._asked < REST_S:
            return
        request = Request(id=self._number + 1, method="snapshot")
        try:
            self.socket.send_multipart([b"", encode(request)], zmq.DONTWAIT)
        except zmq.Again:  # nobody is there, or does not read
            return
        self._number += 1
        self._asked, self._waiting, self.wanted = now, True, False

    def answered(self) -> Iterator[Event]:
        """Yield the events of an answer, if it has come; raises GenredError for what is none."""
        for _ in range(_QUEUE):
            if not int(self.socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN:
                return
            answer = decode_answer(self.socket.recv_multipart(zmq.DONTWAIT)[-1])
            if answer.id == self._number and self._waiting:
                self._waiting = False
                yield from _events(answer.result)


def _events(result: object) -> list[Event]:
    try:
        return msgspec.convert(result, SnapshotResult).events
    except msgspec.ValidationError as error:
        raise GenredError(f"what answers on the control socket is no snapshot ({error})") from error


_LINE_OPTIONS: dict[int, int] = {
    # Only who is there is asked: a question that waited would be answered when it is old.
    zmq.IMMEDIATE: 1,
    zmq.SNDHWM: _QUEUE,
    zmq.RCVHWM: _QUEUE,
}
