"""A model under test, whatever runs it: what it is, what it hears, what it says of windows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred.model.metadata import DataUse
from genred.pipeline import Model

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


def listener(name: str, model: Model) -> Listener:
    """Let a model of the daemon's listen, one window after the other."""
    metadata = model.metadata
    return Listener(
        name=name,
        sha256=metadata.model_sha256,
        labels=metadata.labels,
        features=metadata.features,
        thresholds=filled(metadata.labels, metadata.thresholds, metadata.head),
        hear=lambda windows: one_by_one(model, windows),
        data=metadata.training.data,
    )


def one_by_one(model: Model, windows: Iterable[Window]) -> NDArray[np.float32]:
    """Return what a model says of windows, (windows, labels)."""
    none = np.empty((0, len(model.metadata.labels)), np.float32)
    return np.stack(said) if (said := [model.probabilities(w) for w in windows]) else none


def filled(
    labels: list[str], thresholds: dict[str, float] | None, head: str
) -> dict[str, float] | None:
    """Return a threshold for each label, one half where none is told; None for softmax."""
    if head != "sigmoid":
        return None
    return {label: (thresholds or {}).get(label, 0.5) for label in labels}
