"""From where on a track is rejected, and the threshold that lets a share of the music through."""

import numpy as np
from numpy.typing import NDArray

from genred.model.metadata import Rejection
from genred.model.scores import chance

_HALVINGS = 50
_FAR = 50.0
"""widths: there a chance is 0 or 1 to a float's last digit"""
_Numbers = NDArray[np.float64]


def turning_points(
    scores: _Numbers, probabilities: NDArray[np.float32], lengths: NDArray[np.int64], width: float
) -> _Numbers:
    """Return, for each track, the threshold above which it is rejected, (tracks,).

    There the mean chance of rejection is that of the most probable label; `scores` (windows,) and
    `probabilities` (windows, labels) are track after track, `lengths` their windows, 1 or more.
    """
    starts = np.cumsum([0, *lengths[:-1]])
    low = np.minimum.reduceat(scores, starts) - _FAR * width
    high = np.maximum.reduceat(scores, starts) + _FAR * width
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        relative = scores - np.repeat(middle, lengths)
        rejected = chance(relative, Rejection(threshold=0.0, width=width))
        shares = np.add.reduceat((1 - rejected)[:, None] * probabilities, starts)
        over = np.add.reduceat(rejected, starts) > shares.max(axis=1)
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    return np.asarray((low + high) / 2)


def rejected_windows(
    scores: _Numbers, probabilities: NDArray[np.float32], threshold: float, width: float
) -> NDArray[np.bool_]:
    """Tell which windows are more probably rejected than any label, (windows,)."""
    rejected = chance(scores, Rejection(threshold=threshold, width=width))
    return np.asarray(rejected > (1 - rejected) * probabilities.max(axis=-1))


def lowest_share(values: _Numbers, weights: _Numbers, share: float) -> float:
    """Return the greatest number below which at most `share` of the weight lies."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order]) - weights[order]
    kept = below <= share * weights.sum()
    return float(values[order][kept][-1])
