"""Who joined several streams at once goes in; what is sent again to all comes out, in portions.

A joiner gets one event alone; the others that it asked for go to all who want them, marked
`retained`, in rounds that begin at most once a second. Pure: no socket, no clock.
"""

from collections import deque
from collections.abc import Callable, Iterator

from genred.wire.claims import Kept
from genred.wire.streams import Repeat

ROUND_S = 1.0
PORTION = 100
"""events at once, and"""
PORTION_S = 0.01
"""seconds to the next ones: no reader that keeps up has its queue of 1000 filled by a round"""
_MOST_PREFIXES = 100

Matching = Callable[[bytes], Iterator[tuple[bytes, Kept]]]
"""from a prefix to the topics that it matches, one a stream, with what holds"""
Holding = Callable[[bytes], Kept | None]
"""from a topic to what holds of it, if anything"""


class Rounds:
    """What is owed, and when it is due; times are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._owed: dict[bytes, bytes] = {}
        """prefix, and the topic that all who asked for it were given; empty if not the same"""
        self._owed_serial = 0
        self._serial = 0
        self._topics: deque[bytes] = deque()
        self._next_s = float("-inf")
        """when the next portion, or round, may go"""
        self._next_round_s = float("-inf")

    @property
    def due_s(self) -> float | None:
        """When there is something to send; None while nothing is owed."""
        return self._next_s if self._topics else self._next_round_s if self._owed else None

    def owe(self, prefix: bytes, given: bytes, serial: int) -> None:
        """Note one who asked for a prefix and got a topic; events after `serial` come by it."""
        if len(self._owed) >= _MOST_PREFIXES and prefix not in self._owed:
            prefix, given = b"", b""
        before = self._owed.get(prefix, given)
        self._owed[prefix] = given if before == given else b""
        self._owed_serial = serial

    def take(self, now: float, matching: Matching, holding: Holding) -> list[Repeat]:
        """Return what is to be sent now, up to 100 events."""
        if not self._topics and self._owed and now >= self._next_round_s:
            self._begin(now, matching)
        if not self._topics or now < self._next_s:
            return []
        self._next_s = now + PORTION_S
        portion: list[Repeat] = []
        while self._topics and len(portion) < PORTION:
            name = self._topics.popleft()
            kept = holding(name)
            # What was passed since they joined, they have got.
            if kept is not None and kept.serial <= self._serial:
                portion.append(Repeat(name, kept.repeated()))
        return portion

    def _begin(self, now: float, matching: Matching) -> None:
        topics: dict[bytes, None] = {}
        for prefix, given in self._owed.items():
            topics |= {name: None for name, _ in matching(prefix) if name != given}
        self._topics = deque(topics)
        self._serial = self._owed_serial
        self._owed = {}
        self._next_round_s = now + ROUND_S
        self._next_s = now
