"""Augmentation: shapes, bounds, and that a seed gives the same again."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from genred.features.mel import dct_matrix
from genred.features.spec import FeatureSpec
from genred_train.augment import spectral
from genred_train.augment.spectral import ALL_CHANGES
from genred_train.augment.strength import Strength
from genred_train.features.rows import to_channels, to_rows, window_starts

CERTAIN = Strength(
    mask_chance=1,
    floor_chance=1,
    reverb_chance=1,
    noise_chance=1,
    band_limit_chance=1,
    agc_chance=1,
)
NONE = Strength(stretch=0, shift_bands=0, tilt_db=0, ripple_db=0, mask_chance=0, floor_chance=0)
Change = Callable[[NDArray[np.float32], Strength, np.random.Generator], NDArray[np.float32]]


def levels(frames: int = 200) -> NDArray[np.float32]:
    return (np.random.default_rng(0).random((frames, 128)) * -80).astype(np.float32)


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def stretched_out(
    clip: NDArray[np.float32], strength: Strength, drawn: np.random.Generator
) -> NDArray[np.float32]:
    cut = spectral.drawn_cut(len(clip), 72, strength, drawn)
    return spectral.cut_out(clip, 72, cut)


def test_without_strength_a_window_is_straight_lines_between_neighbours() -> None:
    ramp = np.repeat(np.arange(200, dtype=np.float32)[:, None], 128, axis=1)
    window = stretched_out(ramp, NONE, rng())
    np.testing.assert_allclose(np.diff(window[:, 0]), 1.0, atol=1e-4)


def test_stretching_changes_the_pace_within_bounds() -> None:
    ramp = np.repeat(np.arange(200, dtype=np.float32)[:, None], 128, axis=1)
    for seed in range(50):
        window = stretched_out(ramp, Strength(stretch=0.2), np.random.default_rng(seed))
        pace = np.diff(window[:, 0])
        assert (pace > 1 / 1.2 - 1e-3).all()
        assert (pace < 1.2 + 1e-3).all()
        assert window.min() >= 0
        assert window.max() <= 199


@pytest.mark.parametrize(
    "change", [spectral.shifted, spectral.coloured, spectral.floored, spectral.masked]
)
def test_without_strength_nothing_changes(change: Change) -> None:
    np.testing.assert_allclose(change(levels(72), NONE, rng()), levels(72), atol=1e-4)


@pytest.mark.parametrize(
    "change", [spectral.shifted, spectral.coloured, spectral.floored, spectral.masked]
)
def test_a_seed_gives_the_same_again_and_the_input_stays(change: Change) -> None:
    window = levels(72)
    strength = Strength(mask_chance=1, floor_chance=1)
    first = change(window, strength, rng())
    np.testing.assert_array_equal(first, change(window, strength, rng()))
    np.testing.assert_array_equal(window, levels(72))
    assert first.shape == window.shape
    assert first.dtype == np.float32
    assert (first != window).any()


def test_all_changes_are_what_they_were_before_they_could_be_chosen() -> None:
    drawn = rng()
    windows = [spectral.varied(levels(), 72, Strength(), drawn) for _ in range(3)]
    found = [[window[0, 0], window[71, 127], window[35, 64]] for window in windows]
    before = [
        [-28.547857, -31.91885, -38.65523],
        [-55.529766, -11.205896, -19.83259],
        [-36.330574, -46.060722, -40.506996],
    ]
    np.testing.assert_allclose(found, before, rtol=1e-5)
    assert drawn.random() == 0.7998795260549534


def test_all_changes_are_each_in_turn_from_one_generator() -> None:
    drawn = rng()
    window = stretched_out(levels(), Strength(), drawn)
    for change in (spectral.shifted, spectral.coloured, spectral.floored, spectral.masked):
        window = change(window, Strength(), drawn)
    np.testing.assert_array_equal(spectral.varied(levels(), 72, Strength(), rng()), window)


def test_with_no_change_a_window_is_frames_of_the_clip_from_anywhere() -> None:
    ramp = np.repeat(np.arange(200, dtype=np.float32)[:, None], 128, axis=1)
    drawn = rng()
    starts = set()
    for _ in range(50):
        window = spectral.varied(ramp, 72, Strength(), drawn, changes=())
        np.testing.assert_array_equal(window, ramp[int(window[0, 0]) :][:72])
        starts.add(float(window[0, 0]))
    assert len(starts) > 30


def test_a_clip_shorter_than_a_window_is_repeated_as_the_daemon_does() -> None:
    window = spectral.varied(levels(30), 72, Strength(), rng(), changes=())
    np.testing.assert_array_equal(window, np.concatenate([levels(30), levels(30), levels(30)[:12]]))


@pytest.mark.parametrize("name", ALL_CHANGES)
def test_one_change_alone_can_be_chosen(name: str) -> None:
    strength = CERTAIN
    changed = spectral.varied(levels(), 72, strength, rng(), changes=[name])
    plain = spectral.varied(levels(), 72, strength, rng(), changes=())
    assert changed.shape == (72, 128)
    assert changed.dtype == np.float32
    assert (changed != plain).any()


def test_masks_fit_into_any_window() -> None:
    small = levels(72)[:10, :8]
    for seed in range(30):
        changed = spectral.masked(small, Strength(mask_chance=1), np.random.default_rng(seed))
        assert changed.shape == small.shape
    none = Strength(mask_chance=1, masked_bands=0, masked_frames=0)
    np.testing.assert_array_equal(spectral.masked(small, none, rng()), small)


def test_colour_tilts_the_spectrum_by_what_was_drawn() -> None:
    strength = Strength(ripple_db=0)
    tilt_db = spectral.drawn_tilt(strength, rng())
    moved = spectral.coloured(levels(72), strength, rng()) - levels(72)
    np.testing.assert_allclose(moved[:, -1] - moved[:, 0], tilt_db, atol=1e-4)


def test_what_is_told_of_a_change_is_what_was_drawn() -> None:
    strength = Strength(mask_chance=1, floor_chance=1)
    window = levels(72)
    depth_db = spectral.drawn_floor(strength, rng())
    assert depth_db is not None
    floor_db = spectral.floored(window, strength, rng()).min()
    assert floor_db == pytest.approx(window.max() - depth_db, abs=1e-4)
    (bands, frames) = spectral.drawn_masks(window.shape, strength, rng())
    masked = spectral.masked(window, strength, rng()) == window.max() - np.float32(60)
    assert masked.all(axis=0).sum() == bands.width
    assert masked.all(axis=1).sum() == frames.width


def test_mixing_keeps_the_targets_sum() -> None:
    windows = np.stack([levels(72), levels(72) - 10])
    targets = np.eye(2, dtype=np.float32)
    mixed, shares = spectral.mixed_up(windows, targets, 0.3, rng())
    assert mixed.shape == windows.shape
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-6)
    assert mixed.max() <= 0
    assert mixed.min() >= -60


def test_rows_are_the_daemons_transform() -> None:
    spec = FeatureSpec(n_mfcc=40)
    np.testing.assert_allclose(to_rows(levels(), spec), levels() @ dct_matrix(40, 128).T, atol=1e-3)
    assert to_channels(to_rows(levels(72), FeatureSpec(deltas=2)), FeatureSpec(deltas=2)).shape == (
        72,
        128,
        3,
    )


def test_windows_start_at_0_12_24() -> None:
    starts = window_starts(723, FeatureSpec())
    assert list(starts)[:3] == [0, 12, 24]
    assert len(starts) == 55
    assert starts[-1] + 72 <= 723
