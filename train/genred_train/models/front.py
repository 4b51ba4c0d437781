"""The first, fixed layers of every model here: from normalised MFCC back to mel bands.

The daemon hands over MFCC; convolutions want to see neighbouring mel bands, and no gain. Both are
the model's own business, so the same graph runs in training and, quantized, in the daemon.
Derivatives, where a model has them, are turned into those of mel bands and stand beside the bands.
"""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.features.mel import dct_matrix
from genred.features.spec import FeatureSpec
from genred_train.models.cut import CUT_DB
from genred_train.models.fixed import fixed

# One unit of the network's input, in decibels.
UNIT_DB = 30.0
# One unit of a derivative, in decibels a frame: they are smaller.
DERIVATIVE_UNIT_DB = 6.0
# Mel bands that become channels of one place before the first convolution. An int8 kernel with one
# input channel pads it to many: the stem alone took 0.27 ms of a 0.5 ms window, so 0.06.
FOLD = 4


def undo(spec: FeatureSpec, offset: NDArray[np.float64], scale: NDArray[np.float64]) -> Any:
    """Make the layer from normalised rows (frames, 1, coefficients) to mel bands in `UNIT_DB`.

    A 1 x 1 convolution rather than a dense layer: its weights are quantized channel by channel.
    """
    inverse = _inverse(spec)
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
    Derivatives follow as further channels, in `DERIVATIVE_UNIT_DB`; a derivative has no offset.
    """
    given = keras.Input(spec.input_shape, batch_size=batch_size, name="rows")
    first, *others = ops.split(given, 1 + spec.deltas, axis=-1) if spec.deltas else [given]
    rows = keras.layers.Reshape((spec.window_frames, 1, spec.n_coefficients))(first)
    mel = undo(spec, offset, scale)(rows)
    mel = keras.layers.Reshape((spec.window_frames, spec.n_mels, 1))(mel)
    # Pooling, where ops.max would do, because int8 kernels are fast for it: 0.1 ms less a window.
    top = keras.layers.MaxPooling2D((spec.window_frames, spec.n_mels), dtype="float32")(mel)
    bands = ops.relu(mel - (top - CUT_DB / UNIT_DB))
    if not others:
        return given, bands
    return given, ops.concatenate([bands, *_derivatives(others, spec, scale)], axis=-1)


def folded(bands: Any, spec: FeatureSpec) -> Any:
    """Make `FOLD` neighbouring bands channels of one place.

    Raises GenredError if `n_mels` is no multiple of `FOLD`.
    """
    if spec.n_mels % FOLD:
        raise GenredError(
            f"features.n_mels = {spec.n_mels}: this network folds {FOLD} bands into one place; "
            f"give a multiple of {FOLD}"
        )
    shape = (spec.window_frames, spec.n_mels // FOLD, FOLD * bands.shape[-1])
    return keras.layers.Reshape(shape)(bands)


def _inverse(spec: FeatureSpec) -> NDArray[np.float64]:
    """From coefficients to mel bands: (n_coefficients, n_mels)."""
    if spec.kind == "mfcc":
        return dct_matrix(spec.n_mfcc, spec.n_mels)
    return np.eye(spec.n_mels)


def _derivatives(others: list[Any], spec: FeatureSpec, scale: NDArray[np.float64]) -> list[Any]:
    """One layer undoes them all: its weights are not learnt."""
    layer = fixed("undo_derivatives", scale[:, None] * _inverse(spec) / DERIVATIVE_UNIT_DB)
    rows = (spec.window_frames, 1, spec.n_coefficients)
    plane = (spec.window_frames, spec.n_mels, 1)
    reshape = keras.layers.Reshape
    return [reshape(plane)(layer(reshape(rows)(other))) for other in others]
