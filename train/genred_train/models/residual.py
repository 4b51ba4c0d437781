"""Our own network: a strided stem and residual blocks, mean and maximum at the end."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.models.front import folded, front

STEM_WIDTH = 40
# (channels, stride) of each block.
BLOCKS = ((64, 2), (96, 2), (128, 1), (128, 2))


def residual(
    spec: FeatureSpec,
    n_labels: int,
    offset: NDArray[np.float64],
    scale: NDArray[np.float64],
    *,
    batch_size: int | None = None,
    dropout: float = 0.3,
) -> Any:
    """Build rows (window_frames, n_coefficients, channels) -> [logits (n_labels,), embedding].

    The embedding is what the last dense layer sees: mean and maximum of each channel. `n_mels` is
    a multiple of `FOLD`. `offset` and `scale` are those of `front`.
    """
    given, x = front(spec, offset, scale, batch_size)
    x = folded(x, spec)
    x = _normalised(keras.layers.Conv2D(STEM_WIDTH, (5, 3), (2, 1), "same", use_bias=False)(x))
    x = keras.layers.ReLU()(x)
    for width, stride in BLOCKS:
        x = _block(x, width, stride)
    plane = x.shape[1:3]
    pooled = [keras.layers.AveragePooling2D(plane)(x), keras.layers.MaxPooling2D(plane)(x)]
    both = keras.layers.Concatenate(dtype="float32")(pooled)
    embedding = keras.layers.Flatten(name="embedding", dtype="float32")(both)
    kept = keras.layers.Dropout(dropout)(embedding)
    logits = keras.layers.Dense(n_labels, name="logits", dtype="float32")(kept)
    return keras.Model(given, [logits, embedding], name="residual")


def _normalised(x: Any) -> Any:
    return keras.layers.BatchNormalization(momentum=0.98)(x)


def _block(x: Any, width: int, stride: int) -> Any:
    """Two 3 x 3 convolutions beside a pooled 1 x 1."""
    y = keras.layers.Conv2D(width, 3, stride, "same", use_bias=False)(x)
    y = keras.layers.ReLU()(_normalised(y))
    y = _normalised(keras.layers.Conv2D(width, 3, 1, "same", use_bias=False)(y))
    side = keras.layers.AveragePooling2D(stride, padding="same")(x) if stride > 1 else x
    side = _normalised(keras.layers.Conv2D(width, 1, use_bias=False)(side))
    return keras.layers.ReLU()(y + side)
