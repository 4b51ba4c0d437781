"""Who is subscribed: messages of a manual `XPUB` in, the number of live peers out.

libzmq names no peers and tells nothing of those who die but the topics that they had. It does
count topics (`ZMQ_TOPICS_COUNT`), and only the setting of an option moves that number up or down
(a death leaves it: measured), so the difference that one makes is exact. Each peer is therefore
given one more topic, its mark, which nobody publishes: whether a mark is there tells who is who.
"""

import secrets
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

import zmq

TOPICS_COUNT = 116
UNHEARD = b"\xff"
"""What marks begin with: nobody publishes or may ask for such a topic."""


@dataclass
class _Peer:
    mark: bytes
    topics: set[bytes] = field(default_factory=set)


class Census:
    """The peers of one socket. Those over `inproc://`, which have no connection, count as one."""

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        self._socket = socket
        # Random, so that no peer can ask for another's mark.
        self._prefix = UNHEARD + secrets.token_bytes(8)
        self._serial = count()
        self._peers: dict[str, _Peer] = {}
        # Topics of the dead that are not yet set off against one of `_peers`.
        self._orphaned: Counter[bytes] = Counter()
        try:
            socket.getsockopt(TOPICS_COUNT)
        except zmq.ZMQError:
            self._counts = False
        else:
            self._counts = True

    @property
    def live(self) -> int:
        """Peers that have subscribed and live.

        Where those of several peers fit the topics of the dead, who had most is taken for dead,
        until the next one joins: then it is known.
        """
        orphaned, living = +self._orphaned, 0
        for peer in sorted(self._peers.values(), key=lambda peer: -len(peer.topics)):
            if all(orphaned[topic] > 0 for topic in peer.topics):
                orphaned.subtract(peer.topics)
            else:
                living += 1
        return living

    def join(self, frame: zmq.Frame, topic: bytes) -> bool:
        """Note the subscription that was read last; return False if its peer is gone."""
        peer = self._last_peer(_connection(frame))
        if peer is None:
            self._orphaned[topic] -= 1  # libzmq tells of its end in a message to come
            return False
        peer.topics.add(topic)
        return True

    def is_last(self, frame: zmq.Frame) -> bool:
        """Tell whether libzmq still knows who sent the message that was read last."""
        peer = self._peers.get(_connection(frame))
        return peer is not None and (not self._counts or self._is_on_last(peer.mark))

    def leave(self, frame: zmq.Frame, topic: bytes) -> None:
        """Note the unsubscription that was read last, a peer's own or, after its end, libzmq's."""
        connection = _connection(frame)
        peer = self._peers.get(connection)
        if peer and topic in peer.topics:
            peer.topics.remove(topic)
            if not peer.topics:
                self._socket.setsockopt(zmq.UNSUBSCRIBE, peer.mark)
                del self._peers[connection]
        else:
            self._orphaned[topic] += 1

    def _last_peer(self, connection: str) -> _Peer | None:
        known = self._peers.get(connection)
        if known and (not self._counts or self._is_on_last(known.mark)):
            return known
        fresh = _Peer(self._prefix + str(next(self._serial)).encode())
        if self._counts and not self._is_news(fresh.mark):
            return None
        if known:  # another has its connection now
            self._bury(connection)
        if self._counts and any((+self._orphaned).values()):
            self._bury_dead()
        self._peers[connection] = fresh
        return fresh

    def _bury_dead(self) -> None:
        for connection, peer in list(self._peers.items()):
            dead = self._is_news(peer.mark)
            self._socket.setsockopt(zmq.UNSUBSCRIBE, peer.mark)
            if dead:
                self._bury(connection)

    def _bury(self, connection: str) -> None:
        self._orphaned.subtract(self._peers.pop(connection).topics)

    def _is_news(self, mark: bytes) -> bool:
        """Give the last peer a mark; tell whether nobody had it and there is a last peer."""
        before = self._socket.getsockopt(TOPICS_COUNT)
        self._socket.setsockopt(zmq.SUBSCRIBE, mark)
        return self._socket.getsockopt(TOPICS_COUNT) != before

    def _is_on_last(self, mark: bytes) -> bool:
        before = self._socket.getsockopt(TOPICS_COUNT)
        self._socket.setsockopt(zmq.UNSUBSCRIBE, mark)
        if self._socket.getsockopt(TOPICS_COUNT) == before:
            return False
        self._socket.setsockopt(zmq.SUBSCRIBE, mark)
        return True


def _connection(frame: zmq.Frame) -> str:
    try:
        return str(frame.get("__fd"))
    except zmq.ZMQError:  # inproc, or libzmq's own word for one who died
        return ""
