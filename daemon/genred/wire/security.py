"""Who may connect from other machines: keys in, CURVE sockets and a guard at their door out.

CURVE (ZeroMQ RFC 26) encrypts, and proves to each side who the other is; whether a client whose
key is proven may come in is asked of the guard by ZAP (RFC 27), once, at its handshake. Keys are
Z85 text of 40 letters, as libzmq takes them. Without a guard that answers, nobody comes in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import zmq
from zmq.utils import z85

from genred.errors import UsageError

DOMAIN = b"genred"
"""what libzmq calls our sockets when it asks the guard"""
ZAP_ENDPOINT = "inproc://zeromq.zap.01"
"""where libzmq asks, fixed by RFC 27; one a context"""
HANDSHAKE_MS = 10_000
"""a peer that has not proven its key by then is disconnected"""
_ASKED_A_CALL = 100
_ADDRESS_FRAMES = 2  # of a ROUTER: whose question it is, and an empty one


@dataclass(frozen=True)
class ServerKeys:
    """What a daemon knows: its own pair, and the public keys of the clients that may connect."""

    public: bytes
    secret: bytes = field(repr=False)
    allowed: frozenset[bytes] = frozenset()


@dataclass(frozen=True)
class ClientKeys:
    """What a client knows: its own pair, and the public key of the daemon it means."""

    public: bytes
    secret: bytes = field(repr=False)
    server: bytes


def protect_client(socket: "zmq.Socket[bytes]", keys: ClientKeys) -> None:
    """Have all later `connect`s of a socket use the keys."""
    socket.curve_publickey = keys.public
    socket.curve_secretkey = keys.secret
    socket.curve_serverkey = keys.server


class Guard:
    """Answers libzmq's questions of who may come in; in the loop that polls `socket`.

    zmq.auth would do it, but only in a thread or an asyncio loop of its own (measured with pyzmq
    27.3). One guard a context; raises zmq.ZMQError if the context has one.
    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", keys: ServerKeys) -> None:
        self.context = context
        self.revocations = 0
        """how often `replace` took a key away: then what is connected has to be asked again"""
        self._keys = keys
        # Not REP, which would wait for the answer to a question that was none.
        self._socket = context.socket(zmq.ROUTER)
        self._socket.linger = 0
        self._socket.sndhwm = self._socket.rcvhwm = 0
        try:
            self._socket.bind(ZAP_ENDPOINT)
        except zmq.ZMQError:
            self._socket.close()
            raise

    @property
    def socket(self) -> "zmq.Socket[bytes]":
        """For a poller: readable when there is something to `serve`."""
        return self._socket

    @property
    def keys(self) -> ServerKeys:
        """What it goes by now."""
        return self._keys

    def serve(self) -> None:
        """Answer who asks, up to 100; never blocks."""
        for _ in range(_ASKED_A_CALL):
            try:
                frames = self._socket.recv_multipart(zmq.DONTWAIT)
            except zmq.Again:
                return
            address, question = frames[:_ADDRESS_FRAMES], frames[_ADDRESS_FRAMES:]
            if said := answer(question, self._keys.allowed):
                self._socket.send_multipart([*address, *said], zmq.DONTWAIT)

    def protect(self, socket: "zmq.Socket[bytes]") -> None:
        """Have all later `bind`s of a socket let in only who has an allowed key."""
        socket.curve_secretkey = self._keys.secret
        socket.curve_server = 1
        socket.setsockopt(zmq.ZAP_DOMAIN, DOMAIN)
        # Without it, libzmq lets everybody in where nobody answers.
        socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
        socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)

    def admits(self, frame: zmq.Frame) -> bool:
        """Tell whether who sent a message may still do so; who came by loopback always may."""
        try:
            return str(frame.get("User-Id")).encode() in self._keys.allowed
        except zmq.ZMQError:  # nobody was asked about its sender
            return True

    def replace(self, keys: ServerKeys) -> bool:
        """Go by another list from now on; return whether somebody lost access by it.

        Then each socket ends its connections at its next `serve` or `publish`, and who may still
        come connects again. Raises UsageError for another pair of the daemon's own.
        """
        if (keys.public, keys.secret) != (self._keys.public, self._keys.secret):
            raise UsageError("the daemon's own key was changed: that takes a restart")
        lost = bool(self._keys.allowed - keys.allowed)
        self._keys = keys
        self.revocations += lost
        return lost

    def close(self) -> None:
        """Close; from now on nobody comes in."""
        if not self._socket.closed:
            self._socket.unbind(ZAP_ENDPOINT)  # at once; libzmq itself takes its time
            self._socket.close()


def answer(question: Sequence[bytes], allowed: frozenset[bytes]) -> list[bytes]:
    """Answer one question of ZAP 1.0; with nothing, if it is none.

    Question: version, request, domain, address, identity, mechanism, credentials (for CURVE the
    key, 32 bytes). Answer: version, request, status, text, user, metadata; the user is the key.
    """
    match list(question):
        case [b"1.0", request, domain, _, _, b"CURVE", key]:
            user = _z85(key)
            if domain == DOMAIN and user in allowed:
                return [b"1.0", request, b"200", b"OK", user, b""]
            return [b"1.0", request, b"400", b"key not allowed", b"", b""]
        case [b"1.0", request, _, _, _, _, *_]:
            return [b"1.0", request, b"400", b"no key", b"", b""]
        case [_, request, *_]:
            return [b"1.0", request, b"500", b"not ZAP 1.0", b"", b""]
        case _:
            return []


def _z85(key: bytes) -> bytes:
    """Return a key as text; nothing for what is none."""
    return z85.encode(key) if len(key) == 32 else b""  # noqa: PLR2004 - bytes of a key
