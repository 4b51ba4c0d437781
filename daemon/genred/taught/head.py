"""Lessons in; out of them, for any window, the odds of each taught label against all else.

Every label of the model is as likely beforehand, and so is a taught one, or more: it stands half
way (in odds) between one label of many and one of two. A head is fitted anew each time from the
windows that were kept, in well under a second, and the same lessons give the same head.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genred.taught.alone import Alone
from genred.taught.discriminant import Figures, fit
from genred.taught.lesson import Taught
from genred.taught.scaling import scaled

_MOST = 30.0
"""logarithm of odds; beyond it float32 knows no difference"""


class Head(Protocol):
    """What lessons have become."""

    def odds(self, probabilities: NDArray[np.float32], embeddings: NDArray[np.float32]) -> Figures:
        """Return (..., taught labels) for windows (..., labels) and (..., n); finite, >= 0."""


def learn(taught: Taught, labels: int) -> Head:
    """Fit a head for lessons, at least one, on a model with so many labels.

    With songs of other music it tells them apart; without, it can say only how like them all is.
    """
    prior = labels**-0.5
    return _AgainstOthers(taught, prior) if taught.others else _AmongThemselves(taught, prior)


class _AgainstOthers:
    """Other music is a class of its own."""

    def __init__(self, taught: Taught, prior: float) -> None:
        songs = [taught.others, *(lesson.songs for lesson in taught.lessons)]
        classes = [[song.embeddings for song in each] for each in songs]
        self._discriminant = fit(classes)
        self._scaling = scaled(classes, lifted=True)
        self._prior = prior

    def odds(self, probabilities: NDArray[np.float32], embeddings: NDArray[np.float32]) -> Figures:
        del probabilities  # All that they are made of is in the embeddings.
        logits = self._scaling.logits(self._discriminant.scores(embeddings))
        against = np.clip(logits[..., 1:] - logits[..., :1], -_MOST, _MOST)
        return np.asarray(self._prior * np.exp(against))


class _AmongThemselves:
    """Each is taken as far as it is like its own songs; several share by what tells them apart."""

    def __init__(self, taught: Taught, prior: float) -> None:
        classes = [[song.embeddings for song in lesson.songs] for lesson in taught.lessons]
        self._alone = [Alone(lesson.songs) for lesson in taught.lessons]
        self._discriminant = fit(classes)
        self._scaling = scaled(classes, lifted=False)
        self._prior = prior

    def odds(self, probabilities: NDArray[np.float32], embeddings: NDArray[np.float32]) -> Figures:
        ratios = [alone.ratio(probabilities, embeddings) for alone in self._alone]
        logits = self._scaling.logits(self._discriminant.scores(embeddings))
        among = np.exp(logits - logits.max(axis=-1, keepdims=True))
        among /= among.sum(axis=-1, keepdims=True)
        return np.asarray(self._prior * among * np.stack(ratios, axis=-1))
