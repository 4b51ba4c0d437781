from typing import Any

import msgspec
import pytest

from genred.events import EVENT_OF, Capture, CaptureRecord, Event, Status
from genred.wire.watch import Back, Gap, Gone, NewSession, Notice, Skipped, Watch
from wire.bus import RECORDS, UTC


def event(
    kind: str, seq: int, *, session: str = "s1", retained: bool = False, stream: str = "bar"
) -> Event:
    record = RECORDS[kind]()
    values = {name: getattr(record, name) for name in record.__struct_fields__}
    made = EVENT_OF[type(record)]
    envelope: dict[str, Any] = {
        "stream": stream,
        "session": session,
        "seq": seq,
        "retained": retained,
    }
    return made(time=UTC, **envelope, **values)


def status(
    seq: int, last_seq: dict[str, int], *, retained: bool = False, interval_s: float = 1.0
) -> Status:
    return Status(
        stream="bar",
        session="s1",
        seq=seq,
        time=UTC,
        audio_time=1.0,
        retained=retained,
        capture="capturing",
        uptime_s=1.0,
        model="fake 1",
        interval_s=interval_s,
        last_seq=last_seq,
    )


def steps(watch: Watch, *said: Event, now: float = 0.0) -> list[Notice]:
    return [notice for one in said for notice in watch.step(one, now)[1]]


def test_who_joins_in_the_middle_has_missed_nothing() -> None:
    watch = Watch()
    said = [event("genre", 7, retained=True), event("prediction", 90), event("prediction", 91)]
    assert steps(watch, *said) == []


def test_a_hole_in_the_numbers_of_a_topic_is_a_gap() -> None:
    watch = Watch()
    said = [event("genre", 0), event("prediction", 4), event("prediction", 7), event("genre", 1)]
    assert steps(watch, *said) == [Gap("bar", "prediction", missed=2, seq=6)]


def test_a_loss_that_only_the_status_knows_is_a_gap_told_once() -> None:
    watch = Watch()
    said = [event("genre", 3), status(0, {"genre": 5}), status(1, {"genre": 5})]
    assert steps(watch, *said) == [Gap("bar", "genre", missed=2, seq=5)]
    assert steps(watch, event("genre", 6)) == []


def test_a_status_tells_from_which_number_on_a_type_not_heard_yet_is_missed() -> None:
    watch = Watch()
    assert steps(watch, status(0, {"prediction": 9}), event("prediction", 10)) == []
    watch = Watch()
    gap = Gap("bar", "prediction", missed=1, seq=10)
    assert steps(watch, status(0, {"prediction": 9}), event("prediction", 11)) == [gap]


def test_a_retained_status_is_too_old_to_tell_of_losses() -> None:
    watch = Watch()
    said = [status(0, {"prediction": 5}, retained=True), event("prediction", 8)]
    assert steps(watch, *said) == []


def test_types_that_were_not_asked_for_are_not_missed() -> None:
    watch = Watch(["genre", "status"])
    said = [status(0, {"genre": 0, "prediction": 3}), status(1, {"genre": 0, "prediction": 9})]
    assert steps(watch, *said) == []


def test_what_was_seen_is_not_new_again() -> None:
    watch = Watch()
    said = [
        event("genre", 2),
        event("genre", 2, retained=True),
        event("genre", 1),
        event("genre", 3),
    ]
    assert [watch.step(one, 0.0)[0] for one in said] == [True, False, False, True]


def test_the_present_state_is_new_even_after_a_status_has_told_of_it() -> None:
    watch = Watch()
    assert steps(watch, status(0, {"genre": 4})) == []
    assert watch.step(event("genre", 4, retained=True), 0.0) == (True, [])


def test_a_new_session_is_told_and_counts_anew() -> None:
    watch = Watch()
    said = [event("genre", 5), event("genre", 0, session="s2"), event("genre", 1, session="s2")]
    assert steps(watch, *said) == [NewSession("bar", "s2")]


def test_streams_are_counted_apart() -> None:
    watch = Watch()
    said = [event("genre", 0), event("genre", 8, stream="club"), event("genre", 1)]
    assert steps(watch, *said) == []


@pytest.mark.parametrize("interval_s", [0.5, 1.0, 10.0])
def test_three_missed_heartbeats_are_gone_and_the_next_is_back(interval_s: float) -> None:
    watch = Watch()
    steps(watch, status(0, {}, interval_s=interval_s), now=100.0)
    assert watch.tick(100.0 + 3 * interval_s) == []
    late = 100.0 + 3.5 * interval_s
    assert watch.tick(late) == [Gone("bar", 3.5 * interval_s)]
    assert watch.tick(late + 1) == []
    assert steps(watch, status(1, {}), now=late + 2) == [Back("bar")]
    assert watch.tick(late + 4) == []


def test_before_the_first_status_three_seconds_are_waited() -> None:
    watch = Watch()
    steps(watch, event("genre", 0), now=0.0)
    assert watch.tick(3.0) == []
    assert watch.tick(3.1) == [Gone("bar", 3.1)]


def test_an_interval_of_nothing_is_not_believed() -> None:
    watch = Watch()
    steps(watch, status(0, {}, interval_s=0.0))
    assert watch.tick(2.9) == []


def test_any_event_is_a_sign_of_life_but_a_retained_one() -> None:
    watch = Watch()
    steps(watch, status(0, {}), now=0.0)
    steps(watch, event("prediction", 0), now=2.0)
    assert watch.tick(4.0) == []
    steps(watch, event("genre", 0, retained=True), now=4.0)
    assert watch.tick(5.5) == [Gone("bar", 3.5)]


def test_a_daemon_that_was_gone_and_starts_anew_is_back() -> None:
    watch = Watch()
    steps(watch, event("genre", 0), now=0.0)
    watch.tick(9.0)
    told = steps(watch, event("genre", 0, session="s2", retained=True), now=10.0)
    assert told == [Back("bar"), NewSession("bar", "s2")]


@pytest.mark.parametrize(
    ("notice", "line"),
    [
        (Gap("bar", "genre", 2, 5), "bar: missed 2 genre up to number 5"),
        (NewSession("bar", "s2"), "bar: started anew as session s2"),
        (Gone("bar", 3.14), "bar: not heard for 3.1 s, waiting for it"),
        (Back("bar"), "bar: back"),
        (Skipped("why"), "skipped what is no event that this genred knows (why)"),
    ],
)
def test_notices_are_lines_for_people(notice: Notice, line: str) -> None:
    assert str(notice) == line


def test_two_daemons_with_one_name_are_told_once_and_keep_their_own_numbers() -> None:
    watch = Watch()
    told = steps(watch, *(
        event("genre", number, session=session) for number in range(5) for session in ("s1", "s2")
    ))  # fmt: skip
    assert told == [NewSession("bar", "s2")]


def test_who_said_its_end_is_not_missed() -> None:
    watch = Watch()
    record = CaptureRecord(audio_time=9.0, state="ended", reason="end of file", source="a.wav")
    steps(watch, event("genre", 0))
    ended = Capture(stream="bar", session="s1", seq=0, time=UTC, **msgspec.structs.asdict(record))
    steps(watch, ended)
    assert watch.tick(1000.0) == []


def test_the_session_before_is_not_missed() -> None:
    watch = Watch()
    steps(watch, event("genre", 0), event("genre", 0, session="s2"))
    assert watch.tick(1000.0) == [Gone("bar", 1000.0)]
