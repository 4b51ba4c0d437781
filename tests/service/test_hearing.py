"""What hearing counts as lost, skips, measures and tells; times in halves of halves are exact."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import numpy as np
import pytest

from fakes import FakeModel, metadata
from genred.audio.recovery import State
from genred.audio.source import Block
from genred.events import Capture, Event, Genre, Prediction
from genred.features.spec import FeatureSpec
from genred.pipeline import Pipeline
from genred.service.hearing import (
    AHEAD_S,
    COLLECTED_S,
    HURRY_S,
    LATE_S,
    STEADY_BLOCKS,
    ZEROS_S,
    Hearing,
    ZerosCheck,
)
from genred.service.session import Session
from genred.service.stop import StopSignal
from genred.wire.publisher import Publisher
from live_service import BLOCK_S, FakeStream, TurnedClock

SPEC = FeatureSpec(
    sample_rate=1024, n_fft=64, hop_length=32, n_mels=8, fmax=512.0, n_mfcc=8,
    window_frames=36, interval_frames=12,
)  # fmt: skip
"""small, for minutes of audio in no time"""


class Ear:
    """`Hearing` with a clock that the test turns; use as a context manager."""

    def __init__(self, folder: Path, *, drops: bool = True) -> None:
        self.clock = TurnedClock()
        self.said: list[Event] = []
        self.stop = StopSignal()
        model = FakeModel(described=metadata(spec=SPEC))
        self.pipeline = Pipeline(model)
        self.publisher = Publisher([f"ipc://{folder}/unbound"], "bar", "s", self.clock.utc)
        self.session = Session(
            self.pipeline, model.metadata, self.publisher, self.clock, self.stop, "mic",
            self.said.append,
        )  # fmt: skip
        self.hearing = Hearing(self.pipeline, self.session, self.clock, drops=drops)
        self._begun_s = self.clock.elapsed_s
        self._rng = np.random.default_rng(0)

    def __enter__(self) -> Self:
        self.stop.__enter__()
        self.publisher.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.publisher.__exit__()
        self.stop.__exit__()

    def block(self, amplitude: float = 0.1) -> Block:
        """Make a block that was sound just now."""
        samples = self._rng.standard_normal(round(BLOCK_S * SPEC.sample_rate)) * amplitude
        return Block(samples.astype(np.float32), captured_s=self.clock.elapsed_s)

    def hear(self, block: Block, dropped_s: float = 0.0, *, resumes: bool = False) -> float | None:
        """Do as the loop does; return what was lost before the block, None for a late one."""
        if self.hearing.is_late(block, dropped_s):
            return None
        lost_s = self.hearing.lost_before(block, dropped_s, resumes=resumes)
        self.hearing.push(block)
        return lost_s

    def play(self, seconds: float, *, amplitude: float = 0.1) -> list[float | None]:
        """Hear blocks in time."""
        lost = []
        for _ in range(round(seconds / BLOCK_S)):
            self.clock.running_s += BLOCK_S
            lost.append(self.hear(self.block(amplitude)))
        return lost

    def burst(self, seconds: float) -> list[float | None]:
        """Hear blocks that come all at once."""
        return [self.hear(self.block()) for _ in range(round(seconds / BLOCK_S))]

    def resume(self, gap_s: float, *, amplitude: float = 0.1) -> float | None:
        """Hear a first block after a time without any."""
        self.clock.running_s += gap_s
        return self.hear(self.block(amplitude), resumes=True)

    @property
    def now_s(self) -> float:
        return self.clock.elapsed_s - self._begun_s

    @property
    def ahead_s(self) -> float:
        return self.pipeline.audio_time - self.now_s

    @property
    def reasons(self) -> list[str]:
        return [event.reason for event in self.said if isinstance(event, Capture)]

    @property
    def genres(self) -> list[str]:
        return [event.genre for event in self.said if isinstance(event, Genre)]

    @property
    def predictions(self) -> list[Prediction]:
        return [event for event in self.said if isinstance(event, Prediction)]


Make = Callable[..., Ear]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Ear] = []

    def one(*, drops: bool = True) -> Ear:
        made.append(Ear(tmp_path, drops=drops))
        return made[-1].__enter__()

    yield one
    for ear in reversed(made):
        ear.__exit__()


@pytest.fixture
def ear(make: Make) -> Ear:
    return make()


# What is lost.


@pytest.mark.parametrize(("dropped_s", "lost_s"), [(2.0, 0.75), (0.5, 0.5), (0.0, 0.0)])
def test_no_more_of_what_was_dropped_is_lost_than_the_clock_knows_of(
    ear: Ear, dropped_s: float, lost_s: float
) -> None:
    ear.play(2.0)
    ear.clock.running_s += 1.0
    assert ear.hear(ear.block(), dropped_s) == lost_s


def test_what_is_dropped_while_the_audio_is_ahead_is_no_loss(ear: Ear) -> None:
    ear.play(2.0)
    ear.burst(1.0)
    frames = ear.pipeline.frames
    assert ear.hear(ear.block(), 1.0) == 0.0
    assert ear.pipeline.frames > frames


def test_at_a_resume_all_that_the_clock_is_ahead_is_lost(ear: Ear) -> None:
    ear.play(2.0)
    assert ear.resume(5.0) == 5.0 - BLOCK_S
    assert ear.ahead_s == 0.0


def test_at_a_resume_audio_that_is_ahead_loses_nothing_and_does_not_go_back(ear: Ear) -> None:
    ear.play(2.0)
    ear.burst(1.0)
    before_s = ear.pipeline.audio_time
    assert ear.resume(0.0) == 0.0
    assert ear.pipeline.audio_time == before_s + BLOCK_S


def test_what_was_lost_while_time_passed_is_part_of_the_loss_and_told_once(ear: Ear) -> None:
    ear.play(2.0)
    ear.clock.running_s += 3.0
    ear.hearing.pass_time(State.RECOVERING)
    assert ear.resume(2.0) == pytest.approx(5.0 - BLOCK_S)
    assert ear.play(1.0) == [0.0] * 4


def test_a_pipe_loses_nothing_on_the_way_its_writer_waits(make: Make) -> None:
    ear = make(drops=False)
    ear.play(2.0)
    ear.clock.running_s += 3.0
    assert set(ear.play(10.0)) == {0.0}


def test_no_frame_spans_a_loss(ear: Ear) -> None:
    ear.play(2.0)
    ear.clock.running_s += 1.0
    assert ear.hearing.lost_before(ear.block(), 0.5, resumes=False) == 0.5
    assert ear.pipeline.frames == 0


# What is late.


def test_a_backlog_after_a_loss_is_skipped_however_long_it_is(ear: Ear) -> None:
    ear.resume(2.0)
    heard = ear.burst(LATE_S)
    assert None not in heard
    assert set(ear.burst(STEADY_BLOCKS * 3 * BLOCK_S)) == {None}
    assert ear.ahead_s == LATE_S


def test_after_enough_blocks_in_time_no_backlog_is_feared(ear: Ear) -> None:
    ear.resume(2.0)
    ear.play((STEADY_BLOCKS - 1) * BLOCK_S)
    ear.burst(LATE_S)
    assert None not in ear.burst(1.0)
    ear.resume(2.0)
    ear.play((STEADY_BLOCKS - 4) * BLOCK_S)
    ear.burst(LATE_S)
    assert ear.burst(1.0) == [None] * 4


def test_no_frame_spans_what_was_skipped(ear: Ear) -> None:
    ear.resume(2.0)
    ear.play(1.0)
    assert ear.burst(LATE_S + BLOCK_S)[-1] is None
    assert ear.pipeline.frames > 0
    ear.clock.running_s += BLOCK_S
    assert ear.hearing.lost_before(ear.block(), 0.0, resumes=False) == 0.0
    assert ear.pipeline.frames == 0


def test_only_the_first_block_after_skipped_ones_begins_anew(ear: Ear) -> None:
    ear.resume(2.0)
    assert ear.burst(LATE_S + BLOCK_S)[-1] is None
    ear.play(2.0)
    assert ear.pipeline.frames * SPEC.hop_length / SPEC.sample_rate > 1.5


def test_audio_never_gets_farther_ahead_of_the_clock_than_allowed(ear: Ear) -> None:
    ear.play(10.0)
    ear.burst(30.0)
    assert ear.ahead_s == AHEAD_S


def test_audio_that_got_too_far_ahead_is_brought_back(ear: Ear) -> None:
    ear.play(10.0)
    ear.burst(AHEAD_S + BLOCK_S)
    assert ear.play(AHEAD_S - LATE_S)[:-1] == [None] * 5
    assert ear.play(BLOCK_S) == [0.0]
    assert ear.ahead_s == LATE_S


def test_audio_that_was_brought_back_has_no_hole(ear: Ear) -> None:
    ear.play(10.0)
    ear.burst(AHEAD_S + BLOCK_S)
    ear.play(AHEAD_S - LATE_S)
    # A block at the border itself may be skipped too.
    assert set(ear.play(30.0)) - {None} == {0.0}
    assert ear.ahead_s == pytest.approx(LATE_S, abs=BLOCK_S + 0.01)


def test_of_a_pipe_no_block_is_late(make: Make) -> None:
    ear = make(drops=False)
    ear.resume(2.0)
    assert set(ear.burst(30.0)) == {0.0}


# The rate.


def test_audio_that_was_dropped_here_did_come_and_makes_no_source_slow(ear: Ear) -> None:
    for _ in range(36):
        ear.play(4.75)
        ear.clock.running_s += 2 * BLOCK_S
        assert ear.hear(ear.block(), BLOCK_S) == BLOCK_S
    assert not ear.reasons


def test_a_hole_makes_no_source_slow(ear: Ear) -> None:
    ear.play(75.0)
    ear.clock.running_s += 1.5
    lost = ear.play(100.0)
    assert sum(filter(None, lost)) == 1.5
    assert not ear.reasons


def test_a_surplus_makes_no_source_fast(ear: Ear) -> None:
    ear.play(75.0)
    assert None not in ear.burst(1.0)
    assert set(ear.play(200.0)) == {0.0}
    assert not ear.reasons


def test_a_loss_makes_no_source_slow(ear: Ear) -> None:
    ear.play(75.0)
    ear.resume(10.0)
    ear.play(100.0)
    assert not ear.reasons


def test_a_source_that_is_too_slow_is_told_with_its_real_rate(ear: Ear) -> None:
    for _ in range(400):
        ear.clock.running_s += 0.01 * BLOCK_S
        ear.play(BLOCK_S)
    wrong = "a wrong sample rate makes every genre wrong"
    assert ear.reasons == [f"the source runs 1.0% too slow: 1014 Hz, not 1024 Hz; {wrong}"]


def test_audio_that_was_skipped_did_come_and_has_its_part_in_the_rate(ear: Ear) -> None:
    lost = []
    for _ in range(400):
        ear.clock.running_s -= BLOCK_S - BLOCK_S / 1.03
        lost += ear.play(BLOCK_S)
    assert None in lost
    assert len(ear.reasons) == 1
    assert ear.reasons[0].startswith("the source runs 3.0% too fast: 1055 Hz, not 1024 Hz; ")


def test_what_was_dropped_before_a_skipped_block_did_come_too(ear: Ear) -> None:
    lost: list[float | None] = [0.0]
    dropped_s = 0.0
    for _ in range(400):
        ear.clock.running_s += BLOCK_S / 1.03
        if lost[-1] is None and not dropped_s:
            dropped_s = BLOCK_S
            continue
        lost.append(ear.hear(ear.block(), dropped_s))
        dropped_s = 0.0
    assert None in lost
    assert [reason[:31] for reason in ear.reasons] == ["the source runs 3.0% too fast: "]


def test_before_a_loss_is_no_measure_for_a_hole_after_it(ear: Ear) -> None:
    ear.play(5.0)
    ear.burst(1.0)
    ear.play(10.0)
    assert ear.resume(5.0) == 4.0 - BLOCK_S
    assert set(ear.play(10.0)) == {0.0}


# Zeros.


def test_zeros_are_counted_from_the_last_loss(ear: Ear) -> None:
    ear.play(40.0, amplitude=0.0)
    ear.resume(10.0, amplitude=0.0)
    ear.play(40.0, amplitude=0.0)
    assert not ear.reasons
    assert ear.session.zeros_s == 40.0 + BLOCK_S


def test_zeros_before_a_loss_are_no_reason_for_doubt_after_it(ear: Ear) -> None:
    stream = FakeStream()
    stream.plays = True
    ear.play(9.0, amplitude=0.0)
    ear.resume(5.0, amplitude=0.0)
    ear.play(9.0, amplitude=0.0)
    assert not ear.hearing.doubts(stream)
    ear.play(1.0, amplitude=0.0)
    assert ear.hearing.doubts(stream)


def test_zeros_are_doubted_once_until_there_is_sound_and_only_where_something_plays(
    ear: Ear,
) -> None:
    stream = FakeStream()
    for _ in range(2):
        ear.play(10.0, amplitude=0.0)
        stream.plays = False
        assert not ear.hearing.doubts(stream)
        stream.plays = True
        assert ear.hearing.doubts(stream)
        ear.play(1.0, amplitude=0.0)
        assert not ear.hearing.doubts(stream)
        ear.play(BLOCK_S)


def test_zeros_are_told_once_and_again_after_sound() -> None:
    check = ZerosCheck()
    for _ in range(2):
        assert check.push(ZEROS_S - 1.0, zeros=True) == ""
        assert check.push(1.0, zeros=True) == "only digital zeros: muted?"
        assert check.push(ZEROS_S, zeros=True) == ""
        assert check.lasting_s == 2 * ZEROS_S
        assert check.push(1.0, zeros=False) == "sound again after digital zeros"
        assert check.push(1.0, zeros=False) == ""


def test_sound_after_zeros_that_nobody_was_told_of_is_no_news() -> None:
    check = ZerosCheck()
    check.push(ZEROS_S - 1.0, zeros=True)
    assert check.push(1.0, zeros=False) == ""
    assert check.push(1.0, zeros=True) == ""
    assert check.lasting_s == 1.0


def test_after_a_loss_zeros_are_told_anew() -> None:
    check = ZerosCheck()
    check.push(ZEROS_S, zeros=True)
    check.reset()
    assert check.push(1.0, zeros=False) == ""
    assert check.push(ZEROS_S, zeros=True) == "only digital zeros: muted?"


# A pipe that hurries.


def test_a_pipe_that_hurries_is_told_once(make: Make) -> None:
    ear = make(drops=False)
    ear.play(1.0)
    ear.burst(HURRY_S - BLOCK_S)
    assert not ear.reasons
    ear.burst(BLOCK_S)
    assert ear.reasons == ["comes faster than real time"]
    ear.burst(20.0)
    ear.play(5.0)
    assert ear.reasons == ["comes faster than real time"]


def test_a_pipe_that_hurries_has_no_rate_to_be_wrong(make: Make) -> None:
    ear = make(drops=False)
    for _ in range(120):
        ear.play(1.0)
        ear.burst(1.0)
    assert ear.reasons == ["comes faster than real time"]


def test_only_a_pipe_hurries(ear: Ear) -> None:
    for _ in range(100):
        ear.hearing.push(ear.block())
    assert ear.ahead_s > HURRY_S
    assert not ear.reasons


# Time that passes.


@pytest.mark.parametrize("state", [State.LOST, State.RECOVERING, State.PAUSED])
def test_while_it_is_closed_time_moves_on_but_for_what_may_be_on_its_way(
    ear: Ear, state: State
) -> None:
    ear.play(2.0)
    ear.clock.running_s += 60.0
    ear.hearing.pass_time(state)
    assert ear.ahead_s == pytest.approx(-COLLECTED_S)
    before_s = ear.pipeline.audio_time
    ear.clock.running_s -= 1.0
    ear.hearing.pass_time(state)
    assert ear.pipeline.audio_time == before_s


@pytest.mark.parametrize("state", [State.CAPTURING, State.SILENT_DEAD])
def test_while_it_is_open_time_waits_for_what_comes_late(ear: Ear, state: State) -> None:
    ear.play(2.0)
    ear.clock.running_s += 60.0
    ear.hearing.pass_time(state)
    assert ear.pipeline.audio_time == 2.0


def test_what_was_announced_is_withdrawn_so_long_after_it_was_sound_not_after_it_came(
    ear: Ear,
) -> None:
    ear.play(2.0, amplitude=0.0)
    ear.clock.running_s += BLOCK_S
    block = ear.block(amplitude=0.0)
    ear.clock.running_s += 2.0
    ear.hear(block)
    ear.clock.running_s += 0.75
    ear.hearing.pass_time(State.CAPTURING)
    assert ear.genres == ["silence"]
    ear.clock.running_s += 0.25
    ear.hearing.pass_time(State.CAPTURING)
    assert ear.genres == ["silence", "unknown"]


# Latency.


def test_latency_is_from_the_end_of_the_window_not_of_the_block(ear: Ear) -> None:
    ends = []
    for _ in range(20):
        before = len(ear.predictions)
        ear.play(BLOCK_S)
        ends += [ear.pipeline.audio_time] * (len(ear.predictions) - before)
    ago_ms = [1000 * (end - e.audio_time) for end, e in zip(ends, ear.predictions, strict=True)]
    assert max(ago_ms) > 50
    assert [e.latency_ms for e in ear.predictions] == pytest.approx(ago_ms)


def test_latency_has_in_it_how_long_the_block_was_on_its_way(ear: Ear) -> None:
    for _ in range(20):
        ear.clock.running_s += BLOCK_S
        block = ear.block()
        ear.clock.running_s += 1.0
        ear.hear(block)
        ear.clock.running_s -= 1.0
    said = [e.latency_ms for e in ear.predictions]
    assert said
    assert all(isinstance(ms, float) and 1000 <= ms <= 1000 * (1 + BLOCK_S) for ms in said)
