"""What a daemon is asked on its control socket, and what it answers: one struct each, JSON.

A request is one JSON object of at most 64 KiB; its answer has the same `id` and either `result` or
`error`. Fields are never renamed within `v`; fields that are not known here are ignored.
"""

from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from genred.errors import GenredError
from genred.events import CaptureState, Event

LONGEST_REQUEST = 64 * 1024
"""bytes; a peer that sends a longer frame is disconnected"""

Method = Literal["status", "snapshot", "pause", "resume", "set", "reload"]
METHODS: tuple[str, ...] = get_args(Method)
Code = Literal["bad_request", "unknown_method", "bad_params", "failed", "internal"]
_SAFE = 2**53 - 1  # what every reader of JSON keeps as it is
Id = Annotated[str, Meta(max_length=128)] | Annotated[int, Meta(ge=-_SAFE, le=_SAFE)]


class Request(Struct, frozen=True, kw_only=True):
    """One question or wish."""

    v: Literal[1] = msgspec.field(default=1)
    """version of this format"""
    id: Id
    """the asker's own; the answer has it too"""
    method: Method
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    """for `set` the keys of the config and their values; empty for all others"""


class Fault(Struct, frozen=True, kw_only=True):
    """Why a request was not done."""

    code: Code
    """`bad_request`: it is none; `unknown_method`; `bad_params`: wrong use; `failed`: it could not
    be done here and now; `internal`: a fault of the daemon"""
    message: str
    """one line: what was wrong, and what to do"""


class Answer(Struct, frozen=True, kw_only=True):
    """What a request gets: `result` or `error`, never both."""

    v: Literal[1] = msgspec.field(default=1)
    id: Id | None
    """the request's; null where it could not be read"""
    result: dict[str, Any] | UnsetType = UNSET
    """by method: `StatusResult`, `SnapshotResult`, `PauseResult`, `SetResult`, `ReloadResult`"""
    error: Fault | UnsetType = UNSET


class StatusResult(Struct, frozen=True, kw_only=True):
    """How the daemon is: what its heartbeat says, at this moment, and who and where it is."""

    stream: str
    session: str
    time: float
    """now: UTC, seconds since the epoch"""
    started: float
    """UTC, seconds since the epoch"""
    audio_time: float
    """seconds of audio since the start, losses included"""
    genre: str | UnsetType = UNSET
    """the announced label"""
    confidence: float | UnsetType = UNSET
    """its posterior now"""
    genre_since: float | UnsetType = UNSET
    """when it was announced: UTC, seconds since the epoch"""
    capture: CaptureState
    reason: str
    """of that state, in words"""
    capture_since: float
    """when that state began: UTC, seconds since the epoch"""
    source: str
    """device or file"""
    sample_rate: int | UnsetType = UNSET
    """the source's own, Hz"""
    channels: int | UnsetType = UNSET
    """the source's own"""
    uptime_s: float
    model: str
    """name and version"""
    level_dbfs: float | UnsetType = UNSET
    zeros_s: float | UnsetType = UNSET
    """how long a live input has been exactly zero, seconds"""
    overruns: int
    """blocks dropped since the start"""
    real_time_factor: float | UnsetType = UNSET
    """seconds of work for a second of audio"""
    interval_s: float
    """from one heartbeat to the next"""
    last_seq: dict[str, int]
    """number of the last event of each type"""
    subscribers: int
    events: list[str]
    """endpoints of the events"""
    control: list[str]
    """endpoints of this socket"""
    values: dict[str, Any]
    """what `set` has changed and still holds, by its key in the config"""
    pid: int
    version: str


class SnapshotResult(Struct, frozen=True, kw_only=True):
    """The last event of each type, as it was sent: what a reader who missed some has to know."""

    events: list[Event]
    """in the order in which they were sent; at most one of each type"""


class PauseResult(Struct, frozen=True, kw_only=True):
    """What `pause` and `resume` have led to."""

    capture: CaptureState


class SetResult(Struct, frozen=True, kw_only=True):
    """What holds now of the keys that were to be set."""

    values: dict[str, Any]


class ReloadResult(Struct, frozen=True, kw_only=True):
    """What has changed in the config file, by key."""

    changed: dict[str, Any]
    """key: its value from now on"""
    refused: dict[str, Any]
    """key: why it can't change while the daemon runs"""


class RequestError(GenredError):
    """What came is no request; `answer` says so."""

    def __init__(self, id_: Id | None, code: Code, message: str) -> None:
        super().__init__(message)
        self.answer = refusal(id_, code, message)


class _Marked(Struct):
    id: Id


class _Named(_Marked):
    method: Annotated[str, Meta(max_length=64)]


_WRONG = (msgspec.MsgspecError, ValueError, RecursionError)
_encoder = msgspec.json.Encoder()
_request: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_answer: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)
_marked: msgspec.json.Decoder[_Marked] = msgspec.json.Decoder(_Marked)
_named: msgspec.json.Decoder[_Named] = msgspec.json.Decoder(_Named)


def encode(message: Request | Answer) -> bytes:
    """Return JSON; raises TypeError or ValueError for values that JSON has no form for."""
    return _encoder.encode(message)


def decode_request(payload: bytes) -> Request:
    """Read a request; raises RequestError, with the answer that whoever sent it is due."""
    try:
        return _request.decode(payload)
    except _WRONG as error:
        raise _what_is_wrong(payload, error) from error


def decode_answer(payload: bytes) -> Answer:
    """Read an answer; raises GenredError for what is none."""
    try:
        return _answer.decode(payload)
    except _WRONG as error:
        raise GenredError(f"what answers is no genred that this one knows ({error})") from error


def refusal(id_: Id | None, code: Code, message: str) -> Answer:
    """Answer with an error of one line."""
    return Answer(id=id_, error=Fault(code=code, message=" ".join(message.split())))


def _what_is_wrong(payload: bytes, error: Exception) -> RequestError:
    id_: Id | None = None
    try:
        id_ = _marked.decode(payload).id
        method = _named.decode(payload).method
    except _WRONG:
        method = METHODS[0]
    if method not in METHODS:
        known = ", ".join(METHODS)
        return RequestError(id_, "unknown_method", f'no method "{method}": use {known}')
    return RequestError(id_, "bad_request", f"no request of this version: {error}")


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of requests, answers and their results."""
    results = (StatusResult, SnapshotResult, PauseResult, SetResult, ReloadResult)
    (request, answer, *_), components = msgspec.json.schema_components(
        (Request, Answer, *results), ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "genred control, v1",
        "anyOf": [request, answer],
        "$defs": components,
    }
