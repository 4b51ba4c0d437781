"""The baselines by name. What they need is imported as they are fitted, not before."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.baselines import neighbours
from genred_train.baselines.classical import mfcc_statistics, window_features
from genred_train.baselines.usable import check_usable
from genred_train.collection.clips import Clips

ANCHOR_MFCC = 40


class Fitted(Protocol):
    """What answers for clips once it is fitted."""

    def probabilities(self, clips: Clips) -> list[NDArray[np.float32]]:
        """One array (windows, labels) a clip; what hears whole clips gives one row for each."""


@dataclass(frozen=True)
class Baseline:
    """A name, what it does, and how it is fitted: clips, spec (for its windows), seed."""

    name: str
    summary: str
    fit: Callable[[Clips, FeatureSpec, int], Fitted]
    on_audio: str = ""
    """what it does with recordings; empty where it hears mel bands only"""


def _knn_mfcc_gauss(clips: Clips, _spec: FeatureSpec, _seed: int) -> Fitted:
    check_usable(clips)
    return neighbours.fit(clips)


def _ann_features(clips: Clips, spec: FeatureSpec, seed: int) -> Fitted:
    check_usable(clips)
    from genred_train.baselines import learner  # noqa: PLC0415 - scikit-learn takes a second

    return learner.fit(clips, spec, partial(window_features, spec=spec), learner.network(seed))


def _svm_features(clips: Clips, spec: FeatureSpec, seed: int) -> Fitted:
    check_usable(clips)
    from genred_train.baselines import learner  # noqa: PLC0415 - scikit-learn takes a second

    return learner.fit(clips, spec, partial(window_features, spec=spec), learner.svm(seed))


def _svm_mfcc(clips: Clips, spec: FeatureSpec, seed: int) -> Fitted:
    check_usable(clips)
    from genred_train.baselines import learner  # noqa: PLC0415 - scikit-learn takes a second

    describe = partial(mfcc_statistics, n_mfcc=min(ANCHOR_MFCC, spec.n_mels))
    return learner.fit(clips, spec, describe, learner.svm(seed))


def _random_cnn_svm(clips: Clips, spec: FeatureSpec, seed: int) -> Fitted:
    check_usable(clips)
    # Keras takes five seconds.
    from genred_train.baselines import learner, random_cnn  # noqa: PLC0415

    return learner.fit(clips, spec, random_cnn.random_cnn(spec, seed), learner.svm(seed))


_ALL = (
    Baseline("knn-mfcc-gauss", "5 nearest clips by their MFCC's Gaussians", _knn_mfcc_gauss),
    Baseline("svm-mfcc", "SVM on mean and deviation of 40 MFCC", _svm_mfcc),
    Baseline(
        "ann-features",
        "small dense network on features of the mel bands",
        _ann_features,
        "small dense network on the full features of whole recordings",
    ),
    Baseline(
        "svm-features",
        "SVM on features of the mel bands",
        _svm_features,
        "SVM on the full features of whole recordings",
    ),
    Baseline("random-cnn-svm", "SVM on the maps of a network never trained", _random_cnn_svm),
)
BASELINES = {baseline.name: baseline for baseline in _ALL}
