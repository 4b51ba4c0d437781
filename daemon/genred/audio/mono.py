"""Any channels in, one channel of finite samples out: the same for files and for devices."""

import numpy as np
from numpy.typing import NDArray

DEAD_S = 1.0
"""A channel that has been exactly zero for so long takes no part in the mean."""
_LIMIT = 1e6  # Its power times n_fft squared still fits a float32.


def finite(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Replace NaN and infinity by 0 and hold what is beyond any sound at +-1e6; shape is kept."""
    known = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    return np.asarray(np.clip(known, -_LIMIT, _LIMIT), np.float32)


class MonoMix:
    """Mean of the channels, less those that have been exactly zero for the last second.

    Counted in samples, so that the size of the blocks does not matter.
    """

    def __init__(self, channels: int, sample_rate: int) -> None:
        self._dead_samples = int(DEAD_S * sample_rate)
        self._zeros = np.zeros(channels, np.int64)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take samples (n, channels); return (n,). NaN counts as 0."""
        # Sample by sample, so that the cut does not matter: what is fine stays as it is.
        if samples.size and not (samples.min() > -_LIMIT and samples.max() < _LIMIT):
            samples = finite(samples)
        total = _sum(samples)
        # A dead channel is zero, so the sum needs no mask.
        return np.asarray(total / self._alive(samples), np.float32)

    def _alive(self, samples: NDArray[np.float32]) -> NDArray[np.float32] | np.float32:
        """Channels that take part, at least 1: one number for all samples, or one for each."""
        count, channels = samples.shape
        # Without a zero at its end a channel lives, and most often no more need be looked at.
        if channels == 1 or not count:
            return np.float32(1)
        if samples[-1].all() and not self._zeros.any() and count < self._dead_samples:
            return np.float32(channels)
        runs = self._zero_runs(samples)
        self._zeros = np.minimum(runs[-1], self._dead_samples)
        alive = (runs < self._dead_samples).sum(axis=1)
        return np.asarray(np.maximum(alive, 1), np.float32)

    def _zero_runs(self, samples: NDArray[np.float32]) -> NDArray[np.int64]:
        """Zeros up to and with each sample, (n, channels), counting those of earlier blocks."""
        place = np.arange(1, samples.shape[0] + 1)[:, None]
        last = np.maximum.accumulate(np.where(samples != 0, place, 0), axis=0)
        return np.asarray(place - last + np.where(last == 0, self._zeros, 0))


def _sum(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Add the channels up, one after the other: five times faster than a sum over an axis of 2."""
    total = samples[:, 0].copy()
    for channel in samples.T[1:]:
        total += channel
    return total
