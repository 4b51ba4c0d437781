"""How surely a posterior is told is found from how often it was right."""

import numpy as np
import pytest
from numpy.typing import NDArray

from genred.tracking.sureness import softened
from genred_train.evaluation.sureness import fit_sureness

STATES = 5


def claimed(
    right: float, claim: float, count: int = 4000
) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """Claim a state with a probability, and be right so often."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, STATES, count)
    said = np.where(rng.random(count) < right, true, (true + rng.integers(1, STATES)) % STATES)
    told = np.full((count, STATES), (1 - claim) / (STATES - 1))
    told[np.arange(count), said] = claim
    return list(told), true


@pytest.mark.parametrize(("right", "claim"), [(0.7, 0.97), (0.6, 0.999), (0.85, 0.9)])
def test_what_is_too_sure_becomes_as_sure_as_it_was_right(right: float, claim: float) -> None:
    told, true = claimed(right, claim)
    found = fit_sureness(told, true)
    softer = softened(told[0], found.temperature, found.doubt)
    assert softer.max() == pytest.approx(right, abs=0.02)


def test_what_is_right_as_often_as_it_says_is_left() -> None:
    told, true = claimed(0.9, 0.9)
    found = fit_sureness(told, true)
    assert found.temperature < 1.2
    assert found.doubt < 0.05
