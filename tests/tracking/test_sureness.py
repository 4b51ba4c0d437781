"""What is told of a posterior: less sure, in the same order, and still one in all."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fakes import metadata
from genred.model.metadata import Calibration
from genred.parameters import Tracking
from genred.tracking.sureness import softened
from genred.tracking.tracker import Tracker

POSTERIORS = st.lists(st.floats(1e-6, 1.0), min_size=2, max_size=12).map(
    lambda shares: np.array(shares) / np.sum(shares)
)


@given(POSTERIORS, st.floats(1.0, 8.0), st.floats(0.0, 0.9))
def test_it_gets_flatter_in_the_same_order(
    posterior: NDArray[np.float64], temperature: float, doubt: float
) -> None:
    told = softened(posterior, temperature, doubt)
    assert told.sum() == pytest.approx(1)
    assert told.max() <= posterior.max() + 1e-9
    assert told[posterior.argmax()] == told.max()


@given(POSTERIORS)
def test_with_nothing_to_mend_it_stays(posterior: NDArray[np.float64]) -> None:
    np.testing.assert_allclose(softened(posterior, 1.0, 0.0), posterior, atol=1e-9)


def test_two_states_by_hand() -> None:
    # Square roots of 16 and 1 are 4 and 1; a fifth of all is doubt.
    np.testing.assert_allclose(softened(np.array([16, 1]) / 17, 2.0, 0.2), [0.74, 0.26])


def test_a_tracker_tells_what_is_softened_and_decides_by_what_is_not() -> None:
    sure = metadata(labels=["a", "b"])
    calibration = Calibration(posterior_temperature=2.0, doubt=0.5)
    doubting = msgspec.structs.replace(sure, calibration=calibration)
    window = np.array([0.9, 0.1], np.float32)
    plain = Tracker(sure, Tracking()).step(window, 3.0, fresh=True)
    told = Tracker(doubting, Tracking()).step(window, 3.0, fresh=True)
    assert plain.announcement is not None
    assert told.announcement is not None
    assert told.announcement.label == "a"
    expected = softened(np.array(list(plain.probabilities.values())), 2.0, 0.5)
    np.testing.assert_allclose(list(told.probabilities.values()), expected)
    assert told.announcement.confidence == told.probabilities["a"]
    assert told.window == plain.window
