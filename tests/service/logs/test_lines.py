"""What a line of the log looks like, whatever its text came from."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from genred.events import Capture, Genre, Prediction, Status
from genred.service.logs.lines import Entry, entry_of, file_line, journal_line, plain_line, text

COMMON = {"stream": "bar", "session": "s", "seq": 0, "time": 0.0, "audio_time": 57.5}


def capture(state: str = "lost", reason: str = "unplugged", **fields: object) -> Capture:
    return Capture(**COMMON, state=state, reason=reason, source="USB Mic", **fields)  # type: ignore[arg-type]


def test_a_genre_is_one_line_of_words_and_fields() -> None:
    event = Genre(**COMMON, genre="rock", previous="jazz", confidence=0.934567, onset=54.4)  # type: ignore[arg-type]
    entry = entry_of(event, None)
    assert entry is not None
    assert plain_line(entry) == (
        "genred: genre is rock stream=bar genre=rock previous=jazz confidence=0.935 "
        "onset=54.4 audio_time=57.5"
    )


def test_a_capture_says_why_in_quotes() -> None:
    entry = entry_of(capture(reason="parec ended: terminated", lost_s=3.25), "capturing")
    assert entry is not None
    assert text(entry) == (
        'capture is lost stream=bar reason="parec ended: terminated" source="USB Mic" '
        "lost_s=3.25 audio_time=57.5"
    )


@pytest.mark.parametrize(
    ("state", "before", "level"),
    [
        ("capturing", "recovering", "info"),
        ("recovering", None, "info"),
        ("paused", "capturing", "info"),
        ("ended", "capturing", "info"),
        ("lost", "capturing", "warning"),
        ("silent_dead", "capturing", "warning"),
        ("capturing", "capturing", "warning"),  # an overrun, a wrong rate
    ],
)
def test_what_is_amiss_is_a_warning(state: str, before: str | None, level: str) -> None:
    entry = entry_of(capture(state), before)  # type: ignore[arg-type]
    assert entry is not None
    assert entry.level == level


def test_audio_that_was_lost_is_a_warning_also_where_it_comes_back() -> None:
    entry = entry_of(capture("capturing", lost_s=1.0), "recovering")
    assert entry is not None
    assert entry.level == "warning"


def test_predictions_and_heartbeats_are_not_told() -> None:
    prediction = Prediction(**COMMON, probabilities={}, window={}, level_dbfs=-20.0)  # type: ignore[arg-type]
    status = Status(
        **COMMON,  # type: ignore[arg-type]
        capture="capturing",
        uptime_s=1.0,
        model="base",
        interval_s=1.0,
        last_seq={},
    )
    assert entry_of(prediction, None) is None
    assert entry_of(status, None) is None


def test_a_journal_knows_how_grave_it_is() -> None:
    lines = [journal_line(Entry(level, "x")) for level in ("error", "warning", "info", "debug")]
    assert lines == ["<3>genred: x", "<4>genred: x", "<6>genred: x", "<7>genred: x"]


def test_a_file_knows_when_in_utc() -> None:
    line = file_line(Entry("warning", "x", {"a": 1}), 1.8e9)
    assert line == "2027-01-15T08:00:00.000Z warning x a=1"


def test_what_has_no_value_is_left_out() -> None:
    assert text(Entry("info", "x", {"a": None, "b": UNSET, "c": 0, "d": False})) == "x c=0 d=false"


@given(st.text(st.characters(exclude_categories=()), max_size=400))
def test_no_text_ends_a_line_or_forges_a_field(found: str) -> None:
    line = text(Entry("info", "x", {"reason": found, "after": 1}))
    assert line.isprintable()
    fields = shlex.shlex(line, posix=True, punctuation_chars=False)
    fields.whitespace_split, fields.quotes, fields.commenters = True, '"', ""
    keys = [part.partition("=")[0] for part in fields]
    assert keys == ["x", "reason", "after"]
