"""Our own network: a strided stem and residual blocks, mean and maximum at the end."""

from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.models.front import folded, front


class Widths(NamedTuple):
    """Channels of the stem, and (channels, stride) of each block."""

    stem: int
    blocks: tuple[tuple[int, int], ...]


BASE = Widths(40, ((64, 2), (96, 2), (128, 1), (128, 2)))
SMALL = Widths(20, ((24, 2), (32, 2), (40, 2)))


def residual_small(
    spec: FeatureSpec,
    n_labels: int,
    offset: NDArray[np.float64],
    scale: NDArray[np.float64],
    *,
    batch_size: int | None = None,
) -> Any:
    """Build the same for a Pi Zero: under 100 kB as int8. It is fitted too little to drop much."""
    return residual(spec, n_labels, offset, scale, batch_size=batch_size, dropout=0.1, widths=SMALL)


def residual(
    spec: FeatureSpec,
    n_labels: int,
    offset: NDArray[np.float64],
    scale: NDArray[np.float64],
    *,
    batch_size: int | None = None,
    dropout: float = 0.3,
    widths: Widths = BASE,
) -> Any:
    """Build rows (window_frames, n_coefficients, channels) -> [logits (n_labels,), embedding].

    The embedding is what the last dense layer sees: mean and maximum of each channel. `n_mels` is
    a multiple of `FOLD`. `offset` and `scale` are those of `front`.
    """
    given, x = front(spec, offset, scale, batch_size)
    x = folded(x, spec)
    x = _normalised(_stem(widths.stem)(x))
    x = keras.layers.ReLU()(x)
    for width, stride in widths.blocks:
        x = _block(x, width, stride)
    plane = x.shape[1:3]
    pooled = [keras.layers.AveragePooling2D(plane)(x), keras.layers.MaxPooling2D(plane)(x)]
    both = keras.layers.Concatenate(dtype="float32")(pooled)
    embedding = keras.layers.Flatten(name="embedding", dtype="float32")(both)
    kept = keras.layers.Dropout(dropout)(embedding)
    logits = keras.layers.Dense(n_labels, name="logits", dtype="float32")(kept)
    return keras.Model(given, [logits, embedding], name="residual")


def _stem(width: int) -> Any:
    return keras.layers.Conv2D(width, (5, 3), (2, 1), "same", use_bias=False)


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
