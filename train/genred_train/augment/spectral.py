"""Changes to log-mel windows that leave the genre: what a room, a deck or a mix might do.

Every function takes a window (frames, n_mels) in dB and a random generator, and returns another.
"""

from collections.abc import Callable, Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.augment.strength import Strength
from genred_train.augment.surroundings import ROOM_CHANGES, SURROUNDINGS
from genred_train.models.cut import CUT_DB

Window = NDArray[np.float32]

FEATURE_CHANGES: tuple[str, ...] = ("stretch", "shift", "colour", "floor", "mask")
"""those that are made unless others are chosen; `colour` is a spectral tilt and a ripple"""

ALL_CHANGES: tuple[str, ...] = ("stretch", "shift", "colour", *ROOM_CHANGES, "floor", "mask")
"""in the order in which they are made: the player, what is around it, the way to us"""


class Mask(NamedTuple):
    """A run of frames (axis 0) or of bands (axis 1)."""

    axis: int
    start: int
    width: int


class Cut(NamedTuple):
    """Where in a clip a window comes from."""

    start: float
    """frame"""
    pace: float
    """frames of the clip to one of the window"""

    def middle(self, frames: int) -> float:
        """Frame of the clip that the middle of a window of so many frames comes from."""
        return self.start + self.pace * frames / 2


def drawn_cut(
    n: int, frames: int, strength: Strength, rng: np.random.Generator, *, stretch: bool = True
) -> Cut:
    """Draw where in a clip of `n` frames a window begins, and, with `stretch`, its pace."""
    if not stretch:
        return Cut(int(rng.integers(max(0, n - frames) + 1)), 1)
    pace = min(drawn_pace(strength, rng), (n - 1) / (frames - 1))
    return Cut(rng.uniform(0, n - 1 - pace * (frames - 1)), pace)


def cut_out(levels_db: Window, frames: int, cut: Cut) -> Window:
    """Take `frames` out of a clip (n, n_mels), time stretched by resampled columns.

    At its own pace they are as they are; a clip with fewer is repeated.
    """
    if cut.pace == 1:
        start = int(cut.start)
        return np.resize(levels_db[start : start + frames], (frames, levels_db.shape[1]))
    places = cut.start + cut.pace * np.arange(frames)
    return _resampled(levels_db, places.astype(np.float64))


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


_ANYWHERE: dict[str, Callable[[Window, Strength, np.random.Generator], Window]] = {
    "shift": shifted,
    "colour": coloured,
    "floor": floored,
    "mask": masked,
}
"""changes that ask for no frequency and no time"""
_AS_THE_DEFAULT = FeatureSpec()


def varied(
    levels_db: Window,
    frames: int,
    strength: Strength,
    rng: np.random.Generator,
    changes: Collection[str] = FEATURE_CHANGES,
    spec: FeatureSpec = _AS_THE_DEFAULT,
) -> Window:
    """Make the chosen changes in turn: a window (frames, n_mels) out of a clip.

    With all of them it is as nobody heard it before, with none as it is in the clip. Raises
    GenredError if a change of the surroundings is chosen and `spec` has other bands than the clip.
    """
    cut = drawn_cut(len(levels_db), frames, strength, rng, stretch="stretch" in changes)
    return changed(cut_out(levels_db, frames, cut), strength, rng, changes, spec)


def changed(
    window: Window,
    strength: Strength,
    rng: np.random.Generator,
    changes: Collection[str] = FEATURE_CHANGES,
    spec: FeatureSpec = _AS_THE_DEFAULT,
) -> Window:
    """Make the chosen changes to a window that was cut out; else as `varied`."""
    for name in ALL_CHANGES:
        if name in changes:
            window = _changed(name, window, strength, rng, spec)
    return window


def _changed(
    name: str, window: Window, strength: Strength, rng: np.random.Generator, spec: FeatureSpec
) -> Window:
    """Make one change to what is cut out; `stretch` was made by cutting."""
    if name in SURROUNDINGS:
        return SURROUNDINGS[name](window, strength, rng, spec)
    return _ANYWHERE[name](window, strength, rng) if name in _ANYWHERE else window


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
