"""Events: records and events say the same, and the wire keeps what it promises."""

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.errors import UsageError
from genred.events import (
    EVENT_OF,
    TYPES,
    Capture,
    Envelope,
    Event,
    Genre,
    Prediction,
    Record,
    Status,
    check_stream,
    decode,
    encode,
    json_schema,
    topic,
    type_of,
)

COMMON = {"stream": "bar", "session": "s", "seq": 3, "time": 1.5, "audio_time": 2.5}
EVENTS: list[Event] = [
    Genre(**COMMON, genre="jazz", confidence=0.5, onset=1.0),  # type: ignore[arg-type]
    Prediction(**COMMON, probabilities={"jazz": 1.0}, window={}, level_dbfs=-3.0),  # type: ignore[arg-type]
    Capture(**COMMON, state="lost", reason="gone", source="mic"),  # type: ignore[arg-type]
    Status(
        **COMMON,  # type: ignore[arg-type]
        capture="capturing",
        uptime_s=1.0,
        model="m 1",
        interval_s=1.0,
        last_seq={"genre": 3},
    ),
]


def fields(kind: type[msgspec.Struct]) -> dict[str, object]:
    return {field.name: field.type for field in msgspec.structs.fields(kind)}


@pytest.mark.parametrize(("record", "event"), EVENT_OF.items())
def test_an_event_is_its_record_in_an_envelope(record: type[Record], event: type[Event]) -> None:
    assert fields(event) == fields(Envelope) | fields(record)


@pytest.mark.parametrize("event", EVENTS, ids=type_of)
def test_what_is_written_is_read_and_valid(event: Event) -> None:
    assert decode(encode(event)) == event
    tree = msgspec.json.decode(encode(event))
    jsonschema.Draft202012Validator(json_schema()).validate(tree)
    assert tree["type"] == type_of(event)
    assert tree["v"] == 1
    assert None not in tree.values()


def test_a_field_without_a_value_is_absent() -> None:
    silence = Genre(**COMMON, genre="silence", onset=1.0)  # type: ignore[arg-type]
    assert b"confidence" not in encode(silence)
    assert b"previous" not in encode(silence)


def test_readers_ignore_what_they_do_not_know() -> None:
    later = encode(EVENTS[0]).replace(b"{", b'{"mood":"blue",', 1)
    assert decode(later) == EVENTS[0]


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b'{"type":"mood"}', encode(EVENTS[0]).replace(b'"v":1', b'"v":2'), b"\xff"],
)
def test_what_is_no_event_of_this_version_is_refused(payload: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, UnicodeDecodeError)):
        decode(payload)


def test_topics_are_closed() -> None:
    assert topic("genre", "bar") == b"genre/bar/"
    assert not topic("genre", "bar2").startswith(topic("genre", "bar"))
    assert TYPES == ("genre", "prediction", "capture", "status")


@given(st.text(max_size=70))
def test_a_stream_is_a_name_or_is_refused(name: str) -> None:
    letters = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    if 1 <= len(name) <= 64 and set(name) <= letters:
        assert check_stream(name) == name
    else:
        with pytest.raises(UsageError, match="use 1 to 64 of"):
            check_stream(name)
