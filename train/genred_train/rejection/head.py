"""A line through the embeddings: on one side what fits, on the other what does not.

scikit-learn, of the extra `train`, is imported late: figures alone do not need it.
"""

import importlib.util
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError

_STRENGTH = 1e-2
"""of the fit against the pull to zero: of four, what rejects most held-out noise"""
_DIGITS = 6


class Head(NamedTuple):
    """`embedding @ weights + bias`: above 0 it rather fits."""

    weights: NDArray[np.float64]
    """(n,)"""
    bias: float


def need_sklearn() -> None:
    """Raise GenredError in a light installation."""
    if importlib.util.find_spec("sklearn") is None:
        raise GenredError("needs scikit-learn: install the extra, pip install 'genred[train]'")


def fit_head(x: NDArray[np.float32], fits: NDArray[np.bool_], weight: NDArray[np.float64]) -> Head:
    """Fit by logistic regression to embeddings (windows, n), each with its weight.

    The weights returned are of the embedding as it is, rounded to six digits.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - see the head

    mean, deviation = x.mean(axis=0, dtype=np.float64), x.std(axis=0, dtype=np.float64)
    # What never moves says nothing, and is not to be divided by.
    scale = np.where(deviation > 0, deviation, 1.0)
    model = LogisticRegression(C=_STRENGTH, max_iter=1000)
    model.fit((x - mean) / scale, fits, sample_weight=weight)
    weights = _rounded(model.coef_[0] / scale)
    return Head(weights, float(model.intercept_[0] - mean @ weights))


def fit_width(
    scores: NDArray[np.float64], fits: NDArray[np.bool_], w: NDArray[np.float64]
) -> float:
    """Return the width of the logistic curve from a score to the chance that it does not fit.

    0.0 of a score that is no higher for what fits. Source: Platt, Probabilistic Outputs for Support
    Vector Machines (1999).
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - see the head

    spread = float(scores.std()) or 1.0
    model = LogisticRegression(C=1e6).fit((scores / spread)[:, None], fits, sample_weight=w)
    slope = float(model.coef_[0, 0])
    return spread / slope if slope > 0 else 0.0


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([float(f"{value:.{_DIGITS}g}") for value in values])
