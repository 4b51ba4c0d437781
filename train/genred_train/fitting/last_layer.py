"""The last layer fitted anew, when all else is: a logistic regression on clips as they are.

While a network learns, its last layer sees windows that are mixed and changed, drawn so that small
collections count for much, beside soft labels. All that is good for what lies below. What lies
below is then described best by what a clip is in the mean, and one convex fit finds it.

Source: P. Kirichenko, P. Izmailov, A. G. Wilson, Last Layer Re-Training is Sufficient for
Robustness to Spurious Correlations (2023).
"""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.collection.clips import Clips
from genred_train.collection.relabelled import labelled
from genred_train.features.ranges import Ranges
from genred_train.fitting.claims import clip_logits
from genred_train.fitting.network import EMBEDDING, LOGITS

_ROUNDS = 1000
_SPREAD = 1e-6
_Table = NDArray[np.float64]


def refit(network: Any, clips: Clips, spec: FeatureSpec, ranges: Ranges, strength: float) -> None:
    """Fit the layer that says labels to the labelled of some clips, one genre each, unchanged.

    `strength`: inverse weight of the squared weights, of values in their standard deviations.
    """
    own = clips.pick(labelled(clips).nonzero()[0].tolist())
    described = keras.Model(network.input, network.get_layer(EMBEDDING).output)
    means = [
        clip.mean(axis=0, dtype=np.float64) for clip in clip_logits(described, own, spec, ranges)
    ]
    network.get_layer(LOGITS).set_weights(regression(np.stack(means), own.y, strength))


def regression(x: _Table, y: NDArray[np.int64], strength: float) -> list[NDArray[np.float32]]:
    """Fit a logistic regression to x (clips, n); return weights (n, labels) and bias (labels,).

    y holds each of its labels, 0 and up.
    """
    # Slow to import, and only this needs it.
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    mean, spread = x.mean(axis=0), x.std(axis=0) + _SPREAD
    model = LogisticRegression(C=strength, max_iter=_ROUNDS).fit((x - mean) / spread, y)
    weights, bias = model.coef_.T / spread[:, None], model.intercept_
    if weights.shape[1] == 1:  # of two labels it has the odds
        weights, bias = np.hstack([-weights, weights]) / 2, np.array([-bias[0], bias[0]]) / 2
    return [weights.astype(np.float32), (bias - mean @ weights).astype(np.float32)]
