"""Convolutions that shorten time, then two recurrent layers that read what is left in order.

Source: Choi et al., Convolutional Recurrent Neural Networks for Music Classification (2017). Theirs
reads 96 bands x 1366 frames; pooling here is for windows of seconds, and ReLU for int8 kernels.
"""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.models.front import front

# (channels, pooled by (frames, bands)) of each convolution: 72 x 128 becomes 9 x 1.
STAGES = ((32, (2, 4)), (64, (2, 2)), (64, (2, 4)), (64, (1, 4)))
UNITS = 48


def crnn(
    spec: FeatureSpec,
    n_labels: int,
    offset: NDArray[np.float64],
    scale: NDArray[np.float64],
    *,
    batch_size: int | None = None,
    dropout: float = 0.3,
) -> Any:
    """Build rows (window_frames, n_coefficients, channels) -> [logits (n_labels,), embedding].

    The steps in time are laid out one by one, because TFLite has no int8 loop: an eighth of the
    frames, so windows of half a minute convert slowly.
    """
    given, x = front(spec, offset, scale, batch_size)
    for width, pool in STAGES:
        x = keras.layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
        x = keras.layers.MaxPooling2D(pool, padding="same")(x)
    _, steps, bands, width = x.shape
    x = keras.layers.Reshape((steps, bands * width))(x)
    x = keras.layers.GRU(UNITS, return_sequences=True, unroll=True)(x)
    embedding = keras.layers.GRU(UNITS, unroll=True, name="embedding", dtype="float32")(x)
    kept = keras.layers.Dropout(dropout)(embedding)
    logits = keras.layers.Dense(n_labels, name="logits", dtype="float32")(kept)
    return keras.Model(given, [logits, embedding], name="crnn")
