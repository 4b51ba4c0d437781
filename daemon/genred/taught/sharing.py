"""A model's probabilities and the odds of taught labels in; probabilities of all of them out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genred.taught.discriminant import Figures


class Sharing:
    """Taught labels take their share of each window; the model's own keep theirs of the rest.

    A taught label that is one of the model's adds to it. With a sigmoid head, where every label
    stands alone, nothing is taken from the others.
    """

    def __init__(self, labels: Sequence[str], names: Sequence[str], head: str) -> None:
        self.labels = [*labels, *(name for name in names if name not in labels)]
        """the model's, then the new ones"""
        self._model = len(labels)
        self._places = [self.labels.index(name) for name in names]
        self._alone = head == "sigmoid"

    def shares(self, odds: Figures) -> Figures:
        """Turn odds (..., taught) against all else into shares of a window, 0 to 1."""
        against = odds if self._alone else odds.sum(axis=-1, keepdims=True)
        return np.asarray(odds / (1 + against))

    def shared(self, probabilities: NDArray[np.float32], odds: Figures) -> NDArray[np.float32]:
        """Put (..., labels of the model) and (..., taught) together: (..., labels).

        What summed to 1 sums to 1 again.
        """
        shares = self.shares(odds)
        new = len(self.labels) - self._model
        made = np.concatenate([probabilities, np.zeros((*probabilities.shape[:-1], new))], axis=-1)
        if not self._alone:
            made = made * (1 - shares.sum(axis=-1, keepdims=True))
        for place, share in zip(self._places, np.moveaxis(shares, -1, 0), strict=True):
            rest = 1 - made[..., place] if self._alone else 1.0
            made[..., place] += share * rest
        return made.astype(np.float32)
