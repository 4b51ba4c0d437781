"""Where the mel bands of clips lie: in memory as bytes, in shards on disk, or cut out of others.

Each is a sequence of clips; an item is (frames, n_mels) float32, in dB. Nothing is read before it
is asked for, so a collection may be larger than memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec


class Levels(Protocol):
    """What a collection needs of the place where its mel bands lie."""

    def __len__(self) -> int:
        """Clips."""

    def frames(self, clip: int) -> int:
        """Frames of one clip, without reading it."""

    def __getitem__(self, clip: int) -> NDArray[np.float32]:
        """Mel bands of one clip, (frames, n_mels), in dB."""

    def span(self, clip: int, start: int, stop: int) -> NDArray[np.float32]:
        """Mel bands of some of its frames, as a slice would have them; no more is read."""


@dataclass(frozen=True)
class ByteLevels:
    """`x` uint8 (clips, frames, n_mels) counts down from 0 dB to `db_min[clip]` in 256 steps."""

    x: NDArray[np.uint8]
    db_min: NDArray[np.float32]

    def __len__(self) -> int:
        return int(self.x.shape[0])

    def frames(self, clip: int) -> int:  # noqa: ARG002 - all have the same
        """Frames of one clip."""
        return int(self.x.shape[1])

    def __getitem__(self, clip: int) -> NDArray[np.float32]:
        return decibels(self.x[clip], self.db_min[clip])

    def span(self, clip: int, start: int, stop: int) -> NDArray[np.float32]:
        """Mel bands of some frames of one clip."""
        return decibels(self.x[clip, start:stop], self.db_min[clip])


@dataclass(frozen=True)
class PickedLevels:
    """Some clips of others, in an order of their own."""

    levels: Levels
    picked: Sequence[int]

    def __len__(self) -> int:
        return len(self.picked)

    def frames(self, clip: int) -> int:
        """Frames of one clip."""
        return self.levels.frames(self.picked[clip])

    def __getitem__(self, clip: int) -> NDArray[np.float32]:
        return self.levels[self.picked[clip]]

    def span(self, clip: int, start: int, stop: int) -> NDArray[np.float32]:
        """Mel bands of some frames of one clip."""
        return self.levels.span(self.picked[clip], start, stop)


@dataclass(frozen=True)
class CutLevels:
    """Segments of one length: `places` are (clip, first frame) of each."""

    levels: Levels
    places: Sequence[tuple[int, int]]
    length: int

    def __len__(self) -> int:
        return len(self.places)

    def frames(self, clip: int) -> int:  # noqa: ARG002 - all have the same
        """Frames of one segment."""
        return self.length

    def __getitem__(self, clip: int) -> NDArray[np.float32]:
        return self.span(clip, 0, self.length)

    def span(self, clip: int, start: int, stop: int) -> NDArray[np.float32]:
        """Mel bands of some frames of one segment."""
        source, first = self.places[clip]
        return self.levels.span(source, first + start, first + min(stop, self.length))


def decibels(x: NDArray[np.uint8], db_min: NDArray[np.float32]) -> NDArray[np.float32]:
    """Decibels below a clip's maximum that the bytes of an array stand for."""
    return (db_min * (1 - (x.astype(np.float32) + 0.5) / 256)).astype(np.float32)


def segment_starts(frames: int, length: int, hop: int) -> range:
    """First frames of the segments of a clip: 0, `hop`, 2 * `hop` ... while a whole one fits."""
    return range(0, frames - length + 1, hop)


def seconds(frames: int, spec: FeatureSpec) -> float:
    """How long so many hops of frames last."""
    return frames * spec.hop_length / spec.sample_rate
