"""Rejection: unknown and not_music as further states whose sum stays one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import metadata
from genred.model.metadata import Rejection
from genred.parameters import Tracking
from genred.tracking.rejection import in_order, states, with_rejections
from genred.tracking.tracker import Tracker

SURE = np.array([0.9, 0.05, 0.05], np.float32)
BOTH = metadata(
    unknown=Rejection(threshold=0.4, width=0.05), not_music=Rejection(threshold=0.3, width=0.05)
)
STEP_S = 0.5


def test_a_model_without_rejection_has_its_labels_alone() -> None:
    assert states(metadata(labels=["a", "b"])) == ["a", "b"]
    assert with_rejections(np.array([0.3, 0.7], np.float32), []).sum() == pytest.approx(1)


@given(st.floats(0.34, 1.0), st.floats(0, 1), st.floats(0, 1))
def test_the_sum_stays_one_and_labels_keep_their_ratios(
    best: float, unknown: float, noise: float
) -> None:
    window = np.array([best, (1 - best) / 2, (1 - best) / 2], np.float32)
    shared = with_rejections(window, [unknown, noise])
    assert shared.sum() == pytest.approx(1.0)
    assert shared[-1] == noise
    assert shared[0] * window[1] == pytest.approx(shared[1] * window[0])


def test_chances_find_their_states_whatever_their_order() -> None:
    assert states(BOTH)[3:] == ["unknown", "not_music"]
    assert in_order({"not_music": 0.2, "unknown": 0.1}, BOTH) == [0.1, 0.2]
    assert in_order({}, BOTH) == [0.0, 0.0]
    assert in_order({"not_music": 0.2}, metadata()) == []


def test_noise_is_announced_as_such_and_music_after_it() -> None:
    tracker = Tracker(BOTH, Tracking())
    said = []
    for number in range(60):
        rejected = {"unknown": 0.02, "not_music": 0.98 if number < 30 else 0.01}
        tracked = tracker.step(SURE, number * STEP_S, rejected, fresh=number == 0)
        assert list(tracked.window) == states(BOTH) == list(tracked.probabilities)
        if tracked.announcement:
            said.append(tracked.announcement.label)
    assert said == ["not_music", "blues"]


def test_what_nobody_tells_is_not_rejected() -> None:
    tracker = Tracker(BOTH, Tracking())
    assert tracker.step(SURE, 0.0, fresh=True).window["not_music"] == 0.0
