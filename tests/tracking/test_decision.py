"""Decisions: margin, dwell, floor; a label changes once and for good."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from genred.parameters import Tracking
from genred.tracking.decision import Announcement, OneLabel, SeveralLabels

STATES = ["blues", "jazz", "rock"]
STEP_S = 0.5
BLUES, JAZZ, ROCK = [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]
TIE, LOW = [0.45, 0.45, 0.1], [0.34, 0.33, 0.33]
TRACKING = Tracking(margin=0.2, dwell_s=1.0, announce_floor=0.4)


def decided(*posteriors: list[float]) -> list[tuple[float, str]]:
    decision = OneLabel(TRACKING, STATES)
    found = []
    for number, posterior in enumerate(posteriors):
        change = decision.step(np.array(posterior), number * STEP_S)
        if change is not None:
            found.append((number * STEP_S, change.label))
    return found


def test_the_first_label_needs_no_dwell() -> None:
    assert decided(BLUES, BLUES) == [(0.0, "blues")]


def test_the_first_label_needs_the_margin() -> None:
    assert decided(TIE, TIE, BLUES) == [(1.0, "blues")]


def test_a_change_needs_the_dwell() -> None:
    assert decided(BLUES, JAZZ, JAZZ, JAZZ) == [(0.0, "blues"), (1.5, "jazz")]


def test_flicker_shorter_than_the_dwell_changes_nothing() -> None:
    assert decided(*([BLUES, JAZZ, JAZZ] * 10)) == [(0.0, "blues")]


def test_a_label_stays_while_two_are_near_each_other() -> None:
    assert decided(BLUES, *([TIE] * 20)) == [(0.0, "blues")]


def test_below_the_floor_it_is_unknown_after_the_dwell() -> None:
    assert decided(BLUES, LOW, LOW, LOW, ROCK) == [
        (0.0, "blues"),
        (1.5, "unknown"),
        (2.0, "rock"),
    ]


@given(st.sampled_from([BLUES, JAZZ, ROCK, TIE, LOW]), st.integers(1, 50))
def test_steady_input_gives_at_most_one_change(posterior: list[float], steps: int) -> None:
    assert len(decided(*([posterior] * steps))) <= 1


@given(st.lists(st.sampled_from([BLUES, JAZZ, ROCK, TIE, LOW]), max_size=60))
def test_two_labels_never_follow_within_the_dwell(posteriors: list[list[float]]) -> None:
    found = list(decided(*posteriors))
    for (earlier, before), (later, _) in itertools.pairwise(found):
        assert later - earlier >= TRACKING.dwell_s or before == "unknown"


def test_onset_is_when_the_label_overtook_not_when_it_was_announced() -> None:
    decision = OneLabel(TRACKING, STATES)
    for time, posterior in enumerate([BLUES, JAZZ, JAZZ, JAZZ]):
        change = decision.step(np.array(posterior), time * STEP_S)
    assert change == Announcement("jazz", 0.8, 0.5)


def test_a_dwell_does_not_run_on_through_a_rest() -> None:
    decision = OneLabel(TRACKING, STATES)
    decision.step(np.array(BLUES), 0.0)
    decision.step(np.array(JAZZ), 0.5)
    assert decision.step(np.array(JAZZ), 4.0, fresh=True) is None
    change = decision.step(np.array(JAZZ), 5.0)
    assert change is not None
    assert change.label == "jazz"


def test_several_labels_hold_at_once_with_hysteresis() -> None:
    decision = SeveralLabels(Tracking(dwell_s=0.5, hysteresis=0.1), STATES, {"blues": 0.5})
    changes = [
        decision.step(np.array(average), time * STEP_S)
        for time, average in enumerate(
            [[0.6, 0.7, 0.1], [0.45, 0.7, 0.1], [0.3, 0.7, 0.1], [0.3, 0.7, 0.1]]
        )
    ]
    assert changes[0] == Announcement("jazz", 0.7, 0.0, ("blues", "jazz"))
    assert changes[1] is None
    assert changes[3] == Announcement("jazz", 0.7, 1.0, ("jazz",))


def test_no_label_above_its_threshold_is_unknown() -> None:
    decision = SeveralLabels(Tracking(dwell_s=0.0), STATES, None)
    decision.step(np.array([0.9, 0.1, 0.1]), 0.0)
    change = decision.step(np.array([0.1, 0.1, 0.1]), 0.5)
    assert change == Announcement("unknown", None, 0.5)
