"""Changes to log-mel windows that leave the genre: what a room, a deck or a mix might do.

Every function takes a window (frames, n_mels) in dB and a random generator, and returns another.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genred_train.models.cut import CUT_DB

Window = NDArray[np.float32]


@dataclass(frozen=True)
class Strength:
    """How far each change may go; chances are those of a window being changed at all."""

    stretch: float = 0.2
    """largest share by which time runs faster or slower"""
    shift_bands: float = 4.0
    """mel bands, up or down, broken ones too"""
    tilt_db: float = 8.0
    """from the lowest band to the highest"""
    ripple_db: float = 4.0
    """of a smooth random equaliser"""
    masked_bands: int = 24
    masked_frames: int = 16
    mask_chance: float = 0.5
    floor_chance: float = 0.3
    """of a noise floor between 25 and 60 dB below the maximum"""


def cut_out(levels_db: Window, frames: int, strength: Strength, rng: np.random.Generator) -> Window:
    """Take `frames` from anywhere in a clip (n, n_mels), time stretched by resampled columns."""
    factor = np.exp(rng.uniform(-1, 1) * np.log1p(strength.stretch))
    factor = min(factor, (levels_db.shape[0] - 1) / (frames - 1))
    start = rng.uniform(0, levels_db.shape[0] - 1 - factor * (frames - 1))
    return _resampled(levels_db, start + factor * np.arange(frames))


def shifted(window: Window, strength: Strength, rng: np.random.Generator) -> Window:
    """Move all bands up or down the mel scale: another key, another deck speed."""
    bands = np.arange(window.shape[1]) + rng.uniform(-1, 1) * strength.shift_bands
    return np.ascontiguousarray(_resampled(window.T, np.clip(bands, 0, window.shape[1] - 1)).T)


def coloured(window: Window, strength: Strength, rng: np.random.Generator) -> Window:
    """Tilt and ripple the spectrum: another room, another mastering, another microphone."""
    place = np.linspace(-0.5, 0.5, window.shape[1])
    tilt = rng.uniform(-1, 1) * strength.tilt_db * place
    knots = rng.uniform(-1, 1, 6) * strength.ripple_db
    ripple = np.interp(place, np.linspace(-0.5, 0.5, knots.size), knots)
    return np.asarray(window + (tilt + ripple), np.float32)


def floored(window: Window, strength: Strength, rng: np.random.Generator) -> Window:
    """Drown what is quiet in an even noise."""
    if rng.random() >= strength.floor_chance:
        return window
    return np.asarray(np.maximum(window, window.max() - np.float32(rng.uniform(25, CUT_DB))))


def masked(window: Window, strength: Strength, rng: np.random.Generator) -> Window:
    """Silence a run of bands and a run of frames."""
    result = window.copy()
    silence = window.max() - np.float32(CUT_DB)
    for axis, widest in ((1, strength.masked_bands), (0, strength.masked_frames)):
        if rng.random() < strength.mask_chance:
            width = int(rng.integers(1, widest + 1))
            start = int(rng.integers(0, window.shape[axis] - width + 1))
            np.moveaxis(result, axis, 0)[start : start + width] = silence
    return result


def varied(levels_db: Window, frames: int, strength: Strength, rng: np.random.Generator) -> Window:
    """All of it in turn: a window (frames, n_mels) out of a clip, as nobody heard it before."""
    window = cut_out(levels_db, frames, strength, rng)
    for change in (shifted, coloured, floored, masked):
        window = change(window, strength, rng)
    return window


def mixed_up(
    windows: NDArray[np.float32],
    targets: NDArray[np.float32],
    alpha: float,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mix each window (n, frames, n_mels), its maximum at 0 dB, with another, and their targets.

    Source: Zhang et al., mixup: Beyond Empirical Risk Minimization (2018).
    """
    share = rng.beta(alpha, alpha, len(windows)).astype(np.float32)
    share = np.maximum(share, 1 - share)
    other = rng.permutation(len(windows))
    tops = windows.max(axis=(1, 2), keepdims=True)
    levels = np.maximum(windows - tops, -np.float32(CUT_DB))
    of_window, of_target = share[:, None, None], share[:, None]
    return (
        of_window * levels + (1 - of_window) * levels[other],
        of_target * targets + (1 - of_target) * targets[other],
    )


def _resampled(rows: Window, places: NDArray[np.float64]) -> Window:
    """Rows (n, m) at fractional places, by straight lines between neighbours."""
    below = np.minimum(places.astype(np.int64), rows.shape[0] - 2)
    share = (places - below).astype(np.float32)[:, None]
    return np.asarray(rows[below] * (1 - share) + rows[below + 1] * share, np.float32)
