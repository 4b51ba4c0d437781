"""How the handshakes of one connecting socket went; out comes what a person ought to be told.

libzmq tries again by itself where a connection just ended. Where it was refused, for a key or for
want of one, it never does (measured): so this connects anew, after 1 s, 2 s ... 30 s.
"""

import contextlib
import socket as names
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import zmq
from zmq.utils.monitor import parse_monitor_message

from genred.wire.watch import Refused

FIRST_S, LONGEST_S = 1.0, 30.0
"""from a refusal to the next try"""
ENDED_IN_A_ROW = 5
"""ends without a reason that are no mere restart of the other side"""
_EVENTS = (
    zmq.Event.HANDSHAKE_SUCCEEDED
    | zmq.Event.HANDSHAKE_FAILED_AUTH
    | zmq.Event.HANDSHAKE_FAILED_PROTOCOL
    | zmq.Event.HANDSHAKE_FAILED_NO_DETAIL
)
_SERIAL = count()

# By what libzmq tells, and whether the socket has keys.
_REFUSED = "the key is refused; there, genred keys allow NAME FILE and genred reload let it in"
_NO_KEYS = "no keys are in use there; leave --key out"
_KEY_WANTED = "a key is wanted there; give --key FILE"
_ENDED = {
    True: "it ends the connection; is the key for this daemon, and is it genred?",
    False: "it ends the connection; does it want a key (--key FILE), and is it genred?",
}
_NO_GENRED = "what answers there is no genred"


@dataclass
class _Peer:
    """One endpoint."""

    wait_s: float = FIRST_S
    due_s: float | None = None
    """when to connect anew; None where libzmq does so"""
    ended: int = 0
    """connections without a handshake, in a row"""
    told: str = ""


class Handshakes:
    """Watches one socket that connects; made before it does, and closed before it is."""

    def __init__(
        self, socket: "zmq.Socket[bytes]", endpoints: Sequence[str], *, keyed: bool
    ) -> None:
        self._socket = socket
        self._endpoints = tuple(endpoints)
        self._keyed = keyed
        self._peers: dict[str, _Peer] = {}
        place = f"inproc://genred.handshakes.{next(_SERIAL)}"
        socket.monitor(place, int(_EVENTS))
        self._monitor = socket.context.socket(zmq.PAIR)
        # libzmq's thread would wait for room, and all sockets with it.
        self._monitor.rcvhwm = 0
        self._monitor.linger = 0
        self._monitor.connect(place)

    def look(self, now: float) -> list[Refused]:
        """Take what came to pass, connect anew what is due; return what is to tell, each once."""
        told: list[Refused] = []
        while not self._socket.closed:
            try:
                said = parse_monitor_message(self._monitor.recv_multipart(zmq.DONTWAIT))
            except zmq.Again:
                break
            endpoint = _given(said["endpoint"].decode(), self._endpoints)
            told += self._note(endpoint, zmq.Event(said["event"]), int(said["value"]), now)
        self._connect_due(now)
        return told

    def close(self) -> None:
        """Watch no more."""
        if not self._monitor.closed:
            self._socket.disable_monitor()
            self._monitor.close()

    def _note(self, endpoint: str, event: zmq.Event, value: int, now: float) -> list[Refused]:
        if event == zmq.Event.HANDSHAKE_SUCCEEDED:
            self._peers.pop(endpoint, None)
            return []
        peer = self._peers.setdefault(endpoint, _Peer())
        if event == zmq.Event.HANDSHAKE_FAILED_NO_DETAIL:
            peer.ended += 1
            if peer.ended < ENDED_IN_A_ROW or peer.told:
                return []
            reason = _ENDED[self._keyed]
        else:
            peer.due_s = now + peer.wait_s
            peer.wait_s = min(2 * peer.wait_s, LONGEST_S)
            reason = self._reason(event, value)
        if reason == peer.told:
            return []
        peer.told = reason
        return [Refused(endpoint, reason)]

    def _reason(self, event: zmq.Event, value: int) -> str:
        if event == zmq.Event.HANDSHAKE_FAILED_AUTH:
            return _REFUSED
        if value == zmq.Event.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH:
            return _NO_KEYS if self._keyed else _KEY_WANTED
        return _NO_GENRED

    def _connect_due(self, now: float) -> None:
        for endpoint, peer in self._peers.items():
            if peer.due_s is not None and now >= peer.due_s:
                peer.due_s = None
                with contextlib.suppress(zmq.ZMQError):  # another address by now
                    self._socket.disconnect(endpoint)
                self._socket.connect(endpoint)


def _given(told: str, endpoints: Sequence[str]) -> str:
    """Return which of the endpoints libzmq tells of: it has put an address for a host's name."""
    address, _, port = told.removeprefix("tcp://").rpartition(":")
    others = [each for each in endpoints if each.rpartition(":")[2] == port]
    if told in endpoints or len(others) == 1:
        return told if told in endpoints else others[0]
    return next((each for each in others if address.strip("[]") in _addresses(each)), told)


def _addresses(endpoint: str) -> set[str]:
    host = endpoint.removeprefix("tcp://").rpartition(":")[0].strip("[]")
    try:
        return {str(found[4][0]) for found in names.getaddrinfo(host, None)}
    except OSError:
        return set()
