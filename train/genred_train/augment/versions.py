"""Changed versions of clips, made once: what a data set that was augmented beforehand holds."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genred_train.augment.spectral import floored, shifted
from genred_train.augment.strength import Strength
from genred_train.collection.clips import Clips
from genred_train.collection.levels import Levels

# Of the two changes each is made to every version: pitch and noise, as the study had them.
_STRENGTH = Strength(floor_chance=1.0)


@dataclass(frozen=True)
class VersionLevels:
    """Clips, then all of them changed, `versions - 1` times over."""

    levels: Levels
    versions: int
    seed: int

    def __len__(self) -> int:
        return len(self.levels) * self.versions

    def frames(self, clip: int) -> int:
        """Frames of one clip."""
        return self.levels.frames(clip % len(self.levels))

    def __getitem__(self, clip: int) -> NDArray[np.float32]:
        version, source = divmod(clip, len(self.levels))
        plain = self.levels[source]
        if version == 0:
            return plain
        rng = np.random.default_rng([self.seed, version, source])
        return floored(shifted(plain, _STRENGTH, rng), _STRENGTH, rng)

    def span(self, clip: int, start: int, stop: int) -> NDArray[np.float32]:
        """Mel bands of some frames; all are read, for the noise has to do with the loudest."""
        return self[clip][start:stop]


def with_versions(clips: Clips, versions: int, seed: int) -> Clips:
    """Put versions with another pitch and with noise beside the clips; each is of its track."""
    every = list(range(len(clips))) * versions
    made = clips.pick(every)
    ids = [
        clip if number < len(clips) else f"{clip}~{number // len(clips)}"
        for number, clip in enumerate(made.ids)
    ]
    blocks = [number // len(clips) for number in range(len(every))]
    # What is changed once more is of the first block's versions no longer.
    numbers = [block or before for block, before in zip(blocks, _before(made), strict=True)]
    levels = VersionLevels(clips.levels, versions, seed)
    return replace(made, ids=ids, levels=levels, versions=numbers if any(numbers) else [])


def _before(clips: Clips) -> list[int]:
    return clips.versions or [0] * len(clips)
