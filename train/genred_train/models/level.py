"""The first layers of the published networks: a gain taken out, and no weight put in.

Their authors fed whole recordings; a daemon hears any level. Taking a window's maximum away makes
them deaf to gain, and leaves their layers and their parameter counts as they are told.
"""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.models.cut import CUT_DB
from genred_train.models.front import UNIT_DB


def levelled(
    given: Any, spec: FeatureSpec, offset: NDArray[np.float64], scale: NDArray[np.float64]
) -> Any:
    """Take normalised rows (frames, n_coefficients, channels), return the same shape.

    MFCC: the first coefficient counts from its maximum over the window, all else is untouched.
    Log-mel: bands in `UNIT_DB`, 0 at the cut and 2 at the window's maximum, as `front` makes them.
    """
    if spec.kind == "mfcc":
        return _first_from_its_maximum(given, spec)
    return _cut_below_the_maximum(given, spec, offset, scale)


def _first_from_its_maximum(given: Any, spec: FeatureSpec) -> Any:
    # A gain moves c0 of every frame alike, no other coefficient, and no derivative.
    only_first = np.zeros((spec.n_mfcc, 1 + spec.deltas))
    only_first[0, 0] = 1.0
    tops = keras.layers.MaxPooling2D((spec.window_frames, 1), name="level_top", dtype="float32")
    top = _scaled(tops(given), "level_first", only_first, np.zeros_like(only_first))
    return keras.layers.Subtract(name="level", dtype="float32")([given, top])


def _cut_below_the_maximum(
    given: Any, spec: FeatureSpec, offset: NDArray[np.float64], scale: NDArray[np.float64]
) -> Any:
    by_channel = np.zeros((spec.n_mels, 1 + spec.deltas))
    by_channel[:, 0] = offset / UNIT_DB
    gain = np.repeat(scale[:, None] / UNIT_DB, 1 + spec.deltas, axis=1)
    x = _scaled(given, "level_bands", gain, by_channel)
    mel, *derivatives = ops.split(x, 1 + spec.deltas, axis=-1) if spec.deltas else [x]
    whole = (spec.window_frames, spec.n_mels)
    top = keras.layers.MaxPooling2D(whole, name="level_top", dtype="float32")(mel)
    bands = ops.relu(mel - (top - CUT_DB / UNIT_DB))
    return ops.concatenate([bands, *derivatives], axis=-1) if derivatives else bands


def _scaled(x: Any, name: str, gain: NDArray[np.float64], shift: NDArray[np.float64]) -> Any:
    # Lists, because the layer goes into the saved model's config.
    layer = keras.layers.Rescaling(gain.tolist(), shift.tolist(), name=name, dtype="float32")
    return layer(x)
