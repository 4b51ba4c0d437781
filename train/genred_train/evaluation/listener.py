"""A model under test, whatever runs it: what it is, what it hears, what it says of windows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred.model.metadata import DataUse
from genred.pipeline import Model
from genred.tracking.rejection import in_order, states, with_rejections

Window = NDArray[np.float32]
"""(window_frames, n_coefficients) rows as the daemon makes them"""


@dataclass(frozen=True)
class Listener:
    """What figures need of a model."""

    name: str
    """its file"""
    sha256: str
    """of its network"""
    labels: list[str]
    features: FeatureSpec
    thresholds: dict[str, float] | None
    """from where on a label is said, for a sigmoid head; None for a softmax head"""
    hear: Callable[[Iterable[Window]], NDArray[np.float32]]
    """windows, each of which may hold only until the next -> calibrated (windows, labels)"""
    data: Sequence[DataUse] = ()
    """clips that it was made with"""


def listener(name: str, model: Model, *, reject: bool = False) -> Listener:
    """Let a model of the daemon's listen, one window after the other.

    `reject`: what it says of none of its labels, `unknown` and `not_music`, stands beside them.
    """
    metadata = model.metadata
    labels = states(metadata) if reject else metadata.labels
    return Listener(
        name=name,
        sha256=metadata.model_sha256,
        labels=labels,
        features=metadata.features,
        thresholds=filled(labels, metadata.thresholds, metadata.head),
        hear=lambda windows: one_by_one(model, windows, reject=reject),
        data=metadata.training.data,
    )


def one_by_one(
    model: Model, windows: Iterable[Window], *, reject: bool = False
) -> NDArray[np.float32]:
    """Return what a model says of windows, (windows, labels), or (windows, states)."""
    said = [_said(model, window, reject=reject) for window in windows]
    names = states(model.metadata) if reject else model.metadata.labels
    return np.stack(said) if said else np.empty((0, len(names)), np.float32)


def _said(model: Model, window: Window, *, reject: bool) -> NDArray[np.float32]:
    probabilities = model.probabilities(window)
    if not reject:
        return probabilities
    rejected = in_order(model.rejections(), model.metadata)
    return with_rejections(probabilities, rejected).astype(np.float32)


def filled(
    labels: list[str], thresholds: dict[str, float] | None, head: str
) -> dict[str, float] | None:
    """Return a threshold for each label, one half where none is told; None for softmax."""
    if head != "sigmoid":
        return None
    return {label: (thresholds or {}).get(label, 0.5) for label in labels}
