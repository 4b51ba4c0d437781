"""Intervals by drawing tracks again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred_train.evaluation import bootstrap
from genred_train.evaluation.bootstrap import DRAWS, intervals, ratio, weights


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


def test_the_interval_of_a_mean_is_that_of_the_normal_law() -> None:
    values = np.random.default_rng(0).normal(size=400)
    low, high = intervals(400, lambda w: (w @ values / 400)[:, None])[:, 0]
    assert high - low == pytest.approx(2 * 1.96 / 20, rel=0.1)


def test_draws_in_which_a_figure_is_not_defined_are_left_out() -> None:
    def first_only(drawn: np.ndarray) -> np.ndarray:
        return np.where(drawn[:, :1] > 0, 1.0, np.nan)

    np.testing.assert_array_equal(intervals(3, first_only), [[1.0], [1.0]])
    np.testing.assert_array_equal(intervals(3, lambda w: w[:, :1] * np.nan), [[0.0], [0.0]])
