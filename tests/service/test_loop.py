"""The loop's law, with a clock that the test turns and an input that it holds in its hands."""

import itertools
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import UNSET

from genred.audio.source import MisplacedError
from genred.errors import GenredError, UsageError
from genred.events import Capture, Genre, Prediction, Status
from genred.service.hearing import AHEAD_S, COLLECTED_S
from live_service import BLOCK_S, LiveSession

Make = Callable[..., LiveSession]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[LiveSession] = []

    def one(**options: object) -> LiveSession:
        made.append(LiveSession(tmp_path, **options))  # type: ignore[arg-type]
        return made[-1].__enter__()

    yield one
    for session in reversed(made):
        session.__exit__()


def lost_and_back(session: LiveSession, gap_s: float) -> None:
    """Wait for the loss, let time pass, come back with the next attempt."""
    session.until(lambda: session.states[-1] == "recovering")
    session.resume_with(session.opening(), gap_s)


def test_the_first_block_makes_it_capture(make: Make) -> None:
    session = make()
    session.hear(1.0)
    assert session.states == ["recovering", "capturing"]
    capture = session.last(Capture)
    assert (capture.source, capture.sample_rate, capture.channels) == ("mic", 48000, 2)


def test_what_plays_is_heard(make: Make) -> None:
    session = make()
    session.hear(5.0)
    assert session.genres == ["unknown", "rock"]


def test_a_source_that_falls_silent_is_dead_after_two_seconds_and_lost_after_four(
    make: Make,
) -> None:
    session = make()
    session.hear(1.0)
    session.turn(1.9)
    assert session.states[-1] == "capturing"
    session.turn(0.2)
    assert session.states[-1] == "silent_dead"
    session.turn(2.1)
    assert session.states == ["recovering", "capturing", "silent_dead", "lost", "recovering"]


def test_a_source_that_opens_and_gives_nothing_is_lost_after_five_seconds(make: Make) -> None:
    session = make()
    stream = session.opening()
    stream.why = "suspended by the sound server"
    session.until(lambda: session.live.opened)
    session.turn(4.9)
    assert session.states == ["recovering"]
    session.turn(0.2)
    assert session.states == ["recovering", "lost", "recovering"]
    assert session.reasons[1] == "opened, but nothing arrives: suspended by the sound server"
    assert stream.closed


def test_blocks_that_come_again_end_silent_dead(make: Make) -> None:
    session = make()
    stream = session.hear(1.0)
    session.turn(2.5)
    session.play(stream, 1.0)
    assert session.states[-2:] == ["silent_dead", "capturing"]
    assert session.last(Capture).lost_s == pytest.approx(2.5, abs=0.01)


def test_the_genre_is_withdrawn_three_seconds_after_the_last_audio(make: Make) -> None:
    session = make()
    session.hear(5.0)
    session.turn(2.9)
    assert session.genres[-1] == "rock"
    session.turn(0.2)
    assert session.genres[-1] == "unknown"
    assert session.states[-1] == "silent_dead"


def test_silence_is_withdrawn_too_for_nobody_knows_whether_it_lasts(make: Make) -> None:
    session = make()
    session.play(session.hear(0.5), 3.0, amplitude=0.0)
    assert session.genres[-1] == "silence"
    session.turn(3.1)
    assert session.genres[-1] == "unknown"


def test_after_a_short_loss_the_genre_stays(make: Make) -> None:
    session = make()
    stream = session.hear(5.0)
    stream.given.put(GenredError("unplugged"))
    lost_and_back(session, 1.5)
    assert session.genres == ["unknown", "rock"]


def test_after_a_long_loss_it_has_to_be_found_anew(make: Make) -> None:
    session = make()
    stream = session.hear(5.0)
    stream.given.put(GenredError("unplugged"))
    lost_and_back(session, 10.0)
    assert session.genres[-1] == "unknown"
    session.hear_more(5.0)
    assert session.genres == ["unknown", "rock", "unknown", "rock"]


def test_no_window_spans_a_loss(make: Make) -> None:
    session = make()
    stream = session.hear(5.0)
    stream.given.put(GenredError("unplugged"))
    lost_and_back(session, 1.5)
    back_s = next(e.audio_time for e in reversed(session.said) if isinstance(e, Capture))
    session.hear_more(4.0)
    later = [e for e in session.said if isinstance(e, Prediction) and e.audio_time > back_s]
    assert later[0].audio_time - back_s > 3.0


def test_the_reason_of_a_failure_is_published_in_words(make: Make) -> None:
    session = make()
    session.hear(1.0).given.put(GenredError("parec ended: connection terminated"))
    session.until(lambda: session.states[-1] == "recovering")
    assert session.reasons[-2:] == [
        "parec ended: connection terminated",
        "parec ended: connection terminated; next attempt in 1 s",
    ]


def test_a_fault_of_ours_in_the_reader_is_a_loss_and_no_end(make: Make) -> None:
    session = make()
    session.hear(1.0).given.put(ZeroDivisionError("oops"))
    session.until(lambda: session.states[-1] == "recovering")
    assert session.reasons[-2] == "ZeroDivisionError: oops"


def test_the_gap_is_in_the_audios_time(make: Make) -> None:
    session = make()
    begun_s = session.clock.elapsed_s
    stream = session.hear(5.0)
    stream.given.put(GenredError("unplugged"))
    lost_and_back(session, 60.0)
    assert session.live.audio_time == pytest.approx(session.clock.elapsed_s - begun_s, abs=0.01)
    back = next(e for e in session.said if isinstance(e, Capture) and e.lost_s > 1)
    assert back.state == "capturing"
    assert back.lost_s == pytest.approx(60.0, abs=0.01)


def test_the_audios_time_goes_on_while_all_is_lost_and_so_does_the_heartbeat(make: Make) -> None:
    session = make()
    session.hear(1.0).given.put(GenredError("unplugged"))
    session.until(lambda: session.states[-1] == "recovering")
    begun_s, beats = session.clock.elapsed_s - session.live.audio_time, session.beats
    for _ in range(40):
        session.turn(BLOCK_S)
    behind_s = session.clock.elapsed_s - begun_s - session.live.audio_time
    assert 0 <= behind_s <= COLLECTED_S + 0.01
    assert session.beats - beats == 10
    assert session.last(Status).capture in {"recovering", "lost"}


def test_attempts_come_after_1_2_4_8_16_30_30_seconds_for_ever(make: Make) -> None:
    session = make()
    session.until(lambda: session.input.opened == 1 and session.states[-1] == "recovering")
    for attempt, wait_s in enumerate([1, 2, 4, 8, 16, 30, 30, 30], start=1):
        session.settle()
        session.turn(wait_s - 0.1)
        assert session.input.opened == attempt
        session.turn(0.2)
        session.until(lambda attempt=attempt: session.lost == attempt + 1)  # type: ignore[misc]


def test_a_device_that_comes_ends_the_wait(make: Make) -> None:
    session = make()
    for wait_s in (0, 1.1, 2.1, 4.1, 8.1):
        lost = session.lost
        session.turn(wait_s)
        session.until(lambda lost=lost: session.lost > lost)  # type: ignore[misc]
    session.turn(1.1)
    session.input.seen = "a new card"
    session.hear(0.5)
    assert session.states[-1] == "capturing"


def test_devices_that_come_and_go_without_rest_are_tried_once_a_second(make: Make) -> None:
    session = make()
    for number in range(100):
        session.input.seen = number
        session.turn(0.1)
        session.settle()
    assert 8 <= session.input.opened <= 11


def test_the_audio_is_never_let_far_ahead_of_the_clock(make: Make) -> None:
    session = make()
    begun_s = session.clock.elapsed_s
    stream = session.hear(10.0)
    session.play(stream, 10.0, turned=False)
    stream.drained()
    session.until(lambda: session.overruns > 20)
    assert session.live.audio_time <= session.clock.elapsed_s - begun_s + 2.3


def test_a_status_has_no_level_while_nothing_is_heard(make: Make) -> None:
    session = make()
    session.hear(2.0).given.put(GenredError("unplugged"))
    assert isinstance(session.last(Status).level_dbfs, float)
    session.until(lambda: session.states[-1] == "recovering")
    session.turn(1.1)
    assert session.last(Status).level_dbfs is UNSET


def test_a_device_event_while_it_captures_does_nothing(make: Make) -> None:
    session = make()
    stream = session.hear(1.0)
    session.input.seen = "another card"
    session.play(stream, 1.0)
    assert session.input.opened == 1
    assert session.states == ["recovering", "capturing"]


def test_a_machine_that_slept_has_lost_its_capture(make: Make) -> None:
    session = make()
    begun_s = session.clock.elapsed_s
    stream = session.hear(5.0)
    after = session.opening()
    session.clock.asleep_s += 3600.0
    session.turn()
    assert "lost" in session.states
    assert "suspended: the machine slept 3600 s" in session.reasons
    assert session.genres[-1] == "unknown"
    assert stream.closed
    session.play(after, 1.0)
    assert session.live.audio_time == pytest.approx(session.clock.elapsed_s - begun_s, abs=0.01)


def test_with_no_wait_a_missing_device_is_an_error(make: Make) -> None:
    session = make(wait=False)
    with pytest.raises(GenredError, match="no such device"):
        session.until(lambda: False)


def test_with_no_wait_a_capture_that_ran_is_still_recovered(make: Make) -> None:
    session = make(wait=False)
    session.hear(1.0).given.put(GenredError("unplugged"))
    session.until(lambda: session.states[-1] == "recovering")


def test_an_ambiguous_name_is_wrong_use_at_first_and_a_loss_later(make: Make) -> None:
    session = make()
    session.input.openings.append(UsageError("two of them"))
    with pytest.raises(UsageError, match="two of them"):
        session.until(lambda: False)
    waited = make()
    waited.input.openings += [GenredError("not yet"), UsageError("two of them")]
    waited.until(lambda: waited.lost == 1)
    waited.turn(1.1)
    waited.until(lambda: waited.lost == 2)  # who has waited for a device does not end when two come
    later = make()
    later.hear(1.0).given.put(UsageError("two of them"))
    later.until(lambda: later.states[-1] == "recovering")


def test_a_loop_that_stalls_drops_the_oldest_blocks_and_says_so(make: Make) -> None:
    session = make()
    begun_s = session.clock.elapsed_s
    stream = session.hear(1.0)
    for _ in range(12):
        session.clock.running_s += BLOCK_S
        session.play(stream, BLOCK_S, turned=False)
    stream.drained()
    session.until(lambda: session.overruns)
    assert session.overruns == 4
    assert "overrun: 4 blocks were dropped" in session.reasons
    session.turn(1.0)
    assert session.last(Status).overruns == 4
    session.play(stream, 1.0)
    assert session.live.audio_time <= session.clock.elapsed_s - begun_s + 0.01
    lost_s = sum(e.lost_s for e in session.said if isinstance(e, Capture))
    assert lost_s == pytest.approx(4 * BLOCK_S, abs=0.01)


def test_a_block_that_is_skipped_is_a_sign_of_life(make: Make) -> None:
    session = make()
    stream = session.hear(10.0)
    for _ in range(round(AHEAD_S / BLOCK_S)):
        before = session.live.audio_time
        session.play(stream, BLOCK_S, turned=False)
        session.until(lambda before=before: session.live.audio_time > before)  # type: ignore[misc]
    for skipped in (1, 2):
        session.play(stream, BLOCK_S, turned=False)
        session.until(lambda skipped=skipped: session.overruns == skipped)  # type: ignore[misc]
        session.turn(1.25)
    session.turn(0.7)
    assert session.states == ["recovering", "capturing"]
    session.turn(0.1)
    assert session.states[-1] == "silent_dead"


def test_what_a_driver_dropped_is_counted_too(make: Make) -> None:
    session = make()
    stream = session.hear(1.0)
    stream.overflows = 3
    session.play(stream, 1.0)
    assert session.last(Capture).overruns == 3


def test_a_pipe_never_drops_its_writer_waits(make: Make) -> None:
    session = make(drops=False)
    stream = session.hear(1.0)
    session.play(stream, 20.0, turned=False)
    session.until(lambda: session.live.audio_time >= 20.99)
    assert session.overruns == 0


def test_latency_is_from_the_newest_sample_of_the_window(make: Make) -> None:
    session = make()
    session.hear(6.0)
    said = [e.latency_ms for e in session.said if isinstance(e, Prediction)]
    assert said
    # Its frames end up to a block before the block that completed them.
    assert all(isinstance(ms, float) and 0 <= ms <= 1000 * BLOCK_S for ms in said)


def test_a_source_that_runs_1_percent_too_fast_is_told_within_three_minutes(make: Make) -> None:
    session = make()
    session.play(session.hear(0.5), 178.0, rate=1.01)
    told = [reason for reason in session.reasons if "too fast" in reason]
    assert len(told) == 1
    assert re.match(r"the source runs 1.0% too fast: 484[78]\d Hz, not 48000 Hz", told[0])
    assert session.states[-1] == "capturing"


def test_a_true_rate_is_not_talked_about(make: Make) -> None:
    session = make()
    session.play(session.hear(0.5), 200.0, rate=1.001)
    assert len(session.reasons) == 2


def test_a_pipe_that_comes_faster_than_real_time_is_told_and_no_alarm(make: Make) -> None:
    session = make(drops=False)
    session.play(session.hear(0.5), 300.0, rate=8.0, amplitude=0.0)
    assert session.reasons.count("comes faster than real time") == 1
    assert "recovering" not in session.states[1:]
    assert not [reason for reason in session.reasons if "rate" in reason]


def test_a_minute_of_exact_zeros_is_told_and_so_is_its_end(make: Make) -> None:
    session = make()
    stream = session.hear(0.5)
    session.play(stream, 59.5, amplitude=0.0)
    assert "only digital zeros: muted?" not in session.reasons
    session.play(stream, 60.0, amplitude=0.0)
    assert session.reasons.count("only digital zeros: muted?") == 1
    assert session.last(Status).zeros_s > 100
    session.play(stream, 1.0)
    assert session.reasons[-1] == "sound again after digital zeros"


def test_audio_that_is_missing_though_nobody_said_so_is_found(make: Make) -> None:
    session = make()
    begun_s = session.clock.elapsed_s
    stream = session.hear(10.0)
    session.clock.running_s += 1.5  # dropped below us, all at once, and no block came late
    session.play(stream, 5.0)
    assert "audio was lost" in session.reasons
    assert session.live.audio_time == pytest.approx(session.clock.elapsed_s - begun_s, abs=0.3)


def test_a_source_that_follows_the_default_is_opened_anew_at_once(make: Make) -> None:
    session = make()
    stream = session.hear(11.0)
    after = session.opening("hall")
    stream.place = MisplacedError("the default is hall now", follow=True)
    session.until(lambda: not session.input.openings)
    session.play(after, 1.0)
    assert session.states == ["recovering", "capturing", "recovering", "capturing"]
    assert session.last(Capture).source == "hall"
    assert stream.closed


def test_a_server_that_moves_it_again_and_again_is_followed_with_a_wait(make: Make) -> None:
    session = make()
    stream = session.hear(1.0)
    stream.place = MisplacedError("the default is hall now", follow=True)
    session.turn()
    session.settle()
    assert session.input.opened == 1
    session.turn(1.1)
    session.until(lambda: session.input.opened == 2)


def test_a_source_that_does_not_open_is_lost(make: Make) -> None:
    session = make()
    session.input.hang = threading.Event()
    session.until(lambda: session.input.opened)
    session.turn(14.9)
    assert session.states == ["recovering"]
    session.turn(0.2)
    assert session.states == ["recovering", "lost", "recovering"]
    assert session.reasons[1] == "it does not open"
    session.input.hang.set()


def test_zeros_though_something_plays_are_doubted_once_in_ten_seconds(make: Make) -> None:
    session = make()
    stream = session.hear(2.0)
    stream.plays = True
    session.play(stream, 9.75, amplitude=0.0)
    after = session.opening()
    after.plays = True
    session.play(stream, 2 * BLOCK_S, amplitude=0.0)
    session.until(lambda: not session.input.openings)
    assert "only digital zeros though something plays" in session.reasons
    session.play(after, 30.0, amplitude=0.0)
    assert session.input.opened == 2


def test_after_sound_zeros_are_doubted_again(make: Make) -> None:
    session = make()
    streams = [session.hear(2.0), session.opening(), session.opening()]
    for attempt, stream in enumerate(streams, start=1):
        stream.plays = True
        session.play(stream, 2.0)
        session.play(stream, 9.75, amplitude=0.0)
        session.play(stream, 2 * BLOCK_S, amplitude=0.0)
        session.until(lambda attempt=attempt: session.input.opened == attempt + 1)  # type: ignore[misc]


def test_a_named_source_that_was_moved_is_lost(make: Make) -> None:
    session = make()
    stream = session.hear(1.0)
    stream.place = MisplacedError("moved by the sound server to hall")
    session.turn()
    assert session.states[-2:] == ["lost", "recovering"]
    assert session.reasons[-2] == "moved by the sound server to hall"


def test_paused_closes_and_resumed_opens(make: Make) -> None:
    session = make()
    stream = session.hear(5.0)
    session.live.pause()
    assert stream.closed
    session.turn(60.0)
    assert session.states[-1] == "paused"
    assert session.genres[-1] == "unknown"
    assert session.input.opened == 1
    session.live.resume()
    session.hear(1.0)
    assert session.states[-3:] == ["paused", "recovering", "capturing"]


def test_the_end_of_a_stream_is_heard_to_its_end(make: Make) -> None:
    session = make(drops=False)
    session.hear(2.0).given.put(None)
    session.until(lambda: session.live.ended)
    assert session.last(Prediction).short is True
    assert session.reasons[-1] == "end of stream"
    assert isinstance(session.said[-1], Capture)


@pytest.mark.parametrize("state", ["recovering", "capturing", "silent_dead", "paused"])
def test_a_stop_in_any_state_is_the_last_event_and_closes_all(make: Make, state: str) -> None:
    session = make()
    if state != "recovering":
        session.hear(1.0)
    if state == "silent_dead":
        session.turn(2.5)
    if state == "paused":
        session.live.pause()
    assert session.states[-1] == state
    session.stop.requested = True
    session.turn()
    assert session.live.ended
    last = session.said[-1]
    assert isinstance(last, Capture)
    assert (last.state, last.reason) == ("ended", "interrupted")


def test_a_quiet_loopback_of_windows_is_no_fault(make: Make) -> None:
    session = make(quiet_is_silence=True)
    session.hear(1.0)
    session.turn(60.0)
    assert session.states == ["recovering", "capturing"]


def test_nothing_is_said_twice_in_a_row(make: Make) -> None:
    session = make()
    stream = session.hear(5.0)
    stream.given.put(GenredError("unplugged"))
    lost_and_back(session, 10.0)
    labels = [e.genre for e in session.said if isinstance(e, Genre)]
    assert all(a != b for a, b in itertools.pairwise(labels))


def test_a_clock_that_is_set_back_an_hour_moves_the_time_and_nothing_else(make: Make) -> None:
    session = make()
    stream = session.hear(5.0)
    before, beats = session.said[-1], session.beats
    session.clock.set_back(3600.0)
    session.play(stream, 5.0)
    after = session.said[-1]
    assert before.time - after.time == pytest.approx(3600.0 - 5.0, abs=0.3)
    assert after.audio_time - before.audio_time == pytest.approx(5.0, abs=0.3)
    assert session.beats - beats == 5
    assert session.states == ["recovering", "capturing"]
    assert session.genres == ["unknown", "rock"]
    for kind in (Capture, Genre, Prediction, Status):
        numbers = [event.seq for event in session.said if isinstance(event, kind)]
        assert numbers == list(range(len(numbers)))
    times = [event.audio_time for event in session.said]
    assert times == sorted(times)
    assert all(
        event.latency_ms < 1000
        for event in session.said
        if isinstance(event, Prediction) and isinstance(event.latency_ms, float)
    )
