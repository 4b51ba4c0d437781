"""Whether a claim of 80 % is right in 80 of 100 cases: a curve and one number.

Source: Guo et al., On Calibration of Modern Neural Networks (2017), section 2.
"""

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from genred_train.evaluation.figures import Truth, Windows

BINS = 15


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
