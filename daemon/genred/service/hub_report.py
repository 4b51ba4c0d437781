"""How a hub is, in words and as JSON; and its notices, no more of them than a person reads."""

import dataclasses
from typing import Any

import msgspec

from genred.wire.hub import Counts, Notice

LOOK_S = 1.0
"""what has changed is told no more often"""
EVERY_S = 10.0
"""what has not, is told so often, as JSON"""
LINES, LINES_S = 20, 60.0
"""lines of notices in so many seconds; the others are counted"""


def status_text(counts: Counts) -> str:
    """Say how a hub is, in one line."""
    aside = [f"{counts.gone} gone"] * bool(counts.gone)
    aside += [f"{len(counts.clashes)} with a clash"] * bool(counts.clashes)
    beside = f" ({', '.join(aside)})" if aside else ""
    return (
        f"{_many(counts.streams, 'stream')}{beside} of {_many(counts.upstreams, 'upstream')}, "
        f"{_many(counts.subscribers, 'subscriber')}"
    )


def status_json(counts: Counts, utc_s: float, uptime_s: float, events_per_s: float) -> str:
    """Return one line: `Counts` and when, since when (s), how many events come a second."""
    said: dict[str, Any] = {"type": "hub", "v": 1, "time": utc_s, "uptime_s": uptime_s}
    said |= {"events_per_s": round(events_per_s, 3)} | dataclasses.asdict(counts)
    return msgspec.json.encode(said).decode()


class Notices:
    """Lets notices through, up to 20 a minute; then tells how many there were more."""

    def __init__(self) -> None:
        self._begun_s = float("-inf")
        self._told = 0
        self._more = 0

    def lines(self, notices: list[Notice], now_s: float) -> list[str]:
        """Return what to print at a time in seconds."""
        lines: list[str] = []
        if now_s - self._begun_s >= LINES_S:
            if self._more:
                lines.append(f"{self._more} more like it")
            self._begun_s, self._told, self._more = now_s, 0, 0
        for notice in notices:
            if self._told < LINES:
                self._told += 1
                lines.append(str(notice))
            else:
                self._more += 1
        return lines


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
