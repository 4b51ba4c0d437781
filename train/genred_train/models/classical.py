"""Classical features of a window inside a network: fixed maps, no weight of them is learnt.

Made from mel bands, all that a model's rows hold, so each differs a little from its namesake of the
full spectrum; built from what int8 kernels do well (no division, no logarithm).
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from genred.features.mel import dct_matrix
from genred.features.spec import FeatureSpec
from genred_train.models.fixed import fixed
from genred_train.models.front import UNIT_DB

N_MFCC = 20
ROLL_OFF = 0.85
"""share of the magnitude below the roll-off: librosa's default"""
# Shares of more groups would fall below the 1/256 that int8 gives them.
_GROUPS = 32
_STEEPNESS = 20.0


def classical(bands: Any, spec: FeatureSpec) -> Any:
    """Turn bands (frames, n_mels, 1), 0 at the cut and 2 at the maximum, into one vector.

    Mean and mean absolute deviation over time of the four curves and of `N_MFCC` coefficients.
    """
    frames = spec.window_frames
    every = keras.layers.Reshape((frames, 1, spec.n_mels))(bands)
    return keras.layers.Concatenate(dtype="float32")(
        [*_over_time(_curves(bands, spec), frames), *_over_time(_mfcc(spec)(every), frames)]
    )


def _mfcc(spec: FeatureSpec) -> Any:
    """Upper coefficients are small: each is made larger, so that one int8 scale suits all."""
    count = min(N_MFCC, spec.n_mels)
    gain = (1 + np.arange(count) / 2) / np.sqrt(spec.n_mels)
    return fixed("classical_mfcc", (dct_matrix(count, spec.n_mels) * gain[:, None]).T)


def _curves(bands: Any, spec: FeatureSpec) -> Any:
    """Centroid, bandwidth, roll-off and flatness of each frame: (frames, 1, 4)."""
    width = max(1, spec.n_mels // _GROUPS)
    pool = keras.layers.AveragePooling2D((1, width), padding="same", dtype="float32")
    groups = pool(bands)
    n = int(groups.shape[2])
    groups = keras.layers.Reshape((spec.window_frames, 1, n))(groups)
    # The share of each group in the frame's magnitude: 10 ** (level / 20) over their sum.
    magnitude = keras.layers.Rescaling(UNIT_DB * np.log(10) / 20, dtype="float32")(groups)
    shares = keras.layers.Softmax(dtype="float32")(magnitude)
    place = np.linspace(-1, 1, n)
    moments = fixed("classical_moments", np.stack([place, place**2], axis=1))(shares)
    centroid, square = ops.split(moments, 2, axis=-1)
    bandwidth = ops.sqrt(ops.relu(square - centroid * centroid))
    return ops.concatenate(
        [centroid, bandwidth, _roll_off(shares, n), _flatness(groups, shares, n)], axis=-1
    )


def _roll_off(shares: Any, n: int) -> Any:
    """Share of the groups below which `ROLL_OFF` of the magnitude lies; its edge is soft."""
    below = fixed(
        "classical_below", -_STEEPNESS * np.triu(np.ones((n, n))), np.full(n, ROLL_OFF * _STEEPNESS)
    )
    return fixed("classical_roll_off", np.full((n, 1), 1 / n))(ops.sigmoid(below(shares)))


def _flatness(groups: Any, shares: Any, n: int) -> Any:
    """Mean level less the level where the magnitude is: 0 for noise, far below for a tone."""
    mean = fixed("classical_mean", np.full((n, 1), 1 / n))(groups)
    return mean - fixed("classical_weighted", np.ones((n, 1)))(groups * shares)


def _over_time(x: Any, frames: int) -> list[Any]:
    """Mean and mean absolute deviation of (frames, 1, n): two vectors (n,)."""
    mean = keras.layers.AveragePooling2D((frames, 1), dtype="float32")(x)
    away = keras.layers.AveragePooling2D((frames, 1), dtype="float32")(ops.abs(x - mean))
    return [keras.layers.Flatten(dtype="float32")(found) for found in (mean, away)]
