"""What is claimed beside how often it is right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from numpy.typing import NDArray

from genred_train.evaluation.calibration import (
    Announced,
    Calibration,
    error_by_chance,
    expected_calibration_error,
    of_windows,
)
from genred_train.evaluation.figures import one_label


def test_what_is_right_as_often_as_it_claims_is_calibrated() -> None:
    clips = [np.array([[0.75, 0.25]], np.float32)] * 4
    for y, error in (([0, 0, 0, 1], 0.0), ([1, 1, 1, 1], 0.75)):
        truth = one_label(np.array(y), 2)
        assert expected_calibration_error(clips, truth) == pytest.approx(error)


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 20)), min_size=1, max_size=8))
def test_the_error_of_a_perfectly_calibrated_model_is_zero(kinds: list[tuple[int, int]]) -> None:
    counted = Calibration()
    for n, right in kinds:
        hits = min(n, right)
        counted.add(np.full(n, hits / n), np.arange(n) < hits)
    assert counted.error() == pytest.approx(0.0, abs=1e-12)
    assert sum(bin_.count for bin_ in counted.curve()) == sum(n for n, _ in kinds)


def test_the_curve_has_a_point_where_something_was_claimed() -> None:
    counted = Calibration(bins=10)
    counted.add([0.05, 0.91, 0.99, 1.0], [0, 1, 1, 0])
    low, high = counted.curve()
    assert (low.claimed, low.right, low.count) == (0.05, 0.0, 1)
    assert high.claimed == pytest.approx((0.91 + 0.99 + 1.0) / 3)
    assert [high.right, high.count] == pytest.approx([2 / 3, 3])
    # By hand: one of four claims is 0.05 off, three are 0.3 off together.
    assert counted.error() == pytest.approx((0.05 + 0.9) / 4)


def test_one_by_one_or_all_at_once_is_the_same() -> None:
    rng = np.random.default_rng(0)
    claimed, right = rng.random(50), rng.random(50) < 0.5
    at_once, singly = Calibration(), Calibration()
    at_once.add(claimed, right)
    for one, is_right in zip(claimed, right, strict=True):
        singly.add(one, is_right)
    assert [b.count for b in singly.curve()] == [b.count for b in at_once.curve()]
    assert singly.error() == pytest.approx(at_once.error())


def test_nothing_claimed_is_no_error() -> None:
    assert Calibration().error() == 0.0
    assert Calibration().curve() == []


def test_windows_of_a_genre_without_a_label_are_never_right() -> None:
    clips = [np.array([[0.9, 0.1]], np.float32)]
    (only,) = of_windows(clips, np.zeros((1, 2), bool)).curve()
    assert only.right == 0.0


def drawn_music(tracks: int, seed: int) -> tuple[list[NDArray[np.float32]], NDArray[np.int64]]:
    """Make tracks of 50 like windows that are what they say as often as they say it."""
    rng = np.random.default_rng(seed)
    said = rng.dirichlet([0.7] * 3, tracks).astype(np.float32)
    y = np.array([rng.choice(3, p=one / one.sum()) for one in said.astype(np.float64)])
    return [np.repeat(one[None], 50, axis=0) for one in said], y


@pytest.mark.parametrize("tracks", [30, 300])
def test_chance_tells_what_calibrated_models_show_with_so_few_tracks(tracks: int) -> None:
    shown, foretold = [], []
    for seed in range(40):
        clips, y = drawn_music(tracks, seed)
        shown.append(expected_calibration_error(clips, one_label(y, 3)))
        foretold.append(error_by_chance(clips, np.random.default_rng(seed)))
    assert np.mean(foretold) == pytest.approx(np.mean(shown), rel=0.1)


def test_more_tracks_leave_less_to_chance() -> None:
    few, many = (
        error_by_chance(drawn_music(tracks, 1)[0], np.random.default_rng(0)) for tracks in (20, 500)
    )
    assert many < few / 3


def test_what_is_announced_is_judged_piece_by_piece() -> None:
    clips, y = drawn_music(40, 3)
    sure, names = Announced(), ["a", "b", "c"]
    for piece, (clip, label) in enumerate(zip(clips, y.tolist(), strict=True)):
        for window in clip:
            said = dict(zip(names, map(float, window), strict=True))
            best = max(said, key=lambda name: said[name])
            sure.add(piece, said, best, right=best == names[label])
            sure.add(piece, said, "silence", right=False)
    assert sure.error() == pytest.approx(expected_calibration_error(clips, one_label(y, 3)))
    rng = np.random.default_rng
    assert sure.error_by_chance(rng(0)) == pytest.approx(error_by_chance(clips, rng(0)), abs=0.02)
    nothing = Announced()
    assert (nothing.error(), nothing.error_by_chance(rng(0))) == (UNSET, UNSET)
