"""Mixing to mono: dead channels, NaN, and that the cut does not matter."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from genred.audio.mono import MonoMix, finite

RATE = 100


def mixed(samples: NDArray[np.float32], cuts: list[int]) -> NDArray[np.float32]:
    mix = MonoMix(samples.shape[1], RATE)
    return np.concatenate([mix.push(part) for part in np.split(samples, sorted(cuts))])


def test_it_is_the_mean_of_the_channels() -> None:
    samples = np.array([[0.2, 0.4], [-1.0, 0.5]], np.float32)
    np.testing.assert_allclose(mixed(samples, []), [0.3, -0.25])


def test_a_channel_dead_for_a_second_does_not_halve_the_level() -> None:
    samples = np.full((3 * RATE, 2), 0.5, np.float32)
    samples[:, 1] = 0.0
    level = mixed(samples, [])
    np.testing.assert_allclose(level[: RATE - 1], 0.25)
    np.testing.assert_allclose(level[RATE - 1 :], 0.5)


def test_it_counts_again_with_its_first_sound() -> None:
    samples = np.full((3 * RATE, 2), 0.5, np.float32)
    samples[:-1, 1] = 0.0
    assert mixed(samples, [])[-1] == 0.5


def test_all_channels_dead_are_silence() -> None:
    np.testing.assert_array_equal(mixed(np.zeros((3 * RATE, 2), np.float32), []), 0.0)


@given(
    st.integers(1, 7),
    st.lists(st.integers(0, 400), max_size=6),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 399), st.integers(0, 250)), max_size=6),
)
def test_the_cut_does_not_matter(
    channels: int, cuts: list[int], dead: list[tuple[int, int, int]]
) -> None:
    samples = np.random.default_rng(0).standard_normal((400, channels)).astype(np.float32)
    for channel, start, length in dead:
        samples[start : start + length, channel % channels] = 0.0
    np.testing.assert_array_equal(mixed(samples, cuts), mixed(samples, []))


def test_nan_is_silence_and_what_is_beyond_any_sound_is_held() -> None:
    samples = np.array([[np.nan, 1.0], [np.inf, 1.0], [1e30, 1.0]], np.float32)
    np.testing.assert_allclose(finite(samples), np.array([[0, 1], [0, 1], [1e6, 1]]))


@given(st.lists(st.floats(width=32), max_size=50))
def test_whatever_comes_in_is_finite_and_bounded(samples: list[float]) -> None:
    found = finite(np.array(samples, np.float32)[:, None])
    assert np.isfinite(found).all()
    assert (np.abs(found) <= 1e6).all()
