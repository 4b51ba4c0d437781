"""How a piece is written down: notes, parts, and small helpers to write them by hand."""

import math
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .midi import TICKS_PER_BEAT, Event, control, midi_file, note, program

DRUM_CHANNEL = 9
NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTALS = {"": 0, "#": 1, "b": -1}
DRUM_VELOCITIES = {"o": 0.5, "x": 0.8, "X": 1.0}


class Note(NamedTuple):
    """One note; start and length are in beats, velocity is 1 to 127."""

    start: float
    length: float
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Part:
    """What one instrument plays, and how it sits in the mix (0 to 127; pan 64 is the middle)."""

    program: int
    notes: Sequence[Note]
    volume: int = 100
    pan: int = 64
    reverb: int = 40
    drums: bool = False
    loose: float = 0.010  # standard deviation of a note's start, in beats
    swell: Sequence[tuple[float, int]] = ()  # (beat, expression)


@dataclass(frozen=True)
class Piece:
    """A piece of music with one tempo, in beats per minute."""

    genre: str
    tempo: float
    parts: Sequence[Part]

    def midi(self) -> bytes:
        """Return the piece as a MIDI file: the same bytes every time."""
        rng = random.Random(self.genre)
        channels = (c for c in range(16) if c != DRUM_CHANNEL)
        events: list[Event] = []
        for part in self.parts:
            channel = DRUM_CHANNEL if part.drums else next(channels)
            events.append(program(channel, part.program))
            settings = ((7, part.volume), (10, part.pan), (91, part.reverb), (93, 0))
            events += [control(channel, number, value) for number, value in settings]
            events += [control(channel, 11, v, ticks(beat)) for beat, v in part.swell]
            following: dict[int, float] = {}
            for n in sorted(humanise(part.notes, part.loose, rng), reverse=True):
                # A note that still sounds ends where its key is struck again.
                end = min(n.start + n.length, following.get(n.pitch, math.inf))
                following[n.pitch] = n.start
                events += note(channel, n.pitch, n.velocity, ticks(n.start), ticks(end))
        return midi_file(self.tempo, events)


def humanise(notes: Iterable[Note], loose: float, rng: random.Random) -> list[Note]:
    """Return the notes as people play them, each a little early or late, softer or louder."""
    return [
        n._replace(
            start=max(0.0, n.start + rng.gauss(0.0, loose)),
            velocity=min(max(round(n.velocity + rng.gauss(0.0, 4.0)), 1), 127),
        )
        for n in notes
    ]


def ticks(beats: float) -> int:
    """Return a time in beats as MIDI ticks."""
    return round(beats * TICKS_PER_BEAT)


def pitch(name: str) -> int:
    """Return the MIDI number of a note name: C4 is 60."""
    found = re.fullmatch(r"([A-G])([#b]?)(\d)", name)
    if found is None:
        raise ValueError(f"not the name of a note: {name!r}")
    letter, accidental, octave = found.groups()
    return 12 * (int(octave) + 1) + NATURALS[letter] + ACCIDENTALS[accidental]


def line(text: str, velocity: int = 90, start: float = 0.0, gate: float = 0.95) -> list[Note]:
    """Return the notes of "D5/1 r/.5 A3+C4/.5": name or chord, a slash, length in beats.

    "r" is a rest, "|" only helps the eye, and gate is how much of its length a note sounds.
    """
    notes: list[Note] = []
    for word in text.replace("|", " ").split():
        names, length = word.split("/")
        if names != "r":
            sounding = float(length) * gate
            notes += [Note(start, sounding, pitch(n), velocity) for n in names.split("+")]
        start += float(length)
    return notes


def grid(
    key: int, steps: str, bars: int = 1, velocity: int = 100, start: float = 0.0
) -> list[Note]:
    """Return a drum pattern of 4 beats, repeated: "X" accent, "x" hit, "o" ghost, "." rest."""
    steps = steps.replace(" ", "")
    step = 4 / len(steps)
    return [
        Note(start + 4 * bar + step * i, step, key, round(velocity * DRUM_VELOCITIES[mark]))
        for bar in range(bars)
        for i, mark in enumerate(steps)
        if mark != "."
    ]


def shift(notes: Iterable[Note], beats: float = 0.0, semitones: int = 0) -> list[Note]:
    """Return the notes moved in time and pitch."""
    return [Note(n.start + beats, n.length, n.pitch + semitones, n.velocity) for n in notes]


def swing(notes: Iterable[Note], amount: float) -> list[Note]:
    """Return the notes with each off-beat (half a beat) late by amount beats."""
    return [n._replace(start=n.start + amount * (n.start % 1 == 0.5)) for n in notes]


def strum(notes: Iterable[Note], spread: float = 0.03) -> list[Note]:
    """Return chords with each string a little later than the one below."""
    late: dict[float, int] = {}
    out = []
    for n in sorted(notes):
        count = late[n.start] = late.get(n.start, -1) + 1
        out.append(n._replace(start=n.start + spread * count))
    return out


def echo(notes: Iterable[Note], delay: float, repeats: int = 3, decay: float = 0.6) -> list[Note]:
    """Return the notes with fading repeats, as from a tape delay."""
    return [
        n._replace(start=n.start + i * delay, velocity=max(1, round(n.velocity * decay**i)))
        for n in notes
        for i in range(repeats + 1)
    ]


def tremolo(notes: Iterable[Note], step: float = 0.25) -> list[Note]:
    """Return each note picked again and again, every step beats."""
    return [
        n._replace(start=n.start + i * step, length=step * 0.95)
        for n in notes
        for i in range(max(1, round(n.length / step)))
    ]
