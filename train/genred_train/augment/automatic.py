"""A recorder's automatic gain, on samples: quick to turn down what is loud, slow to turn up."""

import numpy as np
from numpy.typing import NDArray

from genred_train.augment.audio import Samples

_BLOCK_S = 0.01
_FAINT = 1e-10
"""power that counts as none"""
_MOST_GAIN_DB = 20.0


def evened_out(
    samples: Samples, sample_rate: int, *, ratio: float, attack_s: float, release_s: float
) -> Samples:
    """Leave of each `ratio` dB that the level departs from that of all samples (n,) one.

    Both times are time constants of the level that it follows. It turns up or down by 20 dB at
    most, and nothing clips.
    """
    if not samples.size:
        return samples
    block = max(1, round(_BLOCK_S * sample_rate))
    starts = np.arange(0, samples.size, block)
    power = np.add.reduceat(np.square(samples, dtype=np.float64), starts) / block
    usual_db = 10 * np.log10(power.mean() + _FAINT)
    followed_db = _followed(10 * np.log10(power + _FAINT) - usual_db, attack_s, release_s)
    gain_db = np.clip((1 / ratio - 1) * followed_db, -_MOST_GAIN_DB, _MOST_GAIN_DB)
    gains = np.interp(np.arange(samples.size), starts + block / 2, gain_db)
    return np.asarray(samples * 10 ** (gains / 20), np.float32)


def _followed(
    levels_db: NDArray[np.float64], attack_s: float, release_s: float
) -> NDArray[np.float64]:
    """Follow levels of blocks: one time constant where they rise, another where they fall."""
    rising, falling = (1 - np.exp(-_BLOCK_S / time_s) for time_s in (attack_s, release_s))
    now, followed = 0.0, []
    for level_db in levels_db.tolist():
        now += (rising if level_db > now else falling) * (level_db - now)
        followed.append(now)
    return np.array(followed)
