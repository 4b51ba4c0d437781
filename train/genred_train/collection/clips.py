"""Labelled clips, wherever their mel bands lie: what everything here is fitted and measured on."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.collection.levels import CutLevels, Levels, PickedLevels, seconds, segment_starts


@dataclass(frozen=True)
class Clips:
    """Clips of a collection; `targets[i, g]` is 1 where clip i is of `genres[g]`.

    A clip is a piece of a track: the whole of it, an excerpt, a segment, or a changed version.
    All pieces of one track share its name in `tracks`, and only splits that respect it are honest.
    """

    name: str
    genres: list[str]
    ids: list[str]
    tracks: list[str]
    targets: NDArray[np.float32]
    levels: Levels
    spec: FeatureSpec
    """how the frames were made; its window, kind, n_mfcc and deltas say nothing here"""
    sha256: str
    """of all that the clips are"""
    artists: list[str] = field(default_factory=list)
    """empty where none is known; `""` for a clip whose artist is not"""
    parts: list[str] = field(default_factory=list)
    """`train`, `valid` or `test` as a manifest has it; empty where it has none"""
    versions: list[int] = field(default_factory=list)
    """0 for the sound as it is, 1 and more for a changed version; empty where all are plain"""
    recordings: list[str] = field(default_factory=list)
    """digest of what each clip was recorded in, `""` where unknown; empty where none is known.
    Pieces and versions of one recording share it, whatever they are called"""
    frame_index: NDArray[np.int64] | None = None
    """frames of the recording that the columns of an array are, where the array tells"""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def y(self) -> NDArray[np.int64]:
        """Index of each clip's genre; of its first one where it has several."""
        return np.asarray(self.targets.argmax(axis=1), np.int64)

    @property
    def several(self) -> bool:
        """Whether a clip may be of several genres at once, or of none."""
        return bool((self.targets.sum(axis=1) != 1).any())

    def levels_db(self, clip: int) -> NDArray[np.float32]:
        """Mel bands of one clip, (frames, n_mels), in dB."""
        return self.levels[clip]

    def label(self, clip: int) -> str:
        """Genre of one clip."""
        return self.genres[int(self.targets[clip].argmax())]

    def frames(self, clip: int) -> int:
        """Frames of one clip."""
        return self.levels.frames(clip)

    def hours(self) -> float:
        """Length of all clips together."""
        frames = sum(self.levels.frames(clip) for clip in range(len(self)))
        return seconds(frames, self.spec) / 3600

    def pick(self, chosen: Sequence[int], name: str | None = None) -> "Clips":
        """Return some of the clips, in the order given."""
        indices = [int(clip) for clip in chosen]
        return self._with(PickedLevels(self.levels, indices), indices, name or self.name)

    def plain(self) -> "Clips":
        """Return the clips whose sound nobody changed; themselves where that is all of them."""
        if not any(self.versions):
            return self
        return self.pick([clip for clip, version in enumerate(self.versions) if version == 0])

    def segments(self, length: int, hop: int) -> "Clips":
        """Cut all clips into segments of `length` frames, one each `hop`: each is a clip."""
        places = [
            (clip, start)
            for clip in range(len(self))
            for start in segment_starts(self.frames(clip), length, hop)
        ]
        cut = CutLevels(self.levels, places, length)
        made = self._with(cut, [clip for clip, _ in places], self.name)
        ids = [f"{self.ids[clip]}@{start}" for clip, start in places]
        return replace(made, ids=ids, sha256=_digest(self.sha256, ids), frame_index=None)

    def _with(self, levels: Levels, chosen: Sequence[int], name: str) -> "Clips":
        """Return a collection whose clips are those of `chosen`, with their own mel bands."""
        ids = [self.ids[clip] for clip in chosen]
        return replace(
            self,
            name=name,
            ids=ids,
            tracks=[self.tracks[clip] for clip in chosen],
            targets=self.targets[list(chosen)],
            levels=levels,
            sha256=_digest(self.sha256, ids),
            artists=[self.artists[clip] for clip in chosen] if self.artists else [],
            parts=[self.parts[clip] for clip in chosen] if self.parts else [],
            versions=[self.versions[clip] for clip in chosen] if self.versions else [],
            recordings=[self.recordings[clip] for clip in chosen] if self.recordings else [],
            frame_index=None if self.frame_index is None else self.frame_index[list(chosen)],
        )


def one_hot(y: NDArray[np.int64], n: int) -> NDArray[np.float32]:
    """Targets of clips that have one genre each."""
    return np.eye(n, dtype=np.float32)[y]


def _digest(sha256: str, ids: Sequence[str]) -> str:
    return hashlib.sha256("\n".join([sha256, *ids]).encode()).hexdigest()
