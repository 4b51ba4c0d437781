"""A model file beside its float network: agreement, and a difference with its own interval."""

import numpy as np
import pytest

from fakes import FakeModel, metadata
from genred_train.evaluation.heard import Heard
from genred_train.evaluation.listener import Listener, listener
from genred_train.evaluation.quantization import against_float


def model() -> Listener:
    return listener("m", FakeModel(described=metadata()))


def heard(said: list[list[int]]) -> Heard:
    """Tracks of `blues` with a window for each label that was said."""
    windows = [np.eye(3, dtype=np.float32)[labels] for labels in said]
    return Heard("made", "", windows, [("blues",)] * len(said), [1] * len(said))


def test_by_hand() -> None:
    found = against_float(
        model(), heard([[0, 0, 1], [1, 1], [0]]), model(), heard([[0, 1, 1], [1, 2], [0]])
    )
    assert found.same_label == pytest.approx(4 / 6)
    assert found.track_accuracy.value == pytest.approx(2 / 3)
    assert found.window_accuracy.value == pytest.approx(3 / 6)
    assert found.track_difference.value == pytest.approx(-1 / 3)
    assert found.window_difference.value == pytest.approx(-1 / 6)
    for share in (found.track_difference, found.window_difference):
        assert share.low <= share.value <= share.high


def test_equal_answers_differ_by_nothing_as_far_as_so_few_tracks_can_tell() -> None:
    said = heard([[0, 1], [2, 2], [0, 0]])
    found = against_float(model(), said, model(), said)
    assert found.same_label == 1.0
    for share in (found.window_difference, found.track_difference):
        assert share.value == 0.0
        assert share.high == -share.low == pytest.approx(1 - 3 / (3 + 1.96**2), abs=1e-3)


def test_the_paired_interval_is_narrower_than_that_of_an_accuracy() -> None:
    rng = np.random.default_rng(0)
    said = rng.integers(0, 2, (100, 5))
    other = np.where(rng.random((100, 5)) < 0.02, 2, said)
    found = against_float(model(), heard(said.tolist()), model(), heard(other.tolist()))
    width = found.window_difference.high - found.window_difference.low
    assert width < (found.window_accuracy.high - found.window_accuracy.low) / 2
