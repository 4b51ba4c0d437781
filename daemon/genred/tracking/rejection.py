"""What a model says of its labels, with what it says of none of them beside it."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from genred.model.metadata import Metadata
from genred.model.scores import by_name


def states(metadata: Metadata) -> list[str]:
    """Return the labels, then `unknown` and `not_music` where the model knows them."""
    return [*metadata.labels, *by_name(metadata.rejection)]


def with_rejections(
    probabilities: NDArray[np.float32], rejected: Iterable[float]
) -> NDArray[np.float64]:
    """Share probabilities (labels,) and chances of rejection out over `states`; the sum stays.

    The later of two rejections comes first: what is no music is no unknown music.
    """
    shared = probabilities.astype(np.float64)
    for chance in rejected:
        shared = np.append(shared * (1 - chance), chance)
    return shared


def in_order(rejected: Mapping[str, float], metadata: Metadata) -> list[float]:
    """Return the chances in the order of `states`; 0 where nobody tells."""
    return [rejected.get(name, 0.0) for name in by_name(metadata.rejection)]
