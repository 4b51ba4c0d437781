"""Changes to log-mel windows that leave the genre: what a room, a deck or a mix might do.

Every function takes a window (frames, n_mels) in dB and a random generator, and returns another.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genred_train.models.cut import CUT_DB

Window = NDArray[np.float32]

FEATURE_CHANGES: tuple[str, ...] = ("stretch", "shift", "colour", "floor", "mask")
"""in the order in which they are made; `colour` is a spectral tilt and a ripple"""


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


class Mask(NamedTuple):
    """A run of frames (axis 0) or of bands (axis 1)."""

    axis: int
    start: int
    width: int


def cut_out(levels_db: Window, frames: int, strength: Strength, rng: np.random.Generator) -> Window:
    """Take `frames` from anywhere in a clip (n, n_mels), time stretched by resampled columns."""
    factor = min(drawn_pace(strength, rng), (levels_db.shape[0] - 1) / (frames - 1))
    start = rng.uniform(0, levels_db.shape[0] - 1 - factor * (frames - 1))
    return _resampled(levels_db, start + factor * np.arange(frames))


def cut_plain(levels_db: Window, frames: int, rng: np.random.Generator) -> Window:
    """Take `frames` as they are, from any on; a clip (n, n_mels) with fewer is repeated."""
    start = int(rng.integers(max(0, levels_db.shape[0] - frames) + 1))
    return np.resize(levels_db[start : start + frames], (frames, levels_db.shape[1]))


def shifted(window: Window, strength: Strength, rng: np.random.Generator) -> Window:
    """Move all bands up or down the mel scale: another key, another deck speed."""
    bands = np.arange(window.shape[1]) + drawn_shift(strength, rng)
    return np.ascontiguousarray(_resampled(window.T, np.clip(bands, 0, window.shape[1] - 1)).T)


def coloured(window: Window, strength: Strength, rng: np.random.Generator) -> Window:
    """Tilt and ripple the spectrum: another room, another mastering, another microphone."""
    place = np.linspace(-0.5, 0.5, window.shape[1])
    tilt = drawn_tilt(strength, rng) * place
    knots = rng.uniform(-1, 1, 6) * strength.ripple_db
    ripple = np.interp(place, np.linspace(-0.5, 0.5, knots.size), knots)
    return np.asarray(window + (tilt + ripple), np.float32)


def floored(window: Window, strength: Strength, rng: np.random.Generator) -> Window:
    """Drown what is quiet in an even noise."""
    depth_db = drawn_floor(strength, rng)
    if depth_db is None:
        return window
    return np.asarray(np.maximum(window, window.max() - np.float32(depth_db)))


def masked(window: Window, strength: Strength, rng: np.random.Generator) -> Window:
    """Silence a run of bands and a run of frames."""
    result = window.copy()
    silence = window.max() - np.float32(CUT_DB)
    for mask in drawn_masks(window.shape, strength, rng):
        np.moveaxis(result, mask.axis, 0)[mask.start : mask.start + mask.width] = silence
    return result


def drawn_pace(strength: Strength, rng: np.random.Generator) -> float:
    """Draw by what `cut_out` makes time run faster."""
    return float(np.exp(rng.uniform(-1, 1) * np.log1p(strength.stretch)))


def drawn_shift(strength: Strength, rng: np.random.Generator) -> float:
    """Draw by how many bands `shifted` moves."""
    return rng.uniform(-1, 1) * strength.shift_bands


def drawn_tilt(strength: Strength, rng: np.random.Generator) -> float:
    """Draw by how many dB `coloured` lifts the highest band over the lowest."""
    return rng.uniform(-1, 1) * strength.tilt_db


def drawn_floor(strength: Strength, rng: np.random.Generator) -> float | None:
    """Draw how many dB below the maximum `floored` puts its floor; None for no floor."""
    return rng.uniform(25, CUT_DB) if rng.random() < strength.floor_chance else None


def drawn_masks(shape: tuple[int, ...], strength: Strength, rng: np.random.Generator) -> list[Mask]:
    """Draw the runs that `masked` silences in a window of this shape."""
    masks = []
    for axis, widest in ((1, strength.masked_bands), (0, strength.masked_frames)):
        if rng.random() < strength.mask_chance and widest:
            width = min(int(rng.integers(1, widest + 1)), shape[axis])
            masks.append(Mask(axis, int(rng.integers(0, shape[axis] - width + 1)), width))
    return masks


_CHANGES: dict[str, Callable[[Window, Strength, np.random.Generator], Window]] = {
    "shift": shifted,
    "colour": coloured,
    "floor": floored,
    "mask": masked,
}


def varied(
    levels_db: Window,
    frames: int,
    strength: Strength,
    rng: np.random.Generator,
    changes: Collection[str] = FEATURE_CHANGES,
) -> Window:
    """Make the chosen changes in turn: a window (frames, n_mels) out of a clip.

    With all of them it is as nobody heard it before, with none as it is in the clip.
    """
    if "stretch" in changes:
        window = cut_out(levels_db, frames, strength, rng)
    else:
        window = cut_plain(levels_db, frames, rng)
    for name, change in _CHANGES.items():
        if name in changes:
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
