"""Two clips played at once: pieces of several genres, made from a collection that has none.

No collection of recordings that we know tells of real music that is of several genres by ear, so
what is measured on these pairs says that a head can tell two things at once, and nothing more.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred_train.collection.clips import Clips
from genred_train.collection.levels import Levels


@dataclass(frozen=True)
class SummedLevels:
    """Each clip is the sum in power of two others at one mean level, as long as the shorter."""

    levels: Levels
    pairs: Sequence[tuple[int, int]]

    def __len__(self) -> int:
        return len(self.pairs)

    def frames(self, clip: int) -> int:
        """Frames of one pair."""
        return min(self.levels.frames(source) for source in self.pairs[clip])

    def __getitem__(self, clip: int) -> NDArray[np.float32]:
        first, second = (self.levels[source][: self.frames(clip)] for source in self.pairs[clip])
        return summed(first, second)

    def span(self, clip: int, start: int, stop: int) -> NDArray[np.float32]:
        """Mel bands of some frames; all are read, for the two have to have one mean level."""
        return self[clip][start:stop]


def summed(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Add two clips (frames, n_mels) in dB, the second brought to the mean power of the first."""
    matched = second + (_mean_db(first) - _mean_db(second))
    # 10 * log10(10 ** (a / 10) + 10 ** (b / 10)), without leaving the range of float32.
    nepers = np.logaddexp(first * np.float32(_NEPER), matched * np.float32(_NEPER))
    return np.asarray(nepers / np.float32(_NEPER), np.float32)


def summed_pairs(clips: Clips, count: int, rng: np.random.Generator) -> Clips:
    """Draw `count` pairs of clips that differ in their genres; each has the genres of both.

    Draw after splitting: a pair is of two tracks and of two artists, so no split of pairs keeps
    them apart. Raises GenredError if all clips are of the same genres.
    """
    pairs = [_pair(clips, rng) for _ in range(count)]
    ids = [f"{clips.ids[a]}+{clips.ids[b]}" for a, b in pairs]
    text = "\n".join([clips.sha256, *ids])
    return replace(
        clips,
        name=f"{clips.name} in pairs",
        ids=ids,
        tracks=[f"{clips.tracks[a]}+{clips.tracks[b]}" for a, b in pairs],
        targets=np.stack([np.maximum(clips.targets[a], clips.targets[b]) for a, b in pairs]),
        levels=SummedLevels(clips.levels, pairs),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        artists=[],
        parts=[],
        versions=[],
        recordings=[],
        frame_index=None,
    )


_NEPER = np.log(10) / 10


def _pair(clips: Clips, rng: np.random.Generator) -> tuple[int, int]:
    first = int(rng.integers(len(clips)))
    others = np.flatnonzero((clips.targets != clips.targets[first]).any(axis=1))
    if not others.size:
        raise GenredError(f"{clips.name}: all clips are of one genre; pairs need two")
    return first, int(rng.choice(others))


def _mean_db(levels_db: NDArray[np.float32]) -> np.float32:
    """Level of the mean power."""
    return np.float32(10 * np.log10(np.mean(10 ** (levels_db.astype(np.float64) / 10))))
