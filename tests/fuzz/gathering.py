"""A hub's ear as a target: what any upstream sends, of any name, session and number."""

from dataclasses import dataclass
from functools import cache

import msgspec
import zmq

from fuzz.samples import events
from genred.events import Event, Genre, decode, encode, topic, type_of
from genred.wire.streams import Streams
from genred.wire.upstream import Upstream

_ENDPOINT = "inproc://gathered"
_MOST = 100
_STREAMS = ("a", "b", "c", "a.b", "", "x" * 65, "ä")
_SESSIONS = ("s", "t", "", "x" * 65)
_NUMBERS = (0, 1, 2, 3, 1000, 2**63 - 1, 2**63, -1)


def gather(given: bytes) -> None:
    """Five bytes an event: which, of whom, in which session, number, and how much later.

    An odd last byte has the others sent as they are. Then a good one passes.
    """
    gathered = _gathered()
    for at in range(0, len(given) - 4, 5):
        one = given[at : at + 5]
        gathered.now_s += one[4] / 8
        rubbish = [b"genre/a/", *one[:3].split(b"\0")]
        gathered.publisher.send_multipart(rubbish if one[4] % 2 else _made(one))
        _take(gathered)
    gathered.number += 1
    good = _event(Genre(**_GOOD, session=f"good {gathered.number}"))  # type: ignore[arg-type]
    gathered.now_s += 3600.0  # whoever had the name is forgotten
    _tick(gathered)
    gathered.publisher.send_multipart(good)
    assert _take(gathered) == 1, "a good event does not pass"
    assert len(gathered.streams) <= len(_STREAMS) + 1


_GOOD = {"stream": "good", "seq": 0, "time": 0.0, "audio_time": 0.0, "genre": "a", "onset": 0.0}


def _made(one: bytes) -> list[bytes]:
    event = decode(events()[one[0] % len(events())])
    changed = msgspec.structs.replace(
        event,
        stream=_STREAMS[one[1] % len(_STREAMS)],
        session=_SESSIONS[one[2] % len(_SESSIONS)],
        seq=_NUMBERS[one[3] % len(_NUMBERS)],
        retained=one[3] >= 128,
    )
    return _event(changed)


def _event(event: Event) -> list[bytes]:
    return [topic(type_of(event), event.stream), encode(event)]


@dataclass
class _Gathered:
    context: "zmq.Context[zmq.Socket[bytes]]"
    publisher: "zmq.Socket[bytes]"
    upstream: Upstream
    streams: Streams
    now_s: float = 0.0
    number: int = 0


def _take(gathered: _Gathered) -> int:
    """Take what has come; return how much of it is passed on."""
    passed = 0
    for event, _, payload in gathered.upstream.take(_MOST):
        new, out = gathered.streams.take(_ENDPOINT, event, payload, gathered.now_s)
        assert all(len(str(each).splitlines()) == 1 for each in out)
        passed += new
    return passed


def _tick(gathered: _Gathered) -> None:
    for _ in range(2):
        for each in gathered.streams.tick(gathered.now_s):
            assert len(str(each).splitlines()) == 1


@cache
def _gathered() -> _Gathered:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    publisher = context.socket(zmq.XPUB)
    publisher.bind(_ENDPOINT)
    upstream = Upstream(_ENDPOINT, context)
    upstream.connect()
    for _ in range(4):  # its subscriptions
        publisher.recv()
    return _Gathered(context, publisher, upstream, Streams())


def gatherings() -> list[bytes]:
    """Return events of every kind, in order and out of it."""
    return [
        bytes([0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 3, 0, 0, 0, 8]),
        *(bytes([kind, stream, session, number, 8]) for kind in range(4) for stream in range(7)
          for session in range(2) for number in (0, 3)),
    ]  # fmt: skip
