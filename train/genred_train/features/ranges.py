"""What the coefficients of real audio span: the model file's `offset` and `scale`.

From uncut audio or a prepared folder, never from the arrays alone: those lack all that is more than
80 dB below their clip's maximum, and everything that gain does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from genred.audio.file import FileSource
from genred.errors import GenredError
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec
from genred_train.collection.clips import Clips
from genred_train.collection.folders import is_sound
from genred_train.features.rows import to_rows, window_starts

GAINS_DB = (-40.0, 0.0, 20.0)
MARGIN = 0.05
MOST_CLIPS = 300
"""or files that ranges come from, at even distances over the collection: more change nothing"""


Heard = Sequence[Callable[[], list[NDArray[np.float32]]]]
"""pieces of music; each gives its rows (frames, n_coefficients) at every one of `GAINS_DB`"""


@dataclass(frozen=True)
class Ranges:
    """Rows are normalised as (row - offset) / scale, which lies within -1 and 1."""

    offset: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def of(cls, offset: Sequence[float], scale: Sequence[float]) -> Self:
        """Take them as a model file or a run's config holds them."""
        return cls(np.array(offset), np.array(scale))


def audio_files(folders: Sequence[Path]) -> list[Path]:
    """All sound files below the folders, in order; raises GenredError if there is none."""
    found = [path for folder in folders for path in sorted(folder.rglob("*")) if is_sound(path)]
    if not found:
        names = ", ".join(str(folder) for folder in folders)
        raise GenredError(f"{names}: no sound file there; give a folder of recordings")
    return found


def rows_at_gains(path: Path, spec: FeatureSpec) -> list[NDArray[np.float32]]:
    """Return the rows (frames, n_coefficients) of a file at each of `GAINS_DB`."""
    with FileSource(path, spec.sample_rate) as source:
        samples = np.concatenate([block.samples for block in source])
    return [_rows(samples * np.float32(10 ** (gain_db / 20)), spec) for gain_db in GAINS_DB]


def _rows(samples: NDArray[np.float32], spec: FeatureSpec) -> NDArray[np.float32]:
    mfcc = StreamingMfcc(spec)
    return np.concatenate([mfcc.push(samples), mfcc.flush()])


def of_files(files: Sequence[Path], spec: FeatureSpec) -> Heard:
    """Hear sound files."""
    return [partial(rows_at_gains, files[place], spec) for place in _chosen(len(files))]


def of_clips(clips: Clips, spec: FeatureSpec) -> Heard:
    """Hear prepared clips: a gain moves every band alike, down to the floor of the logarithm."""
    floor_db = 10 * np.log10(spec.amin)

    def at_gains(clip: int) -> list[NDArray[np.float32]]:
        levels = clips.levels_db(clip)
        louder = [np.maximum(levels + gain_db, floor_db) for gain_db in GAINS_DB]
        return [to_rows(level.astype(np.float32), spec) for level in louder]

    return [partial(at_gains, clip) for clip in _chosen(len(clips))]


def _chosen(pieces: int) -> list[int]:
    """Return all places, or `MOST_CLIPS` of them at even distances: the same at every call."""
    count = min(pieces, MOST_CLIPS)
    return [int(place) for place in np.linspace(0, pieces - 1, count)]


def measure(heard: Heard, spec: FeatureSpec) -> Ranges:
    """Find the middle and half width of each coefficient's span over all pieces and gains."""
    low = np.full(spec.n_coefficients, np.inf)
    high = np.full(spec.n_coefficients, -np.inf)
    for piece in heard:
        for rows in piece():
            low = np.minimum(low, rows.min(axis=0, initial=np.inf))
            high = np.maximum(high, rows.max(axis=0, initial=-np.inf))
    half = np.maximum((high - low) / 2 * (1 + MARGIN), 1e-3)
    return Ranges((high + low) / 2, half)


def windows(
    heard: Heard, spec: FeatureSpec, count: int, rng: np.random.Generator
) -> list[NDArray[np.float32]]:
    """Draw about `count` windows (window_frames, n_coefficients) from all pieces and gains."""
    each = max(1, count // (len(heard) * len(GAINS_DB)))
    drawn = []
    for piece in heard:
        for rows in piece():
            starts = window_starts(rows.shape[0], spec)
            for start in rng.permutation(len(starts))[:each]:
                at = starts[int(start)]
                drawn.append(rows[at : at + spec.window_frames])
    return drawn
