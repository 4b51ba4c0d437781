"""What is said in one session, whether it is live or played: events, the heartbeat, the last state.

It knows what was announced last, so that every heartbeat can repeat it.
"""

import math
from collections.abc import Callable

import zmq
from msgspec import UNSET, UnsetType, structs

from genred.events import (
    CaptureRecord,
    CaptureState,
    Event,
    GenreRecord,
    PredictionRecord,
    Record,
    StatusRecord,
    type_of,
)
from genred.model.metadata import Metadata
from genred.pipeline import Pipeline
from genred.requests import Answer, Request, refusal
from genred.service.clock import Clock
from genred.service.stop import StopSignal
from genred.wire.control import ControlSocket
from genred.wire.publisher import Publisher

HEARTBEAT_S = 1.0
_RTF_MEMORY = 0.9

Told = Callable[[Event], None]
Answering = Callable[[Request], Answer]


class Session:
    """One pipeline's words on the socket; `told` sees each event that was published.

    `control` is served whenever the session waits, by what is `answering`.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        metadata: Metadata,
        publisher: Publisher,
        clock: Clock,
        stop: StopSignal,
        source: str,
        told: Told | None = None,
        control: ControlSocket | None = None,
    ) -> None:
        self.pipeline = pipeline
        self.publisher = publisher
        self.clock = clock
        self.control = control
        self.answering: Answering = _answer_nothing
        self.last: dict[str, Event] = {}
        """the last event of each type, in the order in which they were sent"""
        self.started = self.capture_since = clock.utc()
        self.capture = CaptureRecord(
            audio_time=0.0, state="recovering", reason="starting", source=source
        )
        self.zeros_s: float | UnsetType = UNSET
        """how long a live input has been exactly zero"""
        self.next_beat_s = clock.monotonic()
        self._model_name = f"{metadata.name} {metadata.version}"
        self._stop = stop
        self._told = told or _tell_nobody
        self._poller = zmq.Poller()
        self._genre: str | UnsetType = UNSET
        self._confidence: float | UnsetType = UNSET
        self._started_s = clock.monotonic()
        self._real_time_factor: float | UnsetType = UNSET

    def begin(self) -> None:
        """Say how it is, then bind, for the first joiner to get; raises as both `bind`."""
        self.say(self.capture)
        self.beat()
        self.publisher.bind()
        self._poller.register(self.publisher.socket, zmq.POLLIN)
        self._poller.register(self._stop, zmq.POLLIN)
        if self.publisher.guard:
            self._poller.register(self.publisher.guard.socket, zmq.POLLIN)
        if self.control:
            self.control.bind()
            self._poller.register(self.control.socket, zmq.POLLIN)

    def wait_until(self, due_s: float) -> None:
        """Wait for a moment, a subscription, a request or the bell; answer, beat."""
        self._wait(due_s)

    def wait_readable(self, fd: int) -> bool:
        """Do so until a file descriptor can be read, or its end; False once a stop is asked for."""
        self._poller.register(fd, zmq.POLLIN)
        try:
            while not self._stop.requested:
                if fd in self._wait(math.inf):
                    return True
        finally:
            self._poller.unregister(fd)
        return False

    def _wait(self, due_s: float) -> list[object]:
        """Wait for whatever comes first; return what can be read."""
        now = self.clock.monotonic()
        wait_s = max(0.0, min(due_s, self.next_beat_s) - now)
        # A part of a millisecond is waited for as a whole one, not polled away.
        ready = [each for each, _ in self._poller.poll(int(-(-wait_s * 1000 // 1)))]
        self.publisher.serve()
        if self.control:
            self.control.serve(self.answering)
        if self.clock.monotonic() >= self.next_beat_s:
            self.beat()
        return ready

    def say(self, record: Record) -> None:
        """Publish a record, and remember what holds since then."""
        match record:
            case GenreRecord():
                self._genre, self._confidence = record.genre, record.confidence
            case PredictionRecord() if isinstance(self._genre, str):
                self._confidence = record.probabilities.get(self._genre, UNSET)
            case CaptureRecord():
                changed = record.state != self.capture.state
                self.capture = record
                self.capture_since = self.clock.utc() if changed else self.capture_since
        event = self.publisher.publish(record)
        kind = type_of(event)
        self.last.pop(kind, None)
        self.last[kind] = event
        self._told(event)

    def say_capture(self, state: CaptureState, reason: str, *, lost_s: float = 0.0) -> None:
        """Say a state of the same source."""
        at_s = self.pipeline.audio_time
        self.say(
            structs.replace(
                self.capture, audio_time=at_s, state=state, reason=reason, lost_s=lost_s
            )
        )

    def beat(self) -> None:
        """Say how it is; the next time in a second."""
        self.next_beat_s = self.clock.monotonic() + HEARTBEAT_S
        self.say(self.status())

    def status(self) -> StatusRecord:
        """Return how it is now."""
        capturing = self.capture.state == "capturing"
        return StatusRecord(
            audio_time=self.pipeline.audio_time,
            genre=self._genre,
            confidence=self._confidence,
            capture=self.capture.state,
            uptime_s=self.clock.monotonic() - self._started_s,
            model=self._model_name,
            level_dbfs=self.pipeline.level_dbfs if capturing else UNSET,
            zeros_s=self.zeros_s,
            overruns=self.capture.overruns,
            real_time_factor=self._real_time_factor,
            interval_s=HEARTBEAT_S,
            last_seq=self.publisher.last_seq,
        )

    @property
    def last_events(self) -> list[Event]:
        """The last event of each type, in the order in which they were sent."""
        return list(self.last.values())

    def note_work(self, work_s: float, audio_s: float) -> None:
        """Take how long some audio took; the heartbeat says the moving mean of the ratio."""
        if audio_s > 0:
            factor = work_s / audio_s
            before = self._real_time_factor
            held = before if isinstance(before, float) else factor
            self._real_time_factor = _RTF_MEMORY * held + (1 - _RTF_MEMORY) * factor


def _tell_nobody(event: Event) -> None:
    """Do nothing: the event is on the socket already."""


def _answer_nothing(request: Request) -> Answer:
    """Refuse: nobody has said what this session offers."""
    return refusal(request.id, "failed", "this session offers nothing")
