"""F1 of each label, by its formula: what tests hold thresholds against."""

import numpy as np
from numpy.typing import NDArray


def f1_scores(said: NDArray[np.bool_], targets: NDArray[np.floating]) -> NDArray[np.float64]:
    """Both (n, labels); 0 for a label that is neither there nor said."""
    known = targets > 0.5
    hits = (said & known).sum(axis=0)
    return np.asarray(2 * hits / np.maximum(said.sum(axis=0) + known.sum(axis=0), 1))
