"""A convolutional network that nobody trained: its maps, averaged, are the features of a window.

Source: Pons and Serra, Randomly Weighted CNNs for (Music) Audio Classification (2019): small
filters, ELU, He's initial weights, and the mean of each map of every layer.
"""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.models.cut import CUT_DB

FILTERS = 32
POOLS = ((2, 2), (2, 2), (3, 2), (3, 2), (2, 4))
"""(frames, bands) of each layer's maximum"""
BATCH = 32


@dataclass(frozen=True)
class RandomCnn:
    """The network, callable as a description of windows."""

    network: Any

    def __call__(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Describe windows (windows, frames, n_mels) in dB: (windows, 5 * FILTERS)."""
        scaled = windows[..., None] / np.float32(CUT_DB / 2) + 1
        batches = np.split(scaled, range(BATCH, len(scaled), BATCH))
        return np.concatenate([np.asarray(self.network(batch)) for batch in batches])


def random_cnn(spec: FeatureSpec, seed: int) -> RandomCnn:
    """Draw the weights, from `seed` alone."""
    given = x = keras.Input((spec.window_frames, spec.n_mels, 1))
    means = []
    for number, pool in enumerate(POOLS):
        drawn = keras.initializers.HeNormal(seed=len(POOLS) * seed + number)
        x = keras.layers.Conv2D(
            FILTERS, 3, padding="same", activation="elu", kernel_initializer=drawn, dtype="float32"
        )(x)
        x = keras.layers.MaxPooling2D(pool, padding="same")(x)
        means.append(ops.mean(x, axis=(1, 2)))
    network = keras.Model(given, ops.concatenate(means, axis=1), name="random_cnn")
    network.trainable = False
    return RandomCnn(network)
