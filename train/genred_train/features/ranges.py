"""What the coefficients of real audio span: the model file's `offset` and `scale`.

From uncut audio, never from the arrays alone: those lack all that is more than 80 dB below their
clip's maximum, and everything that gain does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from genred.audio.file import FileSource
from genred.errors import GenredError
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec
from genred_train.features.rows import window_starts

GAINS_DB = (-40.0, 0.0, 20.0)
MARGIN = 0.05
_SUFFIXES = {".wav", ".flac", ".mp3", ".ogg", ".opus", ".aiff", ".au"}


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
    found = [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in _SUFFIXES
    ]
    if not found:
        names = ", ".join(str(folder) for folder in folders)
        raise GenredError(f"{names}: no sound file to take ranges from; give --audio FOLDER")
    return found


def rows_at_gains(path: Path, spec: FeatureSpec) -> Iterator[NDArray[np.float32]]:
    """Yield the rows (frames, n_coefficients) of a file at each of `GAINS_DB`."""
    with FileSource(path, spec.sample_rate) as source:
        samples = np.concatenate([block.samples for block in source])
    for gain_db in GAINS_DB:
        mfcc = StreamingMfcc(spec)
        louder = samples * np.float32(10 ** (gain_db / 20))
        yield np.concatenate([mfcc.push(louder), mfcc.flush()])


def measure(files: Sequence[Path], spec: FeatureSpec) -> Ranges:
    """Find the middle and half width of each coefficient's span over all files and gains."""
    low = np.full(spec.n_coefficients, np.inf)
    high = np.full(spec.n_coefficients, -np.inf)
    for path in files:
        for rows in rows_at_gains(path, spec):
            low = np.minimum(low, rows.min(axis=0, initial=np.inf))
            high = np.maximum(high, rows.max(axis=0, initial=-np.inf))
    half = np.maximum((high - low) / 2 * (1 + MARGIN), 1e-3)
    return Ranges((high + low) / 2, half)


def windows(
    files: Sequence[Path], spec: FeatureSpec, count: int, rng: np.random.Generator
) -> list[NDArray[np.float32]]:
    """Draw about `count` windows (window_frames, n_coefficients) from all files and gains."""
    each = max(1, count // (len(files) * len(GAINS_DB)))
    drawn = []
    for path in files:
        for rows in rows_at_gains(path, spec):
            starts = window_starts(rows.shape[0], spec)
            for start in rng.permutation(len(starts))[:each]:
                at = starts[int(start)]
                drawn.append(rows[at : at + spec.window_frames])
    return drawn
