"""Any channels in, one channel of finite samples out: the same for files and for devices."""

import numpy as np
from numpy.typing import NDArray

DEAD_S = 1.0
"""A channel that has been exactly zero for so long takes no part in the mean."""
_LIMIT = 1e6  # Its power times n_fft squared still fits a float32.


def finite(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Replace NaN by 0 and hold what is beyond any sound at +-1e6; shape is kept."""
    # One sum tells, almost always, that there is nothing to do.
    if (
        abs(float(samples.sum(dtype=np.float64))) < _LIMIT
        and np.abs(samples).max(initial=0) < _LIMIT
    ):
        return samples
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
        samples = finite(samples)
        if samples.shape[1] == 1 or not samples.shape[0]:
            return np.ascontiguousarray(samples[:, 0])
        # Without a zero at its end a channel is alive, and the common case needs no more than that.
        if samples[-1].all() and not self._zeros.any() and samples.shape[0] < self._dead_samples:
            return np.asarray(samples.mean(axis=1, dtype=np.float32))
        runs = self._zero_runs(samples)
        self._zeros = np.minimum(runs[-1], self._dead_samples)
        alive = runs < self._dead_samples
        if alive.all():
            return np.asarray(samples.mean(axis=1, dtype=np.float32))
        # A dead channel is zero, so the sum needs no mask.
        return np.asarray(samples.sum(axis=1) / np.maximum(alive.sum(axis=1), 1), np.float32)

    def _zero_runs(self, samples: NDArray[np.float32]) -> NDArray[np.int64]:
        """Zeros up to and with each sample, (n, channels), counting those of earlier blocks."""
        place = np.arange(1, samples.shape[0] + 1)[:, None]
        last = np.maximum.accumulate(np.where(samples != 0, place, 0), axis=0)
        return np.asarray(place - last + np.where(last == 0, self._zeros, 0))
