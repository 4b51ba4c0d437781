"""Classical features beside a small convolutional network, joined before the last layer."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.models.classical import classical
from genred_train.models.front import folded, front

CLASSICAL_UNITS = 32
# (channels, pooled by) of each convolution.
STAGES = ((32, 2), (64, 2), (64, 1))


def hybrid(
    spec: FeatureSpec,
    n_labels: int,
    offset: NDArray[np.float64],
    scale: NDArray[np.float64],
    *,
    batch_size: int | None = None,
    dropout: float = 0.3,
) -> Any:
    """Build rows (window_frames, n_coefficients, channels) -> [logits (n_labels,), embedding].

    `n_mels` is a multiple of 4, as for `residual`.
    """
    given, x = front(spec, offset, scale, batch_size)
    known = keras.layers.BatchNormalization()(classical(x[..., :1] if spec.deltas else x, spec))
    known = keras.layers.Dense(CLASSICAL_UNITS, activation="relu")(known)
    both = keras.layers.Concatenate(name="embedding", dtype="float32")([known, _heard(x, spec)])
    kept = keras.layers.Dropout(dropout)(both)
    logits = keras.layers.Dense(n_labels, name="logits", dtype="float32")(kept)
    return keras.Model(given, [logits, both], name="hybrid")


def _heard(x: Any, spec: FeatureSpec) -> Any:
    """Return what convolutions find, averaged over the window: (64,)."""
    x = folded(x, spec)
    for width, pool in STAGES:
        x = keras.layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
        x = keras.layers.MaxPooling2D(pool, padding="same")(x) if pool > 1 else x
    return keras.layers.Flatten()(keras.layers.AveragePooling2D(x.shape[1:3])(x))
