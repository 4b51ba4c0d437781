"""Intervals by drawing tracks again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred_train.evaluation import bootstrap
from genred_train.evaluation.bootstrap import (
    DRAWS,
    difference,
    figure,
    intervals,
    ratio,
    weights,
    wilson,
)


def test_each_draw_has_as_many_tracks_as_there_are() -> None:
    drawn = np.concatenate(list(weights(7, 0)))
    assert drawn.shape == (DRAWS, 7)
    assert (drawn.sum(axis=1) == 7).all()


def test_how_many_are_drawn_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.concatenate(list(weights(7, 3)))
    monkeypatch.setattr(bootstrap, "_CELLS", 7 * 123)
    np.testing.assert_array_equal(np.concatenate(list(weights(7, 3))), whole)


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12),
    st.integers(0, 3),
)
def test_the_interval_holds_the_value(parts: list[tuple[int, int]], seed: int) -> None:
    right = np.array([r for r, _ in parts], np.float64)
    count = right + np.array([w for _, w in parts]) + 1
    found = ratio(right, count, len(parts), seed)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.value == pytest.approx(right.sum() / count.sum())
    assert found.high > found.low, "so few tracks are never sure"


def test_the_interval_of_a_mean_is_that_of_the_normal_law() -> None:
    values = np.random.default_rng(0).normal(size=400)
    low, high = intervals(400, lambda w: (w @ values / 400)[:, None])[:, 0]
    assert high - low == pytest.approx(2 * 1.96 / 20, rel=0.1)


def test_draws_in_which_a_figure_is_not_defined_are_left_out() -> None:
    def first_only(drawn: np.ndarray) -> np.ndarray:
        return np.where(drawn[:, :1] > 0, 1.0, np.nan)

    np.testing.assert_array_equal(intervals(3, first_only), [[1.0], [1.0]])
    np.testing.assert_array_equal(intervals(3, lambda w: w[:, :1] * np.nan), [[0.0], [0.0]])


def test_four_of_four_are_not_all() -> None:
    found = ratio(np.ones(4), np.ones(4), 4)
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.510, abs=5e-4)  # Wilson's, from tables
    none = ratio(np.zeros(4), np.ones(4), 4)
    assert none.low == 0.0
    assert none.high == pytest.approx(1 - found.low)


def test_windows_do_not_count_as_tracks() -> None:
    many = ratio(np.full(4, 50.0), np.full(4, 50.0), 200)
    assert many.n == 200
    assert many.low == pytest.approx(ratio(np.ones(4), np.ones(4), 4).low)


@given(st.integers(1, 400), st.floats(0, 1))
def test_wilsons_interval_solves_its_equation(n: int, share: float) -> None:
    low, high = wilson(share, n)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
    assert low < high
    for end in (low, high):
        assert abs(end - share) == pytest.approx(1.96 * np.sqrt(end * (1 - end) / n), abs=1e-4)


def test_an_interval_that_draws_gave_stays_as_it_is() -> None:
    assert figure(0.5, np.array([0.4, 0.6]), 5).low == 0.4


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=9))
@settings(max_examples=30)
def test_a_difference_has_a_width_and_holds_its_value(gained: list[float]) -> None:
    found = difference(np.array(gained), np.ones(len(gained)), len(gained))
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.high > found.low
