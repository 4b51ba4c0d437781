"""What quantization costs: a model file beside the float network that it was made from.

The same tracks are drawn for both, so the interval is of the difference itself, far narrower than
those of the two accuracies.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from genred.model.metadata import Figure
from genred_train.evaluation.bootstrap import difference
from genred_train.evaluation.figures import (
    Truth,
    right_windows,
    track_accuracy,
    track_probabilities,
    window_accuracy,
)
from genred_train.evaluation.heard import Heard
from genred_train.evaluation.listener import Listener


class AgainstFloat(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of the float network, and how far the model file is from them."""

    network: str
    network_sha256: str
    track_accuracy: Figure
    """of the float network, as is the next"""
    window_accuracy: Figure
    same_label: float
    """share of windows whose most probable label is the same"""
    track_difference: Figure
    """accuracy of the model file minus that of the float network: below zero it costs so much"""
    window_difference: Figure


def against_float(
    network: Listener, exact: Heard, model: Listener, heard: Heard, seed: int = 0
) -> AgainstFloat:
    """Compare what both said of the same windows; `exact` is what the float network said."""
    truth = heard.truth(model.labels)
    same = [
        (a.argmax(axis=1) == b.argmax(axis=1)).sum()
        for a, b in zip(exact.windows, heard.windows, strict=True)
    ]
    right = [right_windows(side.windows, truth)[0] for side in (heard, exact)]
    count = np.array([len(clip) for clip in heard.windows], np.float64)
    tracks = [_right_tracks(side, truth) for side in (heard, exact)]
    return AgainstFloat(
        network=network.name,
        network_sha256=network.sha256,
        track_accuracy=track_accuracy(exact.windows, truth, seed),
        window_accuracy=window_accuracy(exact.windows, truth, seed),
        same_label=float(sum(same) / count.sum()),
        track_difference=difference(tracks[0] - tracks[1], np.ones(len(truth)), len(truth), seed),
        window_difference=difference(right[0] - right[1], count, int(count.sum()), seed),
    )


def _right_tracks(heard: Heard, truth: Truth) -> NDArray[np.float64]:
    best = track_probabilities(heard.windows).argmax(axis=1)
    return np.take_along_axis(truth, best[:, None], axis=1)[:, 0].astype(np.float64)
