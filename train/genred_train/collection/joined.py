"""Two collections as one: the clips of the first, then those of the second. Nothing is read."""

import hashlib
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred_train.collection.clips import Clips
from genred_train.collection.levels import Levels

_Said = TypeVar("_Said", str, int)
FRAME_FIELDS = ("sample_rate", "n_fft", "hop_length", "n_mels", "fmin", "fmax", "amin")


@dataclass(frozen=True)
class JoinedLevels:
    """Clips of the first, then of the second."""

    first: Levels
    second: Levels

    def __len__(self) -> int:
        return len(self.first) + len(self.second)

    def frames(self, clip: int) -> int:
        """Frames of one clip."""
        beyond = clip - len(self.first)
        return self.first.frames(clip) if beyond < 0 else self.second.frames(beyond)

    def __getitem__(self, clip: int) -> NDArray[np.float32]:
        beyond = clip - len(self.first)
        return self.first[clip] if beyond < 0 else self.second[beyond]

    def span(self, clip: int, start: int, stop: int) -> NDArray[np.float32]:
        """Mel bands of some frames of one clip."""
        beyond = clip - len(self.first)
        if beyond < 0:
            return self.first.span(clip, start, stop)
        return self.second.span(beyond, start, stop)


def joined(a: Clips, b: Clips) -> Clips:
    """Put two collections one after the other.

    Raises GenredError if genres or frames differ, or if a clip stands in both. Artists and
    recordings that one of the two does not tell are unknown (`""`), and its clips are plain; parts
    are kept where both have them.
    """
    _check(a, b)
    return Clips(
        name=f"{a.name}+{b.name}",
        genres=a.genres,
        ids=a.ids + b.ids,
        tracks=a.tracks + b.tracks,
        targets=np.concatenate([a.targets, b.targets]),
        levels=JoinedLevels(a.levels, b.levels),
        spec=a.spec,
        sha256=hashlib.sha256(f"{a.sha256}\n{b.sha256}".encode()).hexdigest(),
        artists=_each(a.artists, b.artists, (len(a), len(b)), ""),
        parts=a.parts + b.parts if a.parts and b.parts else [],
        versions=_each(a.versions, b.versions, (len(a), len(b)), 0),
        recordings=_each(a.recordings, b.recordings, (len(a), len(b)), ""),
        frame_index=_frame_index(a, b),
    )


def _check(a: Clips, b: Clips) -> None:
    both = f"{a.name} and {b.name}"
    if a.genres != b.genres:
        raise GenredError(f"{both} differ in their genres; they can't be joined")
    for field in FRAME_FIELDS:
        one, other = getattr(a.spec, field), getattr(b.spec, field)
        if one != other:
            raise GenredError(f"{both} differ in {field} ({one}, {other}); prepare both alike")
    twice = set(a.ids) & set(b.ids)
    if twice:
        raise GenredError(f"{both} both hold {min(twice)}; leave it out of one")


def _each(a: list[_Said], b: list[_Said], sizes: tuple[int, int], unknown: _Said) -> list[_Said]:
    """Return what is said of each clip of both; nothing where neither says anything."""
    if not a and not b:
        return []
    return (a or [unknown] * sizes[0]) + (b or [unknown] * sizes[1])


def _frame_index(a: Clips, b: Clips) -> NDArray[np.int64] | None:
    if a.frame_index is None or b.frame_index is None:
        return None
    if a.frame_index.shape[1:] != b.frame_index.shape[1:]:
        return None
    return np.concatenate([a.frame_index, b.frame_index])
