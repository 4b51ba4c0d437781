"""The first, fixed layers of every model here: from normalised MFCC back to mel bands.

The daemon hands over MFCC; convolutions want to see neighbouring mel bands, and no gain. Both are
the model's own business, so the same graph runs in training and, quantized, in the daemon.
"""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from genred.features.mel import dct_matrix
from genred.features.spec import FeatureSpec
from genred_train.models.cut import CUT_DB

# One unit of the network's input, in decibels.
UNIT_DB = 30.0


def undo(spec: FeatureSpec, offset: NDArray[np.float64], scale: NDArray[np.float64]) -> Any:
    """Make the layer from normalised rows (frames, 1, coefficients) to mel bands in `UNIT_DB`.

    A 1 x 1 convolution rather than a dense layer: its weights are quantized channel by channel.
    """
    inverse = np.eye(spec.n_mels)
    if spec.kind == "mfcc":
        inverse = dct_matrix(spec.n_mfcc, spec.n_mels)
    kernel = scale[:, None] * inverse / UNIT_DB
    bias = offset @ inverse / UNIT_DB
    # bfloat16 has 8 bits: 4 dB of a first coefficient that spans a thousand.
    layer = keras.layers.Conv2D(spec.n_mels, 1, trainable=False, name="undo", dtype="float32")
    layer.build((None, spec.window_frames, 1, spec.n_coefficients))
    layer.set_weights([kernel[None, None].astype(np.float32), bias.astype(np.float32)])
    return layer


def front(
    spec: FeatureSpec,
    offset: NDArray[np.float64],
    scale: NDArray[np.float64],
    batch_size: int | None = None,
) -> Any:
    """Return (input, bands): bands are (frames, n_mels, 1), 0 at the cut and 2 at the maximum.

    `offset` and `scale` (n_coefficients,) are the model file's: input = (row - offset) / scale.
    """
    given = keras.Input(spec.input_shape, batch_size=batch_size, name="rows")
    rows = keras.layers.Reshape((spec.window_frames, 1, spec.n_coefficients))(given)
    mel = undo(spec, offset, scale)(rows)
    mel = keras.layers.Reshape((spec.window_frames, spec.n_mels, 1))(mel)
    # Pooling, where ops.max would do, because int8 kernels are fast for it: 0.1 ms less a window.
    top = keras.layers.MaxPooling2D((spec.window_frames, spec.n_mels), dtype="float32")(mel)
    return given, ops.relu(mel - (top - CUT_DB / UNIT_DB))
