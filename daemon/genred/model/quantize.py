"""Real numbers to int8 and back: real = scale * (stored - zero_point)."""

import numpy as np
from numpy.typing import NDArray

from genred.model.metadata import TensorInfo

_LOW, _HIGH = -128, 127


class Quantizer:
    """Rows of features to a model's input, normalised per coefficient on the way.

    The offset is that of the rows, the first channel: derivatives have none. What is out of range
    saturates. A float32 input is normalised and else left alone.
    """

    def __init__(self, offset: list[float], scale: list[float], info: TensorInfo) -> None:
        self._integer = info.dtype == "int8"
        gain = 1.0 / (np.asarray(scale) * info.scale)
        self._gain = gain.astype(np.float32)[:, None]
        # One product and one sum: (row - offset) / scale / input_scale + zero_point.
        bias = np.full((gain.size, info.shape[-1]), info.zero_point, np.float64)
        bias[:, 0] -= np.asarray(offset) * gain
        self._bias = bias.astype(np.float32)

    def quantized(self, window: NDArray[np.float32]) -> NDArray[np.int8] | NDArray[np.float32]:
        """Take (frames, coefficients, channels), return the same shape in the tensor's type."""
        real = np.asarray(window * self._gain + self._bias, np.float32)
        if not self._integer:
            return real
        return np.clip(np.rint(real), _LOW, _HIGH).astype(np.int8)

    def real(self, stored: NDArray[np.int8]) -> NDArray[np.float32]:
        """Undo `quantized`, to within half a step inside the range."""
        return np.asarray((stored.astype(np.float32) - self._bias) / self._gain)


def levelled(window: NDArray[np.float32], kind: str) -> NDArray[np.float32]:
    """Take a window's level away, (frames, coefficients) of `kind`: its loudest frame is at 0.

    A network that is deaf to gain hears the same; but with the level in it, rounding to int8 would
    fall elsewhere at each gain. The first of orthonormal coefficients is the mean of the mel bands
    times the root of their number, so that a gain adds to it alone.
    """
    if kind != "mfcc":
        return np.asarray(window - window.max(), np.float32)
    result = window.copy()
    result[:, 0] -= window[:, 0].max()
    return result


def dequantized(stored: NDArray[np.generic], info: TensorInfo) -> NDArray[np.float32]:
    """Turn a stored tensor into real numbers."""
    real = (stored.astype(np.float32) - np.float32(info.zero_point)) * np.float32(info.scale)
    return np.asarray(real, np.float32)
