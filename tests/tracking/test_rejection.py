"""Rejection: unknown and not_music as further states whose sum stays one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.model.metadata import Rejection, Rejections
from genred.tracking.rejection import states, with_rejections

BOTH = Rejections(
    unknown=Rejection(threshold=0.4, width=0.05),
    not_music=Rejection(threshold=0.3, width=0.05),
)


def test_a_model_without_rejection_has_its_labels_alone() -> None:
    assert states(["a", "b"], Rejections()) == ["a", "b"]
    assert with_rejections(np.array([0.3, 0.7], np.float32), Rejections()).sum() == pytest.approx(1)


@given(st.floats(0.34, 1.0))
def test_the_sum_stays_one(best: float) -> None:
    window = np.array([best, (1 - best) / 2, (1 - best) / 2], np.float32)
    shared = with_rejections(window, BOTH)
    assert states(["a", "b", "c"], BOTH) == ["a", "b", "c", "unknown", "not_music"]
    assert shared.shape == (5,)
    assert shared.sum() == pytest.approx(1.0)


def test_an_unsure_window_is_rejected_and_a_sure_one_is_not() -> None:
    only = Rejections(unknown=Rejection(threshold=0.5, width=0.02))
    assert with_rejections(np.array([0.3, 0.3, 0.4], np.float32), only)[3] > 0.9
    assert with_rejections(np.array([0.05, 0.05, 0.9], np.float32), only)[3] < 0.01
