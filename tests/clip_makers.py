"""Small collections in memory, for what takes clips and does not care where they lie."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.collection.clips import Clips, one_hot


@dataclass(frozen=True)
class ListedLevels:
    """Mel bands in a list."""

    clips: list[NDArray[np.float32]]

    def __len__(self) -> int:
        return len(self.clips)

    def frames(self, clip: int) -> int:
        return len(self.clips[clip])

    def __getitem__(self, clip: int) -> NDArray[np.float32]:
        return self.clips[clip]

    def span(self, clip: int, start: int, stop: int) -> NDArray[np.float32]:
        return self[clip][start:stop]


def loud_band_clips(
    *, clips: int = 12, genres: int = 3, frames: int = 96, n_mels: int = 128, seed: int = 0
) -> Clips:
    """Make clips whose genre is where in the spectrum they are loud; two to an artist."""
    rng = np.random.default_rng(seed)
    y = np.arange(clips) % genres
    wide = n_mels // genres
    levels = []
    for genre in y:
        drawn = rng.uniform(-70, -50, (frames, n_mels)).astype(np.float32)
        drawn[:, genre * wide : (genre + 1) * wide] += 45
        levels.append(drawn)
    ids = [f"clip{clip:03d}" for clip in range(clips)]
    return Clips(
        name=f"made/{seed}",
        genres=[f"g{genre}" for genre in range(genres)],
        ids=ids,
        tracks=ids,
        targets=one_hot(y.astype(np.int64), genres),
        levels=ListedLevels(levels),
        spec=FeatureSpec(n_mels=n_mels, n_mfcc=n_mels),
        sha256=hashlib.sha256(f"{clips} {genres} {frames} {seed}".encode()).hexdigest(),
        artists=[f"artist{clip // 2}" for clip in range(clips)],
    )
