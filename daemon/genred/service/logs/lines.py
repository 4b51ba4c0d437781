"""Events and notices as lines of a log: a few fixed words, then fields that a program can read.

All text that comes from outside (names of devices, reasons) stands in fields, quoted where it has
to be, so that no name of a device can end a line or forge a field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from msgspec import UNSET

from genred.events import Capture, CaptureState, Event, Genre

PRIORITY = {"error": 3, "warning": 4, "info": 6, "debug": 7}
"""levels, and the numbers that syslog and journald know them by"""
_TROUBLE = ("silent_dead", "lost")
_LONGEST = 300
_LONGEST_WORDS = 1000  # notices that are whole sentences
_BARE = frozenset("._:/@+-")


@dataclass(frozen=True)
class Entry:
    """One line to be: `words` say what is alike, `fields` what is not."""

    level: str
    words: str
    fields: Mapping[str, object] = field(default_factory=dict)


def entry_of(event: Event, before: CaptureState | None) -> Entry | None:
    """Say an event; None for predictions and heartbeats. `before`: the last capture's state."""
    match event:
        case Genre():
            return Entry(
                "info",
                f"genre is {event.genre}",
                {
                    "stream": event.stream,
                    "genre": event.genre,
                    "previous": event.previous,
                    "confidence": event.confidence,
                    "onset": event.onset,
                    "audio_time": event.audio_time,
                },
            )
        case Capture():
            # The same state once more tells of something that is amiss in it, or is so no longer.
            amiss = event.state in _TROUBLE or event.state == before or event.lost_s > 0
            return Entry(
                "warning" if amiss else "info",
                f"capture is {event.state}",
                {
                    "stream": event.stream,
                    "reason": event.reason,
                    "source": event.source,
                    "sample_rate": event.sample_rate,
                    "channels": event.channels,
                    "lost_s": event.lost_s or None,
                    "overruns": event.overruns or None,
                    "audio_time": event.audio_time,
                },
            )
    return None


def text(entry: Entry) -> str:
    """Return the line: words, then `key=value` for each field that has a value."""
    held = {key: value for key, value in entry.fields.items() if value not in (None, UNSET)}
    return " ".join(
        [_shown(entry.words, _LONGEST_WORDS), *(f"{key}={_value(held[key])}" for key in held)]
    )


def journal_line(entry: Entry) -> str:
    """Return a line for the standard error of a systemd unit: its priority stands before it."""
    return f"<{PRIORITY[entry.level]}>{plain_line(entry)}"


def plain_line(entry: Entry) -> str:
    """Return a line for a terminal."""
    return f"genred: {text(entry)}"


def file_line(entry: Entry, utc_s: float) -> str:
    """Return a line for a file: when (UTC), how grave, what."""
    at = datetime.fromtimestamp(utc_s, UTC).isoformat(timespec="milliseconds")
    return f"{at.replace('+00:00', 'Z')} {entry.level:<7} {text(entry)}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{round(value, 3):g}" if abs(value) < 1000 else f"{value:.3f}"  # noqa: PLR2004
    found = str(value)
    if found and all(c in _BARE or (c.isalnum() and c.isascii()) for c in found[: _LONGEST + 1]):
        return found[:_LONGEST]
    quoted = _shown(found.replace("\\", r"\\").replace('"', r"\""))
    return f'"{quoted}"'


def _shown(found: str, longest: int = _LONGEST) -> str:
    """Escape what would end a line, move a terminal's cursor or is no text; cut what is long."""
    more = "..." if len(found) > longest else ""
    escaped = (c if c.isprintable() else f"\\u{ord(c):04x}" for c in found[:longest])
    return "".join(escaped) + more
