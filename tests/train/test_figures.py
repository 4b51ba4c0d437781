"""Accuracy, intervals, temperature: against figures worked out by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from genred_train.evaluation.figures import (
    confusion,
    one_label,
    track_accuracy,
    track_figure,
    window_figure,
)
from genred_train.evaluation.temperature import at_temperature, evened, fit_temperature


def clip(*rows: list[float]) -> NDArray[np.float32]:
    return np.array(rows, np.float32)


CLIPS = [
    clip([0.9, 0.1], [0.4, 0.6]),  # 0 by track, by one window of two
    clip([0.6, 0.4], [0.1, 0.9]),  # 1 by track
    clip([0.7, 0.3]),  # 0 by track
]
Y = np.array([0, 1, 1])


def test_a_track_is_its_windows_mean() -> None:
    found = track_figure(CLIPS, Y)
    assert found.value == pytest.approx(2 / 3)
    assert found.n == 3
    assert found.low <= found.value <= found.high


def test_windows_count_each() -> None:
    found = window_figure(CLIPS, Y)
    assert found.value == pytest.approx(2 / 5)
    assert found.n == 5


def test_clips_of_one_track_are_one_track() -> None:
    tracks = ["a", "b", "b"]
    assert track_figure(CLIPS, Y, tracks).n == 2
    # The three windows of b: 0.6 and 0.1 and 0.7 for 0, so 1 by 1.6 to 1.4.
    assert track_figure(CLIPS, Y, tracks).value == 1.0
    assert window_figure(CLIPS, Y, tracks).value == pytest.approx(2 / 5)


def test_the_confusion_has_a_row_for_what_is() -> None:
    assert confusion(CLIPS, one_label(Y, 2)) == [[1, 0], [1, 1]]


def test_a_genre_that_the_model_lacks_is_an_error_in_no_row() -> None:
    unknown = np.array([2, 1, 1])
    assert track_figure(CLIPS, unknown).value == pytest.approx(1 / 3)
    assert confusion(CLIPS, one_label(unknown, 2)) == [[0, 0], [1, 1]]


def test_a_track_of_several_labels_is_in_no_row_and_right_with_any_of_them() -> None:
    truth = np.array([[True, True], [False, True], [False, True]])
    assert confusion(CLIPS, truth) == [[0, 0], [1, 1]]
    assert track_accuracy(CLIPS, truth).value == pytest.approx(2 / 3)


def test_among_the_top_two_counts() -> None:
    clips = [clip([0.5, 0.3, 0.2]), clip([0.5, 0.2, 0.3])]
    truth = one_label(np.array([1, 1]), 3)
    assert track_accuracy(clips, truth).value == 0.0
    assert track_accuracy(clips, truth, top=2).value == 0.5
    assert track_accuracy(clips, truth, top=3).value == 1.0


def test_the_interval_is_the_bootstraps_and_repeats() -> None:
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 200)
    said = np.where(rng.random(200) < 0.7, y, 1 - y)
    clips = [clip([0.9, 0.1] if label == 0 else [0.1, 0.9]) for label in said]
    found = track_figure(clips, y)
    # A binomial of 200 has a standard deviation of 3.2 points.
    assert found.high - found.low == pytest.approx(4 * 0.0324, rel=0.15)
    assert found == track_figure(clips, y)
    assert found != track_figure(clips, y, seed=1)


def test_collections_count_alike_however_many_windows_they_have() -> None:
    weights = evened([2, 3, 5, 1, 1], [range(3), range(3, 5)])
    np.testing.assert_allclose(weights * [2, 3, 5, 1, 1], [0.2, 0.3, 0.5, 0.5, 0.5])
    # A large collection that is right as often as it says, a small one half as often as it says.
    y = np.array([0] * 90 + [1] * 10 + [0, 1] * 5)
    said = [clip([0.9, 0.1])] * 110
    whole = fit_temperature(said, y)
    even = fit_temperature(said, y, evened([1] * 110, [range(100), range(100, 110)]))
    assert whole == pytest.approx(np.log(9) / np.log(95 / 15), rel=0.02)
    # 0.9 of one half and 0.5 of the other are 0.7 of all.
    assert even == pytest.approx(np.log(9) / np.log(7 / 3), rel=0.02)


def test_the_temperature_undoes_overconfidence() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 3000)
    logits = np.eye(3)[y] * 1.5 + rng.gumbel(size=(3000, 3)) * 0
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    drawn = np.array([rng.choice(3, p=p) for p in true])
    sharp = [clip(row.tolist()) for row in true**3 / (true**3).sum(axis=1, keepdims=True)]
    temperature = fit_temperature(sharp, drawn)
    assert temperature == pytest.approx(3.0, rel=0.1)
    np.testing.assert_allclose(at_temperature(sharp[0], 3.0), true[:1], atol=1e-5)
