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
)
from genred.model.metadata import Metadata
from genred.pipeline import Pipeline
from genred.service.clock import Clock
from genred.service.stop import StopSignal
from genred.wire.publisher import Publisher

HEARTBEAT_S = 1.0
_RTF_MEMORY = 0.9

Told = Callable[[Event], None]


class Session:
    """One pipeline's words on the socket; `told` sees each event that was published."""

    def __init__(
        self,
        pipeline: Pipeline,
        metadata: Metadata,
        publisher: Publisher,
        clock: Clock,
        stop: StopSignal,
        source: str,
        told: Told | None = None,
    ) -> None:
        self.pipeline = pipeline
        self.capture = CaptureRecord(
            audio_time=0.0, state="recovering", reason="starting", source=source
        )
        self.zeros_s: float | UnsetType = UNSET
        """how long a live input has been exactly zero"""
        self.next_beat_s = clock.monotonic()
        self._model_name = f"{metadata.name} {metadata.version}"
        self._publisher = publisher
        self._clock = clock
        self._stop = stop
        self._told = told or _tell_nobody
        self._poller = zmq.Poller()
        self._genre: str | UnsetType = UNSET
        self._confidence: float | UnsetType = UNSET
        self._started_s = clock.monotonic()
        self._real_time_factor: float | UnsetType = UNSET

    def begin(self) -> None:
        """Say how it is, then bind, for the first joiner to get; raises as `Publisher.bind`."""
        self.say(self.capture)
        self.beat()
        self._publisher.bind()
        self._poller.register(self._publisher.socket, zmq.POLLIN)
        self._poller.register(self._stop, zmq.POLLIN)
        if self._publisher.guard:
            self._poller.register(self._publisher.guard.socket, zmq.POLLIN)

    def wait_until(self, due_s: float) -> None:
        """Wait for a moment, a subscription or the bell; answer subscriptions, beat."""
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
        now = self._clock.monotonic()
        wait_s = max(0.0, min(due_s, self.next_beat_s) - now)
        # A part of a millisecond is waited for as a whole one, not polled away.
        ready = [each for each, _ in self._poller.poll(int(-(-wait_s * 1000 // 1)))]
        self._publisher.serve()
        if self._clock.monotonic() >= self.next_beat_s:
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
                self.capture = record
        self._told(self._publisher.publish(record))

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
        now = self._clock.monotonic()
        self.next_beat_s = now + HEARTBEAT_S
        capturing = self.capture.state == "capturing"
        self.say(
            StatusRecord(
                audio_time=self.pipeline.audio_time,
                genre=self._genre,
                confidence=self._confidence,
                capture=self.capture.state,
                uptime_s=now - self._started_s,
                model=self._model_name,
                level_dbfs=self.pipeline.level_dbfs if capturing else UNSET,
                zeros_s=self.zeros_s,
                overruns=self.capture.overruns,
                real_time_factor=self._real_time_factor,
                interval_s=HEARTBEAT_S,
                last_seq=self._publisher.last_seq,
            )
        )

    def note_work(self, work_s: float, audio_s: float) -> None:
        """Take how long some audio took; the heartbeat says the moving mean of the ratio."""
        if audio_s > 0:
            factor = work_s / audio_s
            before = self._real_time_factor
            held = before if isinstance(before, float) else factor
            self._real_time_factor = _RTF_MEMORY * held + (1 - _RTF_MEMORY) * factor


def _tell_nobody(event: Event) -> None:
    """Do nothing: the event is on the socket already."""
