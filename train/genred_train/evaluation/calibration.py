"""Whether a claim of 80 % is right in 80 of 100 cases: a curve and one number.

Source: Guo et al., On Calibration of Modern Neural Networks (2017), section 2.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import ArrayLike, NDArray

from genred_train.evaluation.figures import Truth, Windows

BINS = 15
_DRAWS = 200


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """Claims of nearly the same probability."""

    claimed: float
    """their mean"""
    right: float
    """share of them that was right"""
    count: int


class Calibration:
    """Counts claims as they come, in bins of equal width; memory does not grow."""

    def __init__(self, bins: int = BINS) -> None:
        self._count = np.zeros(bins)
        self._claimed = np.zeros(bins)
        self._right = np.zeros(bins)

    def add(self, claimed: ArrayLike, right: ArrayLike) -> None:
        """Take claims, 0 to 1, and whether each was right, both (n,)."""
        claims = np.atleast_1d(np.asarray(claimed, np.float64))
        bins = len(self._count)
        place = np.minimum((claims * bins).astype(int), bins - 1)
        self._count += np.bincount(place, minlength=bins)
        self._claimed += np.bincount(place, claims, bins)
        self._right += np.bincount(place, np.atleast_1d(np.asarray(right, np.float64)), bins)

    def curve(self) -> list[Bin]:
        """Return the bins that hold a claim, from low to high."""
        return [
            Bin(claimed=claimed / count, right=right / count, count=int(count))
            for count, claimed, right in zip(
                self._count.tolist(), self._claimed.tolist(), self._right.tolist(), strict=True
            )
            if count
        ]

    def error(self) -> float:
        """Mean distance between what is claimed and how often it is right; 0.0 of no claim."""
        gaps = np.abs(self._claimed - self._right).sum()
        return float(gaps / max(1.0, self._count.sum()))


def of_windows(clips: Windows, truth: Truth, bins: int = BINS) -> Calibration:
    """Count the highest probability of each window, (windows, labels) a track."""
    counted = Calibration(bins)
    for clip, row in zip(clips, truth, strict=True):
        counted.add(clip.max(axis=1), row[clip.argmax(axis=1)])
    return counted


def expected_calibration_error(clips: Windows, truth: Truth, bins: int = BINS) -> float:
    """Mean distance between what windows claim and how often they are right."""
    return of_windows(clips, truth, bins).error()


def error_by_chance(
    clips: Windows,
    rng: np.random.Generator,
    claimed: Sequence[NDArray[np.int64]] | None = None,
    bins: int = BINS,
) -> float:
    """Return the error that a model which means what it says would show with these tracks.

    All windows of a track are right or wrong together, so few tracks never look calibrated: each
    draw gives every track a label by its own mean probabilities; the mean error of them. `claimed`
    are the labels that windows stand by, their most probable ones unless given.
    """
    said = np.stack([clip.mean(axis=0, dtype=np.float64) for clip in clips])
    tracks, labels = said.shape
    # Claims of a track, bin by bin, that are right if it is of a label.
    if_so = np.zeros((tracks, labels, bins))
    sums = np.zeros(bins)
    for track, clip in enumerate(clips):
        labelled = clip.argmax(axis=1) if claimed is None else claimed[track]
        claims = clip[np.arange(len(clip)), labelled].astype(np.float64)
        place = np.minimum((claims * bins).astype(int), bins - 1)
        np.add.at(if_so[track], (labelled, place), 1)
        sums += np.bincount(place, claims, bins)
    edges = np.cumsum(said / said.sum(axis=1, keepdims=True), axis=1)
    errors = []
    for _ in range(_DRAWS):
        drawn = (rng.random((tracks, 1)) > edges[:, :-1]).sum(axis=1)
        right = if_so[np.arange(tracks), drawn].sum(axis=0)
        errors.append(np.abs(sums - right).sum() / sum(map(len, clips)))
    return float(np.mean(errors))


class Announced:
    """How sure a stream was of what it announced, piece by piece."""

    def __init__(self) -> None:
        self._counted = Calibration()
        self._pieces: dict[int, list[tuple[list[float], int]]] = {}

    def add(
        self, piece: int, probabilities: Mapping[str, float], announced: str, *, right: bool
    ) -> None:
        """Take what was said at one window; nothing of what is no state, as silence."""
        claimed = probabilities.get(announced)
        if claimed is None:
            return
        self._counted.add(claimed, right)
        said = list(probabilities.values()), list(probabilities).index(announced)
        self._pieces.setdefault(piece, []).append(said)

    def error(self) -> float | UnsetType:
        """Return the calibration error; of nothing there is none."""
        return self._counted.error() if self._pieces else UNSET

    def error_by_chance(self, rng: np.random.Generator) -> float | UnsetType:
        """Return what it would be if all that was said were meant; of nothing there is none."""
        if not self._pieces:
            return UNSET
        every = self._pieces.values()
        said = [np.array([row for row, _ in piece], np.float32) for piece in every]
        return error_by_chance(said, rng, [np.array([at for _, at in piece]) for piece in every])
