"""What is said on the wire: one frozen struct a message, JSON, tagged by `type`.

The pipeline makes records (what happened, and when in the audio); the publisher adds the envelope
(who, when, which number) and so makes events. Fields are never renamed within `v`; one without a
value yet is absent; readers ignore fields that they do not know. Numbers are finite.
"""

import re
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from genred.errors import UsageError

SILENCE = "silence"
UNKNOWN = "unknown"
NOT_MUSIC = "not_music"

CaptureState = Literal["recovering", "capturing", "silent_dead", "lost", "paused", "ended"]


class GenreRecord(Struct, frozen=True, kw_only=True):
    """The announced label changed; fields as in `Genre`."""

    audio_time: float
    genre: str
    confidence: float | UnsetType = UNSET
    previous: str | UnsetType = UNSET
    onset: float
    genres: list[str] | UnsetType = UNSET


class PredictionRecord(Struct, frozen=True, kw_only=True):
    """A window was heard; fields as in `Prediction`."""

    audio_time: float
    probabilities: dict[str, float]
    window: dict[str, float]
    level_dbfs: float
    latency_ms: float | UnsetType = UNSET
    short: bool | UnsetType = UNSET


class CaptureRecord(Struct, frozen=True, kw_only=True):
    """Capture changed its state; fields as in `Capture`."""

    audio_time: float
    state: CaptureState
    reason: str
    source: str
    sample_rate: int | UnsetType = UNSET
    channels: int | UnsetType = UNSET
    lost_s: float = 0.0
    overruns: int = 0


class StatusRecord(Struct, frozen=True, kw_only=True):
    """How the daemon is; fields as in `Status`."""

    audio_time: float
    genre: str | UnsetType = UNSET
    confidence: float | UnsetType = UNSET
    capture: CaptureState
    uptime_s: float
    model: str
    level_dbfs: float | UnsetType = UNSET
    zeros_s: float | UnsetType = UNSET
    overruns: int = 0
    real_time_factor: float | UnsetType = UNSET
    interval_s: float
    last_seq: dict[str, int]


Record = GenreRecord | PredictionRecord | CaptureRecord | StatusRecord


class Envelope(Struct, frozen=True, kw_only=True):
    """What every event has beside its own fields."""

    v: Literal[1] = msgspec.field(default=1)
    """version of this format"""
    stream: str
    """name of the daemon: 1 to 64 of A-Z a-z 0-9 . _ -"""
    session: str
    """new at each start of the daemon"""
    seq: int
    """number of this event in its topic and session, from 0"""
    time: float
    """when it was sent: UTC, seconds since the epoch"""
    audio_time: float
    """seconds of audio since the session's start, losses included"""
    retained: bool = False
    """sent again, for one who joined late: same seq as the first time"""
    replayed: bool | UnsetType = UNSET
    """played again from a recording of events"""


class Genre(Envelope, frozen=True, kw_only=True, tag_field="type", tag="genre"):
    """The announced label changed."""

    genre: str
    """one of the model's labels, `silence`, `unknown` or `not_music`"""
    confidence: float | UnsetType = UNSET
    """posterior of the label, 0 to 1; absent for `silence` and `unknown`"""
    previous: str | UnsetType = UNSET
    """the label before; absent in a session's first"""
    onset: float
    """audio time at which the label took over, seconds"""
    genres: list[str] | UnsetType = UNSET
    """all labels above their threshold, for a model with several at once"""


class Prediction(Envelope, frozen=True, kw_only=True, tag_field="type", tag="prediction"):
    """A window was heard."""

    probabilities: dict[str, float]
    """smoothed over time; sums to 1 for a softmax model"""
    window: dict[str, float]
    """of this window alone, calibrated; the same names as in `probabilities`"""
    level_dbfs: float
    """RMS of the window's newest interval, dB below full scale"""
    latency_ms: float | UnsetType = UNSET
    """from the capture of the newest sample to here; absent for files"""
    short: bool | UnsetType = UNSET
    """true where the audio ended short of a window and was repeated to fill it"""


class Capture(Envelope, frozen=True, kw_only=True, tag_field="type", tag="capture"):
    """Capture changed its state."""

    state: CaptureState
    reason: str
    """in words"""
    source: str
    """device or file"""
    sample_rate: int | UnsetType = UNSET
    """the source's own, Hz"""
    channels: int | UnsetType = UNSET
    """the source's own"""
    lost_s: float = 0.0
    """seconds of audio lost by what ends here"""
    overruns: int = 0
    """blocks dropped since the session's start"""


class Status(Envelope, frozen=True, kw_only=True, tag_field="type", tag="status"):
    """How the daemon is, every second: three missed mean that it is gone."""

    genre: str | UnsetType = UNSET
    """the announced label"""
    confidence: float | UnsetType = UNSET
    """its posterior now"""
    capture: CaptureState
    uptime_s: float
    model: str
    """name and version"""
    level_dbfs: float | UnsetType = UNSET
    zeros_s: float | UnsetType = UNSET
    """how long a live input has been exactly zero, seconds; absent for files"""
    overruns: int = 0
    real_time_factor: float | UnsetType = UNSET
    """seconds of work for a second of audio"""
    interval_s: float
    """from one heartbeat to the next"""
    last_seq: dict[str, int]
    """number of the last event of each type: what a reader may have missed"""


Event = Genre | Prediction | Capture | Status

EVENT_OF: dict[type[Record], type[Event]] = {
    GenreRecord: Genre,
    PredictionRecord: Prediction,
    CaptureRecord: Capture,
    StatusRecord: Status,
}
TYPES = tuple(str(event.__struct_config__.tag) for event in EVENT_OF.values())

_STREAM = re.compile(r"[A-Za-z0-9._-]{1,64}")
_encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def type_of(event: Event) -> str:
    """Return `genre`, `prediction`, `capture` or `status`."""
    return str(event.__struct_config__.tag)


def topic(kind: str, stream: str) -> bytes:
    """Return the first frame: `type/stream/`, closed because ZeroMQ matches prefixes."""
    return f"{kind}/{stream}/".encode()


def encode(event: Event) -> bytes:
    """Return the second frame: JSON."""
    return _encode(event)


def decode(payload: bytes) -> Event:
    """Read the second frame.

    Raises msgspec.MsgspecError, UnicodeDecodeError or RecursionError for what is no event.
    """
    return _decoder.decode(payload)


def check_stream(name: str) -> str:
    """Return the name; raises UsageError if it can't stand in a topic."""
    if not _STREAM.fullmatch(name):
        raise UsageError(f'stream "{name}" is no name: use 1 to 64 of A-Z a-z 0-9 . _ -')
    return name


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of all events, made from the structs."""
    (schema,), components = msgspec.json.schema_components((Event,), ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "genred events, v1",
        **schema,
        "$defs": components,
    }
