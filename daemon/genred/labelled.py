"""A model whose labels are as a user wishes them: the same interface, so nothing else changes."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from genred.labels import Labels
from genred.pipeline import Model


class LabelledModel:
    """A model whose labels are weighted, then named; raises UsageError as `Labels.check`."""

    def __init__(self, model: Model, labels: Labels) -> None:
        own = model.metadata
        labels.check(own.labels)
        names = [labels.names.get(label, label) for label in own.labels]
        self._model = model
        self._head = own.head
        self._weights = np.array([labels.weights.get(label, 1.0) for label in own.labels])
        said = list(dict.fromkeys(names))
        self._sums = np.array([[name == each for each in names] for name in said], np.float64)
        thresholds = own.thresholds
        if thresholds is not None:
            thresholds = _lowest(names, [thresholds[label] for label in own.labels])
        self.metadata = msgspec.structs.replace(own, labels=said, thresholds=thresholds)

    def probabilities(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        """Hear one window; return (labels,), which sum to 1 if the model's do."""
        given = weighted(self._model.probabilities(window), self._weights, self._head)
        if self._head == "sigmoid":
            return np.asarray(1 - np.prod(1 - self._sums * given, axis=1), np.float32)
        return np.asarray(self._sums @ given, np.float32)

    def rejections(self) -> Mapping[str, float]:
        """Return the model's, as they are."""
        return self._model.rejections()


def labelled(model: Model, labels: Labels) -> Model:
    """Return a model with these wishes; itself where there are none. Raises as `LabelledModel`."""
    return LabelledModel(model, labels) if labels.weights or labels.names else model


def weighted(
    probabilities: NDArray[np.float32], weights: NDArray[np.float64], head: str
) -> NDArray[np.float64]:
    """Multiply odds of labels (labels,) by weights (labels,), not all 0.

    For a softmax head against each other: the sum is 1 again. For a sigmoid head, where each
    stands alone, against its absence.
    """
    given = probabilities * weights
    if head == "sigmoid":
        return np.asarray(given / np.maximum(given + 1 - probabilities, np.finfo(np.float64).tiny))
    total = given.sum()
    # A model that was sure of what never plays leaves nothing to go by.
    return np.asarray(given / total if total > 0 else weights / weights.sum())


def _lowest(names: Sequence[str], thresholds: Sequence[float]) -> dict[str, float]:
    """Return for each name the lowest of its labels' thresholds."""
    found: dict[str, float] = {}
    for name, threshold in zip(names, thresholds, strict=True):
        found[name] = min(threshold, found.get(name, 1.0))
    return found
