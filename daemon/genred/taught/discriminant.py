"""Songs of several classes in, a line between each two of them out: nearest mean, fairly measured.

Distances are measured by the covariance that all classes share, shrunk towards its diagonal,
because a handful of songs does not tell the covariance of hundreds of numbers.
Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning (2009), section 4.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Windows = Sequence[NDArray[np.float32]]
"""embeddings of songs, one array (windows, n) each; songs count alike, however long"""
Figures = NDArray[np.float64]

_SHRUNK = 0.7
"""share of the diagonal in the covariance; chosen on Emotify's clips, where 0.5 to 0.9 did alike"""
_FLOOR = 0.05
"""of the mean variance, added to each: an embedding has numbers that never move"""
_TINY = 1e-9


@dataclass(frozen=True)
class Discriminant:
    """Linear scores of classes that are all as likely; differences are logarithms of odds."""

    weights: Figures
    """(classes, n)"""
    bias: Figures
    """(classes,)"""

    def scores(self, embeddings: NDArray[np.float32]) -> Figures:
        """Return (..., classes) for embeddings (..., n)."""
        return np.asarray(embeddings @ self.weights.T + self.bias)


def fit(classes: Sequence[Windows]) -> Discriminant:
    """Find the means and what tells them apart; each class has at least one song."""
    means = np.stack([mean(songs) for songs in classes])
    weights = np.asarray(np.linalg.solve(covariance(classes), means.T).T, np.float64)
    return Discriminant(weights, np.asarray(-0.5 * (weights * means).sum(axis=1)))


def mean(songs: Windows) -> Figures:
    """Average the songs' averages: (n,)."""
    return np.asarray(np.mean([song.mean(axis=0, dtype=np.float64) for song in songs], axis=0))


def covariance(classes: Sequence[Windows]) -> Figures:
    """Return how windows spread about the mean of their class, shrunk: (n, n), invertible."""
    scatter = np.sum([_scatter(songs) for songs in classes], axis=0)
    plain = scatter / sum(len(songs) for songs in classes)
    variances = np.diag(plain)
    floor = _FLOOR * float(variances.mean()) + _TINY
    return np.asarray((1 - _SHRUNK) * plain + np.diag(_SHRUNK * variances + floor))


def _scatter(songs: Windows) -> Figures:
    """Sum over songs of the mean outer product of their windows, from the mean of all."""
    middle = mean(songs)
    spread = [(song - middle) / np.sqrt(len(song)) for song in songs]
    stacked = np.concatenate(spread)
    return np.asarray(stacked.T @ stacked)
