"""Augmentation: shapes, bounds, and that a seed gives the same again."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from genred.features.mel import dct_matrix
from genred.features.spec import FeatureSpec
from genred_train.augment import spectral
from genred_train.augment.spectral import Strength
from genred_train.features.rows import to_channels, to_rows, window_starts

NONE = Strength(stretch=0, shift_bands=0, tilt_db=0, ripple_db=0, mask_chance=0, floor_chance=0)
Change = Callable[[NDArray[np.float32], Strength, np.random.Generator], NDArray[np.float32]]


def levels(frames: int = 200) -> NDArray[np.float32]:
    return (np.random.default_rng(0).random((frames, 128)) * -80).astype(np.float32)


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_without_strength_a_window_is_straight_lines_between_neighbours() -> None:
    ramp = np.repeat(np.arange(200, dtype=np.float32)[:, None], 128, axis=1)
    window = spectral.cut_out(ramp, 72, NONE, rng())
    np.testing.assert_allclose(np.diff(window[:, 0]), 1.0, atol=1e-4)


def test_stretching_changes_the_pace_within_bounds() -> None:
    ramp = np.repeat(np.arange(200, dtype=np.float32)[:, None], 128, axis=1)
    for seed in range(50):
        window = spectral.cut_out(ramp, 72, Strength(stretch=0.2), np.random.default_rng(seed))
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
