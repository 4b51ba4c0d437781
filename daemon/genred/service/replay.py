"""Files through the pipeline onto the socket, at any speed, with a heartbeat all the while."""

from collections.abc import Callable, Iterable
from pathlib import Path

from genred.audio.recordings import open_recording
from genred.errors import GenredError
from genred.events import CaptureRecord
from genred.parameters import Tracking
from genred.pipeline import Model, Pipeline
from genred.recording import check_length
from genred.service.clock import Clock
from genred.service.control import Answers, PlayedControls
from genred.service.session import Session, Told
from genred.service.stop import StopSignal
from genred.wire.control import ControlSocket
from genred.wire.publisher import Publisher

_LOOK_S = 0.05  # how often those who are waited for are counted


class Replay:
    """One session: files one after the other, as if they were played into a microphone.

    `speed` is a multiple of real time, infinite for as fast as it goes. `told` sees each event
    that was published. `tracking`: other figures than the model's. On `control` it can be asked how
    it is.
    """

    def __init__(
        self,
        model: Model,
        publisher: Publisher,
        clock: Clock,
        stop: StopSignal,
        *,
        speed: float = 1.0,
        told: Told | None = None,
        tracking: Tracking | None = None,
        control: ControlSocket | None = None,
    ) -> None:
        self._pipeline = Pipeline(model, tracking)
        self._session = Session(
            self._pipeline, model.metadata, publisher, clock, stop, "files", told, control
        )
        self._session.answering = Answers(PlayedControls(self._session))
        self._sample_rate = model.metadata.features.sample_rate
        self._publisher = publisher
        self._clock = clock
        self._stop = stop
        self._speed = speed
        self._played = False

    def run(
        self, paths: Iterable[Path], refused: Callable[[GenredError], None], *, wait_for: int = 0
    ) -> None:
        """Bind, wait for as many subscribers, play, say the end.

        A file that can't be read is handed to `refused`; the others are still played.
        Raises GenredError if the socket can't be bound.
        """
        self._session.begin()
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
            self._session.say(record)
        if self._played and not self._stop.requested:
            try:
                check_length(self._pipeline, self._session.capture.source)
            except GenredError as error:
                refused(error)
        self._session.beat()
        self._session.say_capture("ended", "interrupted" if self._stop.requested else "end of file")

    def _play(self, path: Path, begin: float) -> None:
        wait = self._session.wait_readable
        with open_recording(path, self._sample_rate, wait=wait) as source:
            self._played = True
            self._session.say(
                CaptureRecord(
                    audio_time=self._pipeline.audio_time,
                    state="capturing",
                    reason="playing",
                    source=source.name,
                    sample_rate=source.sample_rate,
                    channels=source.channels,
                )
            )
            for block in source:
                before, audio_before = self._clock.monotonic(), self._pipeline.audio_time
                records = self._pipeline.push(block)
                work_s = self._clock.monotonic() - before
                self._session.note_work(work_s, self._pipeline.audio_time - audio_before)
                # A block is heard once all of it has been played.
                self._serve_until(begin + self._pipeline.audio_time / self._speed)
                for record in records:
                    self._session.say(record)
                if self._stop.requested:
                    return

    def _serve_until(self, due: float) -> None:
        """Serve subscriptions and beat until a moment, or until a stop is asked for."""
        while True:
            self._session.wait_until(due)
            if self._stop.requested or self._clock.monotonic() >= due:
                return
