"""The silence gate: hysteresis and hold."""

import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from genred.parameters import Tracking
from genred.tracking.gate import Gate

FRAME_S = 914 / 22050


def opened(levels: Sequence[float]) -> list[bool]:
    gate = Gate(Tracking(), FRAME_S)
    return [gate.step(level) for level in levels]


def test_it_is_closed_at_first_and_opens_at_the_upper_level() -> None:
    assert opened([-120, -60.1, -60.0]) == [False, False, True]


def test_between_the_levels_it_stays_as_it_is() -> None:
    assert opened([-63] * 50) == [False] * 50
    assert opened([-50] + [-63] * 50) == [True] * 51


def test_it_closes_once_the_hold_is_over() -> None:
    states = opened([-50] + [-90] * 30)
    assert states.index(False) * FRAME_S > 0.4
    assert (states.index(False) - 1) * FRAME_S <= 0.4


def test_a_rest_shorter_than_the_hold_does_not_close_it() -> None:
    assert all(opened(([-50] + [-90] * 9) * 20))


@given(st.lists(st.floats(-120, -66.1), min_size=1))
def test_quiet_never_opens_it(levels: list[float]) -> None:
    assert not any(opened(levels))


@given(st.floats(-66, 0), st.integers(1, 200))
def test_a_steady_level_changes_it_at_most_once(level: float, frames: int) -> None:
    states = opened([level] * frames)
    assert sum(a != b for a, b in itertools.pairwise(states)) <= 1
