"""Files through the pipeline onto the socket, at any speed, with a heartbeat all the while."""

from collections.abc import Callable, Iterable
from pathlib import Path

import zmq
from msgspec import UNSET, UnsetType

from genred.audio.file import FileSource
from genred.errors import GenredError
from genred.events import (
    CaptureRecord,
    CaptureState,
    Event,
    GenreRecord,
    PredictionRecord,
    Record,
    StatusRecord,
)
from genred.pipeline import Model, Pipeline
from genred.recording import check_length
from genred.service.clock import Clock
from genred.service.stop import StopSignal
from genred.wire.publisher import Publisher

HEARTBEAT_S = 1.0
_RTF_MEMORY = 0.9
_LOOK_S = 0.05  # how often those who are waited for are counted


class Replay:
    """One session: files one after the other, as if they were played into a microphone.

    `speed` is a multiple of real time, infinite for as fast as it goes. `told` sees each event
    that was published.
    """

    def __init__(
        self,
        model: Model,
        publisher: Publisher,
        clock: Clock,
        stop: StopSignal,
        *,
        speed: float = 1.0,
        told: Callable[[Event], None] | None = None,
    ) -> None:
        self._pipeline = Pipeline(model)
        self._metadata = model.metadata
        self._publisher = publisher
        self._clock = clock
        self._stop = stop
        self._speed = speed
        self._told = told or _tell_nobody
        self._poller = zmq.Poller()
        self._capture = CaptureRecord(
            audio_time=0.0, state="recovering", reason="starting", source="files"
        )
        self._genre: str | UnsetType = UNSET
        self._confidence: float | UnsetType = UNSET
        self._started = self._next_beat = clock.monotonic()
        self._real_time_factor: float | None = None
        self._played = False

    def run(
        self, paths: Iterable[Path], refused: Callable[[GenredError], None], *, wait_for: int = 0
    ) -> None:
        """Bind, wait for as many subscribers, play, say the end.

        A file that can't be read is handed to `refused`; the others are still played.
        Raises GenredError if the socket can't be bound.
        """
        self._say(self._capture)
        self._beat()
        self._publisher.bind()
        self._poller.register(self._publisher.socket, zmq.POLLIN)
        self._poller.register(self._stop, zmq.POLLIN)
        while self._publisher.subscribers < wait_for and not self._stop.requested:
            self._serve_until(self._clock.monotonic() + _LOOK_S)
        begin = self._clock.monotonic()
        for path in paths:
            if self._stop.requested:
                break
            try:
                self._play(path, begin)
            except GenredError as error:
                refused(error)
        for record in self._pipeline.flush():
            self._say(record)
        if self._played and not self._stop.requested:
            try:
                check_length(self._pipeline, self._capture.source)
            except GenredError as error:
                refused(error)
        self._beat()
        self._say_capture("ended", "interrupted" if self._stop.requested else "end of file")

    def _play(self, path: Path, begin: float) -> None:
        with FileSource(path, self._metadata.features.sample_rate) as source:
            self._played = True
            self._capture = CaptureRecord(
                audio_time=self._pipeline.audio_time,
                state="capturing",
                reason="playing",
                source=source.name,
                sample_rate=source.sample_rate,
                channels=source.channels,
            )
            self._say(self._capture)
            for block in source:
                before, audio_before = self._clock.monotonic(), self._pipeline.audio_time
                records = self._pipeline.push(block)
                self._note_work(before, self._pipeline.audio_time - audio_before)
                # A block is heard once all of it has been played.
                self._serve_until(begin + self._pipeline.audio_time / self._speed)
                for record in records:
                    self._say(record)
                if self._stop.requested:
                    return

    def _serve_until(self, due: float) -> None:
        """Serve subscriptions and beat until a moment, or until a stop is asked for."""
        while True:
            now = self._clock.monotonic()
            if now >= self._next_beat:
                self._beat()
            wait_s = max(0.0, min(due, self._next_beat) - now)
            # A part of a millisecond is waited for as a whole one, not polled away.
            self._poller.poll(int(-(-wait_s * 1000 // 1)))
            self._publisher.serve()
            if self._stop.requested or self._clock.monotonic() >= due:
                return

    def _say(self, record: Record) -> None:
        match record:
            case GenreRecord():
                self._genre, self._confidence = record.genre, record.confidence
            case PredictionRecord() if isinstance(self._genre, str):
                self._confidence = record.probabilities.get(self._genre, UNSET)
        self._told(self._publisher.publish(record))

    def _say_capture(self, state: CaptureState, reason: str) -> None:
        self._capture = CaptureRecord(
            audio_time=self._pipeline.audio_time,
            state=state,
            reason=reason,
            source=self._capture.source,
        )
        self._say(self._capture)

    def _beat(self) -> None:
        now = self._clock.monotonic()
        self._next_beat = now + HEARTBEAT_S
        factor = self._real_time_factor
        self._say(
            StatusRecord(
                audio_time=self._pipeline.audio_time,
                genre=self._genre,
                confidence=self._confidence,
                capture=self._capture.state,
                uptime_s=now - self._started,
                model=f"{self._metadata.name} {self._metadata.version}",
                level_dbfs=self._pipeline.level_dbfs,
                real_time_factor=UNSET if factor is None else factor,
                interval_s=HEARTBEAT_S,
                last_seq=self._publisher.last_seq,
            )
        )

    def _note_work(self, since: float, audio_s: float) -> None:
        if audio_s > 0:
            factor = (self._clock.monotonic() - since) / audio_s
            before = factor if self._real_time_factor is None else self._real_time_factor
            self._real_time_factor = _RTF_MEMORY * before + (1 - _RTF_MEMORY) * factor


def _tell_nobody(event: Event) -> None:
    """Do nothing: the event is on the socket already."""
