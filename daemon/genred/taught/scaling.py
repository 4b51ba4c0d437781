"""Scores of songs that were held out in, honest odds out.

A discriminant is too sure of itself: windows of one song are alike, and it knew the songs. So its
scores are scaled by what it says of songs that it was fitted without.
Source: Platt, Probabilistic Outputs for Support Vector Machines (1999), by a grid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genred.taught.discriminant import Figures, Windows, fit

FOLDS = 5
_FACTORS = np.geomspace(0.02, 1.0, 18)
_LIFTS = np.linspace(-3.0, 3.0, 25)


@dataclass(frozen=True)
class Scaling:
    """Logarithms of odds are `factor` times the scores, with `lift` for all but the first class."""

    factor: float
    lift: float

    def logits(self, scores: Figures) -> Figures:
        """Scale scores (..., classes)."""
        lifts = np.full(scores.shape[-1], self.lift)
        lifts[0] = 0.0
        return np.asarray(self.factor * scores + lifts)


UNTOLD = Scaling(float(_FACTORS[0]), 0.0)
"""where nothing could be held out: hardly anything is believed"""


def scaled(classes: Sequence[Windows], *, lifted: bool) -> Scaling:
    """Find the scaling under which held-out songs are most likely what they are.

    Classes count alike, and so do the songs of each. Without `lifted` the lift is 0.
    """
    folds = min(FOLDS, *(len(songs) for songs in classes))
    if folds == 1:
        return UNTOLD
    held = _held_out(classes, folds)
    lifts = _LIFTS if lifted else (0.0,)
    choices = [Scaling(float(factor), float(lift)) for factor in _FACTORS for lift in lifts]
    return max(choices, key=held.likelihood)


def fold(songs: Sequence[NDArray[np.float32]], number: int, folds: int) -> Windows:
    """Return the songs that are not in a fold."""
    return [song for place, song in enumerate(songs) if place % folds != number]


class _Held(NamedTuple):
    """Windows of songs that were held out."""

    scores: Figures
    """(windows, classes)"""
    truth: NDArray[np.intp]
    """(windows,)"""
    weight: Figures
    """(windows,): each class together weighs 1"""

    def likelihood(self, scaling: Scaling) -> float:
        """Return the mean logarithm of what a scaling gives to the truth."""
        logits = scaling.logits(self.scores)
        logits -= logits.max(axis=1, keepdims=True)
        right = np.take_along_axis(logits, self.truth[:, None], axis=1)[:, 0]
        return float(self.weight @ (right - np.log(np.exp(logits).sum(axis=1))))


def _held_out(classes: Sequence[Windows], folds: int) -> _Held:
    """Score each song by a fit without it and the others of its fold."""
    fits = [fit([fold(songs, n, folds) for songs in classes]) for n in range(folds)]
    parts = [
        _Held(
            fits[n % folds].scores(song),
            np.full(len(song), place),
            np.full(len(song), 1 / (len(songs) * len(song))),
        )
        for place, songs in enumerate(classes)
        for n, song in enumerate(songs)
    ]
    return _Held(*(np.concatenate(column) for column in zip(*parts, strict=True)))
