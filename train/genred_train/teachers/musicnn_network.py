"""The layers of MSD_musicnn, in two networks: one along a recording, one for a window of it.

Layers are called as in the file of weights. Source: J. Pons, X. Serra, musicnn: Pre-trained
convolutional neural networks for music audio tagging (2019).
"""

from typing import Any

import keras

N_MELS = 96
CHANNELS = 2 * 204 + 3 * 51 + 3 * 64
TIMBRE = ((7, 38), (7, 67))
"""kernels, (frames, bands)"""
RHYTHM = ((128, 1), (64, 1), (32, 1))
DENSE = 3
"""convolutions in time behind them"""
CONTEXT = 128 // 2 + DENSE * (7 // 2)
"""frames on either side that a frame's channels depend on"""


def along() -> Any:
    """Build what hears frames: (frames, 96) -> (frames, 753)."""
    given = keras.Input((None, N_MELS), name="mel")
    x = _normalised(keras.layers.Reshape((-1, N_MELS, 1))(given), "batch_normalization")
    padded = keras.layers.ZeroPadding2D((3, 0))(x)
    timbre = [(padded, kernel, 204, "valid") for kernel in TIMBRE]
    rhythm = [(x, kernel, 51, "same") for kernel in RHYTHM]
    found = [_heard(number, *what) for number, what in enumerate([*timbre, *rhythm])]
    parts = [keras.layers.Concatenate()(found)]
    for number in range(1, DENSE + 1):
        made = _in_time(parts[-1], f"midend_conv{number}")
        parts.append(made if number == 1 else keras.layers.Add()([made, parts[-1]]))
    return keras.Model(given, keras.layers.Concatenate()(parts), name="along")


def of_window() -> Any:
    """Build what hears a window's pooled channels: (1506,) -> [embedding (200,), logits (50,)]."""
    given = keras.Input((2 * CHANNELS,), name="pooled")
    x = _normalised(given, "bn_flatpool")
    x = keras.layers.Dense(200, activation="relu", name="dense")(x)
    embedding = _normalised(x, "bn_dense")
    logits = keras.layers.Dense(50, name="dense_1")(embedding)
    return keras.Model(given, [embedding, logits], name="of_window")


def _heard(number: int, x: Any, kernel: tuple[int, int], width: int, padding: str) -> Any:
    """Convolve in time and mel, then take the maximum over mel: (frames, width)."""
    name = f"conv2d_{number}" if number else "conv2d"
    x = keras.layers.Conv2D(width, kernel, padding=padding, activation="relu", name=name)(x)
    x = _normalised(x, f"batch_normalization_{number + 1}")
    bands = N_MELS - kernel[1] + 1
    return keras.layers.Reshape((-1, width))(keras.layers.MaxPooling2D((1, bands))(x))


def _in_time(x: Any, name: str) -> Any:
    """Convolve all channels over 7 frames: (frames, 64)."""
    channels = x.shape[-1]
    x = keras.layers.Reshape((-1, channels, 1))(x)
    x = keras.layers.ZeroPadding2D((3, 0))(x)
    x = keras.layers.Conv2D(64, (7, channels), activation="relu", name=name)(x)
    return keras.layers.Reshape((-1, 64))(_normalised(x, f"bn_{name}"))


def _normalised(x: Any, name: str) -> Any:
    return keras.layers.BatchNormalization(epsilon=0.001, name=name)(x)
