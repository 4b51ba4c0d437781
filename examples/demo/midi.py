"""A minimal writer of Standard MIDI Files (format 0), with the standard library only."""

from collections.abc import Iterable
from typing import NamedTuple

TICKS_PER_BEAT = 480


class Event(NamedTuple):
    """A MIDI message at a tick.

    Events sort by tick, then rank (set-up, note off, note on), then their bytes.
    """

    tick: int
    rank: int
    data: bytes


def control(channel: int, number: int, value: int, tick: int = 0) -> Event:
    """Return a control change, such as 7 for volume and 10 for pan."""
    return Event(tick, 0, bytes((0xB0 | channel, number, value)))


def program(channel: int, number: int) -> Event:
    """Return the choice of a channel's instrument at the start."""
    return Event(0, 0, bytes((0xC0 | channel, number)))


def note(channel: int, pitch: int, velocity: int, start: int, end: int) -> tuple[Event, Event]:
    """Return the two events of a note that sounds from tick start to tick end."""
    return (
        Event(start, 2, bytes((0x90 | channel, pitch, velocity))),
        Event(max(end, start + 1), 1, bytes((0x80 | channel, pitch, 0))),
    )


def variable_length(value: int) -> bytes:
    """Return a number in MIDI's seven bits per byte, highest first."""
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(0x80 | value & 0x7F)
    return bytes(reversed(out))


def midi_file(tempo: float, events: Iterable[Event]) -> bytes:
    """Return the whole file: a header and one track at tempo (beats per minute)."""
    track = b"\x00\xff\x51\x03" + round(60e6 / tempo).to_bytes(3, "big")
    now = 0
    for event in sorted(events):
        track += variable_length(event.tick - now) + event.data
        now = event.tick
    track += b"\x00\xff\x2f\x00"
    header = b"MThd" + b"".join(
        value.to_bytes(size, "big") for value, size in ((6, 4), (0, 2), (1, 2), (TICKS_PER_BEAT, 2))
    )
    return header + b"MTrk" + len(track).to_bytes(4, "big") + track
