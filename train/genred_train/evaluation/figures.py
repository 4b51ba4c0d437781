"""Accuracy by window and by track, its interval, recall, confusion, calibration.

All work on the calibrated probabilities of each clip's windows, one array (windows, labels) a clip.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genred.model.metadata import Figure

DRAWS = 2000


def track_probabilities(clips: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Average each clip's windows: (clips, labels)."""
    return np.stack([clip.mean(axis=0, dtype=np.float64) for clip in clips])


def track_figure(
    clips: Sequence[NDArray[np.float32]], y: NDArray[np.int64], seed: int = 0
) -> Figure:
    """Share of clips whose mean probability is highest for their label."""
    right = track_probabilities(clips).argmax(axis=1) == y
    low, high = _interval(right.astype(np.float64), np.ones(len(right)), seed)
    return Figure(value=float(right.mean()), low=low, high=high, n=len(right))


def window_figure(
    clips: Sequence[NDArray[np.float32]], y: NDArray[np.int64], seed: int = 0
) -> Figure:
    """Share of windows whose highest probability is their label's; tracks are drawn, whole."""
    right = np.array([(c.argmax(axis=1) == label).sum() for c, label in zip(clips, y, strict=True)])
    count = np.array([len(clip) for clip in clips])
    low, high = _interval(right.astype(np.float64), count.astype(np.float64), seed)
    return Figure(value=float(right.sum() / count.sum()), low=low, high=high, n=int(count.sum()))


def confusion(
    clips: Sequence[NDArray[np.float32]], y: NDArray[np.int64], n: int
) -> list[list[int]]:
    """Tracks of each label (row) said to be each label (column), n labels; y may go beyond n."""
    said = track_probabilities(clips).argmax(axis=1)
    matrix = np.zeros((n, n), np.int64)
    known = y < n
    np.add.at(matrix, (y[known], said[known]), 1)
    return [[int(count) for count in row] for row in matrix]


def expected_calibration_error(
    clips: Sequence[NDArray[np.float32]], y: NDArray[np.int64], bins: int = 15
) -> float:
    """Mean distance between what windows claim and how often they are right.

    Source: Guo et al., On Calibration of Modern Neural Networks (2017).
    """
    windows = np.concatenate(clips)
    labels = np.repeat(y, [len(clip) for clip in clips])
    claimed = windows.max(axis=1)
    right = windows.argmax(axis=1) == labels
    place = np.minimum((claimed * bins).astype(int), bins - 1)
    gaps = [
        abs(claimed[place == b].mean() - right[place == b].mean()) * (place == b).mean()
        for b in np.unique(place)
    ]
    return float(sum(gaps))


def _interval(
    right: NDArray[np.float64], count: NDArray[np.float64], seed: int
) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(right), (DRAWS, len(right)))
    shares = right[drawn].sum(axis=1) / count[drawn].sum(axis=1)
    low, high = np.quantile(shares, (0.025, 0.975))
    return float(low), float(high)
