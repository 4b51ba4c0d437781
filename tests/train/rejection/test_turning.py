"""The threshold above which a track is rejected, and the one that lets a share pass."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred_train.rejection.turning import lowest_share, rejected_windows, turning_points


def test_a_track_of_one_sure_window_turns_where_its_score_is() -> None:
    sure = np.array([[1.0, 0.0]], np.float32)
    (found,) = turning_points(np.array([0.3]), sure, np.array([1]), 0.1)
    assert found == pytest.approx(0.3, abs=1e-6)


def test_an_unsure_track_turns_earlier() -> None:
    # Half and half: rejected from chance 1/3 on, which is ln 2 widths below the score.
    unsure = np.array([[0.5, 0.5]], np.float32)
    (found,) = turning_points(np.array([0.3]), unsure, np.array([1]), 0.1)
    assert found == pytest.approx(0.3 - 0.1 * np.log(2), abs=1e-6)


@given(st.integers(0, 1000))
def test_what_turns_below_the_threshold_is_what_the_rule_rejects(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 5, 6)
    total = int(lengths.sum())
    scores, width, threshold = rng.normal(size=total), rng.uniform(0.05, 2), rng.normal()
    claims = rng.dirichlet(np.ones(3), total).astype(np.float32)
    points = turning_points(scores, claims, lengths, width)
    ends = np.cumsum(lengths)
    for end, length, point in zip(ends, lengths, points, strict=True):
        own = slice(end - length, end)
        chance = 1 / (1 + np.exp((scores[own] - threshold) / width))
        labels = ((1 - chance)[:, None] * claims[own]).mean(axis=0).max()
        assert (chance.mean() > labels) == (point < threshold)


def test_a_window_is_rejected_as_a_track_of_it_alone_would_be() -> None:
    rng = np.random.default_rng(0)
    scores, claims = rng.normal(size=50), rng.dirichlet(np.ones(4), 50).astype(np.float32)
    points = turning_points(scores, claims, np.ones(50, int), 0.4)
    np.testing.assert_array_equal(rejected_windows(scores, claims, 0.1, 0.4), points < 0.1)


def test_the_share_that_is_lost_goes_by_weight() -> None:
    values, light = np.arange(100.0), np.ones(100)
    assert (values < lowest_share(values, light, 0.05)).sum() == 5
    heavy = np.where(values < 50, 3.0, 1.0)
    assert (values < lowest_share(values, heavy, 0.05)).sum() == 3
    assert lowest_share(values, light, 0.0) == 0.0
