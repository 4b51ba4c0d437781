"""A small learner of scikit-learn's behind a table of features: an SVM, or a dense network.

Features are standardised by what was fitted on, and nothing else.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from genred.features.spec import FeatureSpec
from genred_train.baselines.windows import clip_windows
from genred_train.collection.clips import Clips

Describe = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""windows (windows, frames, n_mels) to features (windows, features)"""

HIDDEN = 64
EPOCHS = 60
DECAY = 1e-2


@dataclass(frozen=True)
class WindowLearner:
    """A fitted learner, and how it is told of a window."""

    model: Any
    describe: Describe
    spec: FeatureSpec
    n_genres: int

    def probabilities(self, clips: Clips) -> list[NDArray[np.float32]]:
        """Probabilities of each clip's windows, (windows, genres), one each interval."""
        hop = self.spec.interval_frames
        return [
            scores(
                self.model,
                self.describe(clip_windows(clips, clip, self.spec, hop)),
                self.n_genres,
            )
            for clip in range(len(clips))
        ]


def fit(clips: Clips, spec: FeatureSpec, describe: Describe, learner: Any) -> WindowLearner:
    """Fit to the windows that stand side by side in each clip: those between tell little more."""
    hop = spec.window_frames
    tables = [describe(clip_windows(clips, clip, spec, hop)) for clip in range(len(clips))]
    y = np.repeat(clips.y, [len(table) for table in tables])
    model = fit_table(np.concatenate(tables), y, learner)
    return WindowLearner(model, describe, spec, len(clips.genres))


def fit_table(table: NDArray[np.float32], y: NDArray[np.int64], learner: Any) -> Any:
    """Standardise a table (rows, features) and fit the learner to it."""
    with warnings.catch_warnings():
        # A network that stops after EPOCHS is what is wanted here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return make_pipeline(StandardScaler(), learner).fit(table, y)


def scores(model: Any, table: NDArray[np.float32], n_genres: int) -> NDArray[np.float32]:
    """Probabilities (rows, genres) of a table; 0 for genres that were not fitted on.

    An SVM has none of its own: the softmax of its decision values, whose order is its answer.
    """
    if hasattr(model, "predict_proba"):
        found = model.predict_proba(table)
    else:
        found = softmax(_decision(model, table))
    result = np.zeros((len(table), n_genres), np.float32)
    result[:, model.classes_] = found
    return result


def softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of 1, row by row, in the order of the values."""
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def svm(seed: int) -> Any:
    """Make an SVM with radial basis functions, scikit-learn's own width and cost."""
    return SVC(random_state=seed)


def network(seed: int) -> Any:
    """Make a dense network of `HIDDEN` units in one layer."""
    return MLPClassifier((HIDDEN,), alpha=DECAY, max_iter=EPOCHS, random_state=seed)


def _decision(model: Any, table: NDArray[np.float32]) -> NDArray[np.float64]:
    values = np.asarray(model.decision_function(table), np.float64)
    # Two genres: one value, for the second against the first.
    return np.stack([-values, values], axis=1) if values.ndim == 1 else values
