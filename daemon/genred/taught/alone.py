"""Songs of one name and nothing to compare them with: what can still be said of a window.

Two things: whether the model gives it the labels that it gives the songs, of all of which it says
each alike often; and how many of the songs' own windows lie as far from their middle as it does.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genred.taught.discriminant import Figures, Windows, covariance, mean
from genred.taught.lesson import Song
from genred.taught.scaling import FOLDS, fold

_SMOOTH = 0.02
"""share of the songs' labels that is spread over all labels"""


class Alone:
    """What songs are like by themselves."""

    def __init__(self, songs: Sequence[Song]) -> None:
        own = np.mean([song.probabilities.mean(axis=0, dtype=np.float64) for song in songs], axis=0)
        self._labels = (1 - _SMOOTH) * _share(own) + _SMOOTH / len(own)
        windows = [song.embeddings for song in songs]
        self._middle = _Middle(windows)
        folds = min(FOLDS, len(songs))
        # A song is nearer to a middle that it helped to find than another song would be.
        middles = [_Middle(fold(windows, n, folds) or windows) for n in range(folds)]
        distances = [middles[n % folds].distance(song) for n, song in enumerate(windows)]
        self._own = np.sort(np.concatenate(distances))

    def ratio(self, probabilities: NDArray[np.float32], embeddings: NDArray[np.float32]) -> Figures:
        """Return how much likelier windows (..., labels), (..., n) are of such songs: (...).

        Against music of all labels of the model alike; 1 says nothing.
        """
        labels = len(self._labels) * (_share(probabilities) @ self._labels)
        return np.asarray(labels * 2 * self._beyond(embeddings))

    def _beyond(self, embeddings: NDArray[np.float32]) -> Figures:
        """Share of the songs' own windows that are as far out, 0 to 1: one half in the mean."""
        nearer = np.searchsorted(self._own, self._middle.distance(embeddings))
        return np.asarray(1 - nearer / len(self._own))


class _Middle:
    """A mean, and how far from it a window lies (Mahalanobis, squared)."""

    def __init__(self, songs: Windows) -> None:
        self._mean = mean(songs)
        self._inverse = np.linalg.inv(covariance([songs]))

    def distance(self, embeddings: NDArray[np.float32]) -> Figures:
        """Return (...) for embeddings (..., n)."""
        away = embeddings - self._mean
        return np.asarray(((away @ self._inverse) * away).sum(axis=-1))


def _share(probabilities: NDArray[np.floating]) -> Figures:
    """Let labels that stand each alone sum to 1 too."""
    total = probabilities.sum(axis=-1, keepdims=True, dtype=np.float64)
    return np.asarray(probabilities / np.maximum(total, 1e-12))
