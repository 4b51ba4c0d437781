"""What is alive of MSD_musicnn, as a network that hears our bands: a teacher that can be asked.

Its published network has 561 filters over mel bands, of which all but 64 say the same of any music
(their variances in its own file are nothing): only those are here. A student of ours can be told
by it what it says of any window, changed and mixed ones too; it is not made to be shipped.
`teachers.transplant` fills it from the published weights.

Source: J. Pons, X. Serra, musicnn: Pre-trained convolutional neural networks for music audio
tagging (2019).
"""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.models.front import FOLD, front

TIMBRE = ((48, 23), (84, 14))
"""(bands that a filter and its copy hear, filters)"""
RHYTHM = ((51, 3), (27, 7), (15, 17))
"""(frames that a filter hears, filters)"""
IN_TIME = 5
"""frames of all other kernels"""
SHIFTS = 2
"""copies of a timbre filter, `FOLD / SHIFTS` bands apart: with them it stands at every other band,
though bands are folded"""
DENSE, WIDTH = 3, 64
TAUGHT, FURTHER = 200, 128
"""values of its own embedding, and what is added for other teachers' answers"""
HIGHEST = 116
"""bands of 128 that lie below the 8 kHz that it heard"""


def musicnn(
    spec: FeatureSpec,
    n_labels: int,
    offset: NDArray[np.float64],
    scale: NDArray[np.float64],
    *,
    batch_size: int | None = None,
) -> Any:
    """Build rows (window_frames, n_coefficients, channels) -> [logits (n_labels,), embedding]."""
    given, bands = front(spec, offset, scale, batch_size)
    above = max(0, spec.n_mels - HIGHEST)
    x = keras.layers.Cropping2D(((0, 0), (0, above)))(bands) if above else bands
    x = _normalised(x, "bn_bands")
    heard = [_timbre(x, number) for number in range(len(TIMBRE))]
    heard += [_rhythm(x, number) for number in range(len(RHYTHM))]
    parts = [keras.layers.Concatenate()(heard)]
    for number in range(DENSE):
        x = keras.layers.Conv2D(
            WIDTH, (IN_TIME, 1), padding="same", activation="relu", name=f"dense_in_time_{number}"
        )(parts[-1])
        x = _normalised(x, f"bn_dense_in_time_{number}")
        parts.append(x if number == 0 else x + parts[-1])
    return _headed(given, keras.layers.Concatenate()(parts), n_labels)


def _timbre(x: Any, number: int) -> Any:
    """Hear a spectrum wherever in the bands it stands: (frames, 1, filters)."""
    bands, filters = TIMBRE[number]
    places = -(-bands // FOLD)
    x = keras.layers.Reshape((x.shape[1], x.shape[2] // FOLD, FOLD * x.shape[3]))(x)
    x = keras.layers.ZeroPadding2D((IN_TIME // 2, 0))(x)
    x = keras.layers.Conv2D(
        SHIFTS * filters, (IN_TIME, places), activation="relu", name=f"timbre_{number}"
    )(x)
    x = _normalised(x, f"bn_timbre_{number}")
    x = keras.layers.MaxPooling2D((1, x.shape[2]))(x)
    x = keras.layers.Reshape((x.shape[1], SHIFTS, filters))(x)
    return keras.layers.MaxPooling2D((1, SHIFTS))(x)


def _rhythm(x: Any, number: int) -> Any:
    """Hear how a band goes in time, whichever it is: (frames, 1, filters)."""
    frames, filters = RHYTHM[number]
    x = keras.layers.ZeroPadding2D((frames // 2, 0))(x)
    x = keras.layers.Conv2D(
        filters, (frames, 1), (1, 2), activation="relu", name=f"rhythm_{number}"
    )(x)
    x = _normalised(x, f"bn_rhythm_{number}")
    return keras.layers.MaxPooling2D((1, x.shape[2]))(x)


def _headed(given: Any, x: Any, n_labels: int) -> Any:
    plane = x.shape[1:3]
    both = [keras.layers.MaxPooling2D(plane)(x), keras.layers.AveragePooling2D(plane)(x)]
    pooled = keras.layers.Flatten()(keras.layers.Concatenate()(both))
    pooled = _normalised(pooled, "bn_pooled")
    own = _normalised(keras.layers.Dense(TAUGHT, activation="relu", name="own")(pooled), "bn_own")
    more = keras.layers.Dense(FURTHER, activation="relu", name="further")(pooled)
    embedding = keras.layers.Concatenate(name="embedding", dtype="float32")([own, more])
    kept = keras.layers.Dropout(0.3)(embedding)
    logits = keras.layers.Dense(n_labels, name="logits", dtype="float32")(kept)
    return keras.Model(given, [logits, embedding], name="musicnn")


def _normalised(x: Any, name: str) -> Any:
    return keras.layers.BatchNormalization(momentum=0.98, name=name)(x)
