"""What a network gave for a window in; how sure it is of it, and how likely no label fits, out.

Every score is high for what the model knows and low for what it does not. All of them work along
the last axis, so that a trainer may score many windows at once.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genred.events import NOT_MUSIC, UNKNOWN
from genred.model.metadata import Rejection, Rejections

MAX_PROBABILITY = "max_probability"
MARGIN = "margin"
ENERGY = "energy"
EMBEDDING = "embedding"


class Outputs(NamedTuple):
    """What a network gave, for one window or (..., windows)."""

    probabilities: NDArray[np.float32]
    """(..., labels), calibrated"""
    logits: NDArray[np.float32]
    """(..., labels), divided by the temperature"""
    embedding: NDArray[np.float32] | None
    """(..., n), the vector before the head; None of a network that gives none"""


def by_name(rejections: Rejections) -> dict[str, Rejection]:
    """Return the rejections that a model knows: `unknown`, then `not_music`."""
    all_of_them = {UNKNOWN: rejections.unknown, NOT_MUSIC: rejections.not_music}
    return {name: found for name, found in all_of_them.items() if found is not None}


def chances(outputs: Outputs, rejections: Rejections) -> dict[str, float]:
    """Return how likely one window is each thing that the model can reject, 0 to 1."""
    return {
        name: float(chance(score(outputs, rejection), rejection))
        for name, rejection in by_name(rejections).items()
    }


def chance(scores: NDArray[np.float64], rejection: Rejection) -> NDArray[np.float64]:
    """Return sigmoid((threshold - score) / width) of scores of any shape."""
    # The hyperbolic tangent is the same curve, and nothing overflows.
    return np.asarray(0.5 + 0.5 * np.tanh((rejection.threshold - scores) / (2 * rejection.width)))


def score(outputs: Outputs, rejection: Rejection) -> NDArray[np.float64]:
    """Return the score that a rejection goes by, (...).

    Raises ValueError if it is one of an embedding that is not there.
    """
    if rejection.score == EMBEDDING:
        if outputs.embedding is None:
            raise ValueError("the network gives no embedding")
        weights = np.asarray(rejection.weights, np.float64)
        return np.asarray(outputs.embedding @ weights + rejection.bias)
    return _OF_LABELS[rejection.score](outputs)


def _max_probability(outputs: Outputs) -> NDArray[np.float64]:
    return np.asarray(outputs.probabilities.max(axis=-1), np.float64)


def _margin(outputs: Outputs) -> NDArray[np.float64]:
    """Lead of the most probable label over the next; its probability where there is one label."""
    ordered = np.sort(outputs.probabilities.astype(np.float64), axis=-1)
    second = ordered[..., -2] if ordered.shape[-1] > 1 else 0.0
    return np.asarray(ordered[..., -1] - second)


def _energy(outputs: Outputs) -> NDArray[np.float64]:
    """Logarithm of the sum of the logits' exponentials.

    Source: Liu et al., Energy-based Out-of-distribution Detection (2020), section 3.1, sign turned.
    """
    logits = outputs.logits.astype(np.float64)
    most = logits.max(axis=-1)
    return np.asarray(np.log(np.exp(logits - most[..., None]).sum(axis=-1)) + most)


_OF_LABELS: dict[str, Callable[[Outputs], NDArray[np.float64]]] = {
    MAX_PROBABILITY: _max_probability,
    MARGIN: _margin,
    ENERGY: _energy,
}
