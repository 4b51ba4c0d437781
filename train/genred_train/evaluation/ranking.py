"""How well a score puts what is of a label before what is not: ROC, its area, average precision.

Ties stand together. Each takes `true` (n,), `score` (n,) and, but for the curve, `weights`
(draws, n): how often each item counts in each draw. Equal to sklearn.metrics.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

_Counts = NDArray[np.float64]


class Roc(msgspec.Struct, frozen=True, kw_only=True):
    """Points of a curve from (0, 0) to (1, 1): share of false ones let in, of true ones found."""

    false_positive: list[float]
    true_positive: list[float]


def roc(true: NDArray[np.bool_], score: NDArray[np.float64]) -> Roc:
    """Return the curve's corners; both kinds must be there."""
    hits, misses = (counts[0] for counts in _found(true, score, np.ones((1, len(score)))))
    # A point on the line between its neighbours says nothing.
    bends = np.diff(hits, 2).astype(bool) | np.diff(misses, 2).astype(bool)
    kept = np.concatenate([[True], bends, [True]])
    return Roc(
        false_positive=(misses[kept] / misses[-1]).tolist(),
        true_positive=(hits[kept] / hits[-1]).tolist(),
    )


def area(true: NDArray[np.bool_], score: NDArray[np.float64], weights: _Counts) -> _Counts:
    """Area under the ROC curve, (draws,): chance that a true one scores above a false one.

    NaN where a draw lacks one kind.
    """
    hits, misses = _found(true, score, weights)
    height = (hits[:, 1:] + hits[:, :-1]) / 2
    with np.errstate(invalid="ignore"):
        whole = hits[:, -1] * misses[:, -1]
        return np.asarray((height * np.diff(misses, axis=1)).sum(axis=1) / whole)


def average_precision(
    true: NDArray[np.bool_], score: NDArray[np.float64], weights: _Counts
) -> _Counts:
    """Mean precision at each true item, the surest first, (draws,); NaN where there is none."""
    hits, misses = _found(true, score, weights)
    with np.errstate(invalid="ignore"):
        precision = np.nan_to_num(hits[:, 1:] / (hits[:, 1:] + misses[:, 1:]))
        return np.asarray((precision * np.diff(hits, axis=1)).sum(axis=1) / hits[:, -1])


def _found(
    true: NDArray[np.bool_], score: NDArray[np.float64], weights: _Counts
) -> tuple[_Counts, _Counts]:
    """Count true and false ones at or above each distinct score, highest first, from none on."""
    order = np.argsort(-score, kind="stable")
    last = np.append(np.diff(score[order]) != 0, [True])
    is_true = true[order]
    hits = np.cumsum(weights[:, order] * is_true, axis=1)[:, last]
    misses = np.cumsum(weights[:, order] * ~is_true, axis=1)[:, last]
    none = np.zeros((len(weights), 1))
    return np.concatenate([none, hits], axis=1), np.concatenate([none, misses], axis=1)
