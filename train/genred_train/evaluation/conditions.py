"""What may stand between music and the daemon, each condition as steps on samples.

The same condition is heard by every track; where within a noise a track begins is drawn for it.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from genred_train.augment.boxes import drawn_box
from genred_train.evaluation import steps
from genred_train.evaluation.condition import Condition

T = TypeVar("T")

GAINS_DB = (-40.0, -20.0, 10.0, 20.0)
SNRS_DB = (30.0, 20.0, 10.0)
_BANDS_HZ = ((100.0, 8000.0), (200.0, 6000.0), (300.0, 4000.0))
_CODECS_KBPS = (64, 48, 32, 24)
_AGCS = ((3.0, 0.02, 0.3), (10.0, 0.01, 1.0))
"""ratio, and the time constants of turning down and up, seconds"""
_BOXES = 8


@dataclass(frozen=True)
class Recorded:
    """What conditions are made of: recordings, and how many of them."""

    rooms: Sequence[Path] = ()
    """impulse responses"""
    microphones: Sequence[Path] = ()
    """impulse responses"""
    noises: Sequence[Path] = ()
    """the folder that one is in names its class"""
    most: int | None = None
    """of rooms, microphones and classes of noise, at even distances; None for all"""


def gains(_: Recorded, __: np.random.Generator) -> list[Condition]:
    """Quieter and louder; nothing clips."""
    return [
        Condition("gain", f"{gain_db:+.0f} dB", (steps.louder(gain_db),)) for gain_db in GAINS_DB
    ]


def bands(_: Recorded, __: np.random.Generator) -> list[Condition]:
    """Loudspeakers and microphones that are small."""
    return [Condition("band", f"{low:.0f} to {high:.0f} Hz", (steps.limited(low, high),))
            for low, high in _BANDS_HZ]  # fmt: skip


def codecs(_: Recorded, __: np.random.Generator) -> list[Condition]:
    """MP3 with ever fewer bits."""
    return [
        Condition("codec", f"MP3, {kbps} kbit/s", (steps.coded(kbps),)) for kbps in _CODECS_KBPS
    ]


def agcs(_: Recorded, __: np.random.Generator) -> list[Condition]:
    """Automatic gains."""
    return [Condition("agc", f"{some[0]:.0f} to 1, up in {some[2]:g} s", (steps.evened(*some),))
            for some in _AGCS]  # fmt: skip


def noises(recorded: Recorded, _: np.random.Generator) -> list[Condition]:
    """Each class of noise, at each ratio; which recording of it a track gets is drawn."""
    classes = _classes(recorded)
    return [
        Condition(
            "noise", f"{name}, {snr_db:.0f} dB", (steps.among_noise(files, snr_db),), _group(snr_db)
        )
        for snr_db in SNRS_DB
        for name, files in classes.items()
    ]


def microphones(recorded: Recorded, _: np.random.Generator) -> list[Condition]:
    """Each measured microphone, close by."""
    return [Condition("microphone", _name(path), (steps.by_microphone(path),))
            for path in _some(recorded.microphones, recorded.most)]  # fmt: skip


def rooms(recorded: Recorded, _: np.random.Generator) -> list[Condition]:
    """Each measured room, by a microphone that loses nothing."""
    return [Condition("room", _name(path), (steps.in_room(path),))
            for path in _some(recorded.rooms, recorded.most)]  # fmt: skip


def boxes(recorded: Recorded, rng: np.random.Generator) -> list[Condition]:
    """Made rooms."""
    drawn = [drawn_box(rng) for _ in range(min(_BOXES, recorded.most or _BOXES))]
    return [Condition("box", box.told, (steps.in_box(box),)) for box in drawn]


def together(recorded: Recorded, rng: np.random.Generator) -> list[Condition]:
    """Each measured room with a drawn microphone, and any noise between, at each ratio."""
    pairs = [
        (room, recorded.microphones[int(rng.integers(len(recorded.microphones)))])
        for room in _some(recorded.rooms, recorded.most)
    ]
    return [
        Condition(
            "together",
            f"{_name(room)}, {_name(microphone)}, {snr_db:.0f} dB",
            (
                steps.in_room(room),
                steps.among_noise(recorded.noises, snr_db),
                steps.by_microphone(microphone),
            ),
            _group(snr_db),
        )
        for snr_db in SNRS_DB
        for room, microphone in pairs
    ]


MADE: dict[str, Callable[[Recorded, np.random.Generator], list[Condition]]] = {
    "gain": gains,
    "band": bands,
    "codec": codecs,
    "agc": agcs,
    "microphone": microphones,
    "noise": noises,
    "room": rooms,
    "box": boxes,
    "together": together,
}
"""by the names of `KINDS`"""


def conditions(kinds: Sequence[str], recorded: Recorded, seed: int) -> list[Condition]:
    """Return all conditions of these kinds; what is drawn of one depends on no other."""
    return [
        condition
        for number, (kind, made) in enumerate(MADE.items())
        if kind in kinds
        for condition in made(recorded, np.random.default_rng([seed, number]))
    ]


def _group(snr_db: float) -> str:
    return f"{snr_db:.0f} dB SNR"


def _name(path: Path) -> str:
    return path.stem.removeprefix("room_").removeprefix("device_").removeprefix("mic_")


def _classes(recorded: Recorded) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for path in recorded.noises:
        found[path.parent.name].append(path)
    return {name: found[name] for name in _some(list(found), recorded.most)}


def _some(things: Sequence[T], most: int | None) -> list[T]:
    """At most so many, at even distances: the same at every call."""
    count = min(len(things), most or len(things))
    places = np.linspace(0, len(things) - 1, count).round() if count else ()
    return [things[int(place)] for place in places]
