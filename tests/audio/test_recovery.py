"""Recovery: every state with everything that can be seen, and the times between."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.audio.recovery import NEXT, Do, Recovery, Saw, State

START_S = 100.0
STEP_S = 200.0

Timer = tuple[float, Saw] | None
"""seconds from the step, and what is seen then"""
RETRY_NOW: Timer = (0.0, Saw.RETRY)
OPENING: Timer = (15.0, Saw.QUIET)
FIRST: Timer = (5.0, Saw.QUIET)
QUIET: Timer = (2.0, Saw.QUIET)

WAYS = {
    "waiting": [],
    "opening": [Saw.RETRY],
    "opened": [Saw.RETRY, Saw.OPENED],
    "capturing": [Saw.RETRY, Saw.OPENED, Saw.BLOCK],
    "silent": [Saw.RETRY, Saw.OPENED, Saw.BLOCK, Saw.QUIET],
    "lost": [Saw.RETRY, Saw.FAILED],
    "paused": [Saw.PAUSE],
    "ended": [Saw.STOP],
}
"""what leads to each state; `recovering` has three faces"""

OPEN = (State.RECOVERING, Do.OPEN, OPENING)
LOSE = (State.LOST, Do.CLOSE, None)
HEAR = (State.CAPTURING, Do.NOTHING, QUIET)
FOLLOW = (State.RECOVERING, Do.CLOSE, RETRY_NOW)
PAUSE = (State.PAUSED, Do.CLOSE, None)
END = (State.ENDED, Do.CLOSE, None)
STOPS = {Saw.PAUSE: PAUSE, Saw.FINISHED: END, Saw.STOP: END}
RECOVERING = STOPS | {
    Saw.RETRY: OPEN,
    Saw.OPENED: (State.RECOVERING, Do.NOTHING, FIRST),
    Saw.BLOCK: HEAR,
    Saw.QUIET: LOSE,
    Saw.FAILED: LOSE,
    Saw.FOLLOW: FOLLOW,
}
HEARING = STOPS | {Saw.BLOCK: HEAR, Saw.FAILED: LOSE, Saw.SLEPT: LOSE, Saw.FOLLOW: FOLLOW}
EDGES: dict[str, dict[Saw, tuple[State, Do, Timer]]] = {
    "waiting": RECOVERING | {Saw.DEVICE: OPEN},
    "opening": RECOVERING,
    "opened": RECOVERING,
    "capturing": HEARING | {Saw.QUIET: (State.SILENT_DEAD, Do.NOTHING, QUIET)},
    "silent": HEARING | {Saw.QUIET: LOSE},
    "lost": STOPS | {Saw.AGAIN: (State.RECOVERING, Do.NOTHING, (1.0, Saw.RETRY))},
    "paused": {Saw.RESUME: (State.RECOVERING, Do.NOTHING, RETRY_NOW), Saw.STOP: END},
    "ended": {},
}
"""written down a second time, so that no edge changes by accident; what is not here is no edge"""


def walked(*way: Saw, quiet_is_silence: bool = False) -> Recovery:
    recovery = Recovery(START_S, quiet_is_silence=quiet_is_silence)
    for saw in way:
        recovery.step(saw, START_S)
    return recovery


def timer(recovery: Recovery, now_s: float) -> Timer:
    if recovery.due_s is None:
        assert recovery.due(1e9) is None
        return None
    saw = recovery.due(recovery.due_s)
    assert saw is not None
    return recovery.due_s - now_s, saw


@pytest.mark.parametrize(("way", "saw"), list(itertools.product(WAYS, Saw)))
def test_every_state_with_everything_that_can_be_seen(way: str, saw: Saw) -> None:
    recovery = walked(*WAYS[way])
    stays = (recovery.state, Do.NOTHING, timer(recovery, STEP_S))
    deed = recovery.step(saw, STEP_S)
    assert (recovery.state, deed, timer(recovery, STEP_S)) == EDGES[way].get(saw, stays)


def test_the_ways_lead_to_every_state_and_the_edges_are_all_of_the_table() -> None:
    states = {way: walked(*steps).state for way, steps in WAYS.items()}
    assert set(states.values()) == set(State)
    edges = {(states[way], saw) for way, found in EDGES.items() for saw in found}
    assert edges == set(NEXT)


def test_it_opens_at_once() -> None:
    recovery = Recovery(START_S)
    assert recovery.state is State.RECOVERING
    assert recovery.due(START_S - 0.001) is None
    assert recovery.due(START_S) is Saw.RETRY


def passed(recovery: Recovery, from_s: float, to_s: float) -> list[tuple[float, State, Do]]:
    """Let time pass and nothing else; return what became of it, each with its time."""
    found = []
    while recovery.due_s is not None and recovery.due_s <= to_s:
        now_s = max(from_s, recovery.due_s)
        saw = recovery.due(now_s)
        assert saw is not None
        deed = recovery.step(saw, now_s)
        found.append((now_s, recovery.state, deed))
    return found


def test_an_opened_device_without_a_block_is_lost_after_5_s() -> None:
    recovery = walked(Saw.RETRY, Saw.OPENED)
    assert passed(recovery, START_S, 1000) == [(START_S + 5, State.LOST, Do.CLOSE)]


def test_a_capture_without_blocks_is_silent_after_2_s_and_lost_after_2_more() -> None:
    recovery = walked(Saw.RETRY, Saw.OPENED, Saw.BLOCK)
    assert passed(recovery, START_S, 1000) == [
        (START_S + 2, State.SILENT_DEAD, Do.NOTHING),
        (START_S + 4, State.LOST, Do.CLOSE),
    ]


def test_each_block_puts_off_the_silence() -> None:
    recovery = walked(Saw.RETRY, Saw.OPENED)
    for number in range(100):
        assert passed(recovery, START_S, START_S + 1.9 * number) == []
        recovery.step(Saw.BLOCK, START_S + 1.9 * number)
    assert recovery.state is State.CAPTURING


def waits(recovery: Recovery, count: int, *way: Saw) -> list[float]:
    """Return the waits between attempts that all go the same way."""
    found, now_s = [], START_S
    for _ in range(count):
        for saw in (Saw.RETRY, *way, Saw.FAILED, Saw.AGAIN):
            recovery.step(saw, now_s)
        assert recovery.due_s is not None
        found.append(recovery.due_s - now_s)
        now_s = recovery.due_s
    return found


def test_the_wait_doubles_up_to_half_a_minute() -> None:
    assert waits(Recovery(START_S), 8) == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_device_that_opens_and_fails_is_waited_for_as_long_as_one_that_never_opens() -> None:
    assert waits(Recovery(START_S), 4, Saw.OPENED, Saw.BLOCK) == [1, 2, 4, 8]


def test_the_wait_that_is_told_is_the_wait_that_comes() -> None:
    recovery = walked(Saw.RETRY, Saw.FAILED)
    for expected in (1.0, 2.0, 4.0):
        assert recovery.wait_s == expected
        recovery.step(Saw.AGAIN, START_S)
        assert recovery.due_s == START_S + expected
        recovery.step(Saw.RETRY, START_S)
        recovery.step(Saw.FAILED, START_S)


@pytest.mark.parametrize(("held_s", "wait_s"), [(9.75, 8.0), (10.0, 1.0), (3600.0, 1.0)])
def test_only_ten_steady_seconds_make_the_failures_forgotten(held_s: float, wait_s: float) -> None:
    recovery = Recovery(START_S)
    waits(recovery, 3)
    recovery.step(Saw.RETRY, START_S)
    for block in range(round(held_s / 0.25) + 1):
        recovery.step(Saw.BLOCK, START_S + 0.25 * block)
    assert recovery.wait_s == wait_s


def test_a_silence_between_makes_the_ten_seconds_begin_anew() -> None:
    recovery = Recovery(START_S)
    waits(recovery, 3)
    for now_s in (0.0, 6.0, 12.0):
        recovery.step(Saw.RETRY, START_S + now_s)
        recovery.step(Saw.BLOCK, START_S + now_s)
        recovery.step(Saw.QUIET, START_S + now_s + 2)
    assert recovery.wait_s == 8.0


def test_a_device_ends_the_wait_and_makes_the_failures_forgotten() -> None:
    recovery = Recovery(START_S)
    waits(recovery, 5)
    assert recovery.step(Saw.DEVICE, START_S + 100) is Do.OPEN
    assert recovery.wait_s == 1.0


@pytest.mark.parametrize("way", ["opening", "opened"])
def test_a_device_that_comes_while_one_is_opened_opens_no_second(way: str) -> None:
    recovery = walked(*WAYS[way])
    before = timer(recovery, STEP_S)
    assert recovery.step(Saw.DEVICE, STEP_S) is Do.NOTHING
    assert timer(recovery, STEP_S) == before


def test_where_quiet_is_silence_a_source_that_played_is_never_given_up() -> None:
    recovery = walked(Saw.RETRY, Saw.OPENED, Saw.BLOCK, quiet_is_silence=True)
    assert passed(recovery, START_S, 1e9) == []
    assert recovery.state is State.CAPTURING


def test_where_quiet_is_silence_a_source_that_never_played_is_lost_all_the_same() -> None:
    recovery = walked(Saw.RETRY, Saw.OPENED, quiet_is_silence=True)
    assert passed(recovery, START_S, 1000) == [(START_S + 5, State.LOST, Do.CLOSE)]


def test_nothing_comes_after_the_end() -> None:
    for way in (Saw.STOP, Saw.FINISHED):
        recovery = walked(way)
        for saw in Saw:
            assert recovery.step(saw, STEP_S) is Do.NOTHING
        assert (recovery.state, recovery.due_s) == (State.ENDED, None)


OF_A_SOURCE = {Saw.OPENED, Saw.BLOCK, Saw.FAILED, Saw.FINISHED, Saw.FOLLOW}
TIMES = st.sampled_from([0.0, 0.25, 1.0, 5.0, 31.0])
STEPS = st.lists(st.tuples(st.sampled_from(sorted(Saw, key=lambda saw: saw.name)), TIMES))


@given(STEPS, st.booleans())
def test_whatever_comes_it_opens_once_and_is_never_stuck(
    steps: list[tuple[Saw, float]], quiet_is_silence: bool
) -> None:
    recovery = Recovery(0.0, quiet_is_silence=quiet_is_silence)
    now_s, is_open, was_opened = 0.0, False, False

    def step(saw: Saw) -> None:
        nonlocal is_open, was_opened
        before = recovery.state
        deed = recovery.step(saw, now_s)
        assert not (deed is Do.OPEN and is_open)
        is_open = deed is Do.OPEN or (is_open and deed is not Do.CLOSE)
        was_opened = is_open and (was_opened or saw in (Saw.OPENED, Saw.BLOCK))
        if before is State.PAUSED and recovery.state is not before:
            assert saw in (Saw.RESUME, Saw.STOP)
        if recovery.state in (State.LOST, State.PAUSED, State.ENDED):
            assert not is_open
            assert recovery.due_s is None
        elif recovery.state is State.RECOVERING:
            assert recovery.due_s is not None or (is_open and not was_opened)
        else:
            assert is_open
            assert recovery.due_s is not None or quiet_is_silence
        assert 1.0 <= recovery.wait_s <= 30.0

    for saw, later_s in steps:
        now_s += later_s
        due = recovery.due(now_s)
        # Time alone makes these; the loop never makes them up.
        if due is not None:
            step(due)
        if saw not in (Saw.RETRY, Saw.QUIET) and (is_open or saw not in OF_A_SOURCE):
            step(saw)
