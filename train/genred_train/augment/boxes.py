"""Rooms that nobody measured: boxes by the image-source method, with `pyroomacoustics`.

Source: Allen and Berkley, Image method for efficiently simulating small-room acoustics (1979).
"""

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

import numpy as np

from genred_train.augment.audio import Samples

_LIBRARY = "pyroomacoustics"
_SMALLEST_M = (2.5, 2.2, 2.3)
_LARGEST_M = (8.0, 6.0, 3.5)
_FALL_S = (0.25, 0.8)
_FROM_WALL_M = 0.4
_MOST_REFLECTIONS = 40
"""of a sound on its way: later ones add less than the tail that is there"""

Place = tuple[float, float, float]
"""metres from a corner"""


@dataclass(frozen=True)
class Box:
    """A room of four right corners, a loudspeaker and a microphone in it."""

    size_m: Place
    fall_s: float
    """time in which sound falls by 60 dB, by Sabine's law"""
    source_m: Place
    microphone_m: Place

    @property
    def told(self) -> str:
        """What a person reads of it."""
        size = " x ".join(f"{side:.1f}" for side in self.size_m)
        apart_m = np.linalg.norm(np.subtract(self.source_m, self.microphone_m))
        return f"{size} m, rings {self.fall_s:.2f} s, {apart_m:.1f} m apart"


def can_be_made() -> bool:
    """Whether the library is installed."""
    return importlib.util.find_spec(_LIBRARY) is not None


def drawn_box(rng: np.random.Generator) -> Box:
    """Draw a room as people live in, and two places in it."""
    size = rng.uniform(_SMALLEST_M, _LARGEST_M)
    places = rng.uniform(_FROM_WALL_M, size - _FROM_WALL_M, (2, 3))
    return Box(_place(size), float(rng.uniform(*_FALL_S)), _place(places[0]), _place(places[1]))


@lru_cache(maxsize=64)
def response(box: Box, sample_rate: int) -> Samples:
    """Compute what a click at the loudspeaker is at the microphone; needs the library."""
    # Imported late, and by name: an extra that little else needs, without types.
    library = import_module(_LIBRARY)

    absorbed, order = library.inverse_sabine(box.fall_s, box.size_m)
    room = library.ShoeBox(
        box.size_m,
        fs=sample_rate,
        materials=library.Material(absorbed),
        max_order=min(order, _MOST_REFLECTIONS),
    )
    room.add_source(box.source_m)
    room.add_microphone(box.microphone_m)
    room.compute_rir()
    return np.asarray(room.rir[0][0], np.float32)


def _place(metres: np.typing.NDArray[np.float64]) -> Place:
    x, y, z = (float(side) for side in metres)
    return x, y, z
