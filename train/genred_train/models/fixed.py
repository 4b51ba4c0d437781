"""Linear maps that are known and never learnt, as layers."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray


def fixed(name: str, kernel: NDArray[np.float64], bias: NDArray[np.float64] | None = None) -> Any:
    """Make the layer (frames, 1, n) -> (frames, 1, m) that multiplies by `kernel` (n, m).

    A 1 x 1 convolution rather than a dense layer: its weights are quantized channel by channel.
    """
    n, m = kernel.shape
    layer = keras.layers.Conv2D(
        m, 1, use_bias=bias is not None, trainable=False, name=name, dtype="float32"
    )
    layer.build((None, None, 1, n))
    weights = [kernel[None, None]] if bias is None else [kernel[None, None], bias]
    layer.set_weights([array.astype(np.float32) for array in weights])
    return layer
