"""States that are called otherwise, split, joined or taken back: their shares move along."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.parameters import Tracking
from genred.tracking.moves import Moves
from genred.tracking.smoothing import Average, StickyFilter

STATES = ["a", "b", "c"]


@given(
    st.dictionaries(st.sampled_from(STATES), st.lists(st.sampled_from(["x", "y"]), max_size=2)),
    st.lists(st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3), min_size=1, max_size=4),
)
@settings(max_examples=50)
def test_a_posterior_sums_to_one_whatever_moves(
    names: dict[str, list[str]], windows: list[list[float]]
) -> None:
    filtered = StickyFilter(Tracking(), 0.5, len(STATES))
    for window in windows:
        before = filtered.step(np.array(window), fresh=False)
    moves = Moves(STATES, [*STATES, "x", "y"], names)
    after = filtered.retune(Tracking(), moves)
    kept = [state for state in STATES if moves.all(state)]
    assert (after is None) == (not kept)
    if after is not None:
        assert after.sum() == pytest.approx(1.0)
        left = sum(before[STATES.index(state)] for state in kept)
        for state in set(STATES) - set(names):
            assert after[STATES.index(state)] == pytest.approx(before[STATES.index(state)] / left)


def test_of_averages_that_become_one_the_highest_stays() -> None:
    average = Average(Tracking(), 0.5)
    average.step(np.array([0.2, 0.5, 0.9]), fresh=True)
    after = average.retune(Tracking(), Moves(STATES, ["x", "c"], {"a": ["x"], "b": ["x"]}))
    assert after == pytest.approx([0.5, 0.9])


def test_before_anything_is_heard_there_is_nothing_to_move() -> None:
    moves = Moves(STATES, STATES, {})
    assert StickyFilter(Tracking(), 0.5, 3).retune(Tracking(), moves) is None
    assert Average(Tracking(), 0.5).retune(Tracking(), moves) is None
    assert (moves.shares == np.eye(3)).all()
