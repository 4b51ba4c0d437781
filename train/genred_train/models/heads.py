"""Thresholds of a sigmoid head: the probability from which each label counts as said."""

import numpy as np
from numpy.typing import NDArray

UNTUNED = 0.5


def tune_thresholds(
    probabilities: NDArray[np.floating], targets: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Find, for each label, the threshold that makes F1 highest on validation data: (labels,).

    Both (n, labels), n >= 1; targets are 0 or 1. A label is said where its probability is its
    threshold or more. Between two probabilities the middle is taken, or 0.5 where it lies there; of
    equally good thresholds the one nearest to 0.5. `untuned` labels stay at 0.5.
    """
    known = targets > UNTUNED
    return np.array([_best(p, is_so) for p, is_so in zip(probabilities.T, known.T, strict=True)])


def untuned(targets: NDArray[np.floating]) -> list[int]:
    """Return the labels that no row of `targets` (n, labels) has: nothing to tune them by."""
    return [int(label) for label in np.flatnonzero(~(targets > UNTUNED).any(axis=0))]


def _best(probabilities: NDArray[np.floating], known: NDArray[np.bool_]) -> float:
    """Return the threshold of one label."""
    if not known.any():
        return UNTUNED
    order = np.argsort(-probabilities, kind="stable")
    falling = probabilities[order].astype(np.float64)
    # The last of a run of equal probabilities: a threshold can't part them.
    ends = np.flatnonzero(np.diff(falling, append=-np.inf))
    hits = np.cumsum(known[order])[ends]
    scores = 2 * hits / (ends + 1 + known.sum())
    above, below = falling[ends], np.append(falling[ends[1:]], 0.0)
    thresholds = np.where((below < UNTUNED) & (above >= UNTUNED), UNTUNED, (below + above) / 2)
    good = np.flatnonzero(scores == scores.max())
    nearest = good[np.abs(thresholds[good] - UNTUNED).argmin()]
    return float(thresholds[nearest])
