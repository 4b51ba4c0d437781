"""What a model says of its labels, with what it says of none of them beside it."""

import numpy as np
from numpy.typing import NDArray

from genred.events import NOT_MUSIC, UNKNOWN
from genred.model.metadata import Rejection, Rejections


def states(labels: list[str], rejections: Rejections) -> list[str]:
    """Return the labels, then `unknown` and `not_music` where the model knows them."""
    known = {UNKNOWN: rejections.unknown, NOT_MUSIC: rejections.not_music}
    return [*labels, *(name for name, rejection in known.items() if rejection is not None)]


def with_rejections(
    probabilities: NDArray[np.float32], rejections: Rejections
) -> NDArray[np.float64]:
    """Share a window's probabilities (labels,) out over `states`; the sum stays 1."""
    shared = probabilities.astype(np.float64)
    rejected: list[float] = []
    for rejection in (rejections.unknown, rejections.not_music):
        if rejection is not None:
            chance = _chance(float(probabilities.max()), rejection)
            shared = shared * (1 - chance)
            rejected = [*(share * (1 - chance) for share in rejected), chance]
    return np.concatenate([shared, rejected])


def _chance(score: float, rejection: Rejection) -> float:
    return float(1.0 / (1.0 + np.exp(-(rejection.threshold - score) / rejection.width)))
