"""The straight line itself: samples, frames, window, probabilities, state, records.

Pure: no clock, no socket, no device. The same audio gives the same records whether it comes live,
from a file at once, or in blocks of any size.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from genred.audio.source import Block
from genred.events import SILENCE, UNKNOWN, GenreRecord, PredictionRecord
from genred.features.level import FLOOR_DBFS, StreamingLevel
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec
from genred.features.window import FrameWindow
from genred.model.metadata import Metadata
from genred.parameters import Tracking
from genred.tracking.decision import Announcement
from genred.tracking.gate import Gate
from genred.tracking.tracker import Tracker

StreamRecord = GenreRecord | PredictionRecord


class Model(Protocol):
    """What the pipeline needs of a model: `genred.model.classifier.Classifier` has it."""

    metadata: Metadata

    def probabilities(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take a window (window_frames, n_coefficients), return (labels,)."""

    def rejections(self) -> Mapping[str, float]:
        """Return the chances, 0 to 1, that the window heard last is no music, or none it knows.

        By name, `unknown` and `not_music`: those that `metadata.rejection` has, maybe none.
        """


class _Short(NamedTuple):
    """Sound that ended short of a window."""

    frames: int
    window: NDArray[np.float32] | None


_NOTHING = _Short(0, None)


class Pipeline:
    """One stream through one model."""

    def __init__(self, model: Model, tracking: Tracking | None = None) -> None:
        self._model = model
        self._tracking = tracking or model.metadata.tracking
        self._spec = spec = model.metadata.features
        self._mfcc, self._level = StreamingMfcc(spec), StreamingLevel(spec)
        self._window = FrameWindow(spec)
        self._gate = Gate(self._tracking, spec.hop_length / spec.sample_rate)
        self._tracker = Tracker(model.metadata, self._tracking)
        self._origin_s = 0.0
        """audio time of the first frame since the last loss"""
        self._samples = 0
        """samples since then"""
        self._frames = 0
        """frames since then"""
        self._announced: str | None = None
        self._onset = 0.0
        self._genre: Announcement | None = None
        """what the tracker stands by, also during a rest"""
        self._closed_at = 0.0
        self._level_dbfs = FLOOR_DBFS
        self._fresh = True
        self._predicted = False
        self._too_short = _NOTHING
        self._lost_s = 0.0
        """lost since the last sample"""

    @property
    def audio_time(self) -> float:
        """Seconds of audio so far, losses included."""
        return self._origin_s + self._samples / self._spec.sample_rate

    @property
    def spec(self) -> FeatureSpec:
        """What the model hears."""
        return self._spec

    @property
    def tracking(self) -> Tracking:
        """The figures that its gate, filter and decision go by."""
        return self._tracking

    @property
    def frames(self) -> int:
        """Frames heard since the start or the last loss."""
        return self._frames

    @property
    def level_dbfs(self) -> float:
        """RMS of the newest interval."""
        return self._level_dbfs

    @property
    def announced(self) -> str:
        """The label that holds now."""
        return self._announced or UNKNOWN

    def push(self, block: Block) -> list[StreamRecord]:
        """Take a block; return what happened, in the order of its audio time."""
        records = self.lose(block.lost_s) if block.lost_s > 0 else []
        if block.samples.size:
            self._lost_s = 0.0
        self._samples += block.samples.size
        levels, rows = self._level.push(block.samples), self._mfcc.push(block.samples)
        for start in range(0, len(rows), self._spec.interval_frames):
            group = slice(start, start + self._spec.interval_frames)
            records += self._hear(levels[group], rows[group])
        return records

    def lose(self, lost_s: float) -> list[StreamRecord]:
        """Go on after a hole in the audio, of no length even: no frame, no window may span it.

        Without audio for `resume_s`, also in several parts, the genre is withdrawn.
        """
        self._lost_s += lost_s
        self._restart(lost_s)
        return self.withdraw() if self._lost_s >= self._tracking.resume_s else []

    def retune(
        self, model: Model, tracking: Tracking, names: Mapping[str, Sequence[str]]
    ) -> list[StreamRecord]:
        """Go on with other figures and labels, the audio and what was heard of it kept.

        `model` hears the same features; `names` says what becomes of labels that are not what they
        were: which names share the part of each, none if it is taken back.
        """
        if model.metadata.features != self._spec:
            raise ValueError("a model that hears other features can't take over")
        self._model, self._tracking = model, tracking
        self._gate.retune(tracking)
        before = self._genre
        self._genre = found = self._tracker.retune(model.metadata, tracking, names, before)
        if before is None or self._announced != before.label:  # a rest, or nothing yet
            return []
        if found is None:
            return [self._announce(UNKNOWN, self.audio_time, self.audio_time)]
        if (found.label, found.genres) == (before.label, before.genres):
            return []
        return [self._announce(found.label, self.audio_time, self._onset, found)]

    def withdraw(self) -> list[StreamRecord]:
        """Take back what was announced, because nothing is heard: `unknown`, if it is not that."""
        self._restart(0.0)
        self._forget()
        self._gate.reset()
        if self._announced == UNKNOWN:
            return []
        now = self.audio_time
        return [self._announce(UNKNOWN, now, now - self._lost_s)]

    def flush(self) -> list[StreamRecord]:
        """End the stream: hear what is left of it; audio under one window is repeated to fill one.

        Audio under one frame (`n_fft` samples) gives nothing.
        """
        levels, rows = self._level.flush(), self._mfcc.flush()
        records = list(self._hear(levels, rows)) if len(rows) else []
        self._note_short()
        if self._too_short.window is not None:
            records += self._predict(
                self._too_short.window, self._end_of(self._frames - 1), short=True
            )
        return records

    def _hear(
        self, levels: NDArray[np.float32], rows: NDArray[np.float32]
    ) -> Iterator[StreamRecord]:
        """Take the levels and rows of an interval (or of what is left of one)."""
        for level in levels.tolist():
            was_open = self._gate.open
            if self._gate.step(level) != was_open:
                yield from self._close() if was_open else self._open()
            self._frames += 1
        self._level_dbfs = _mean_level(levels)
        end_s = self._end_of(self._frames - 1)
        if not self._gate.open:
            if self._announced != SILENCE:
                yield self._announce(SILENCE, end_s, self._origin_s)
            return
        for window in self._window.push(rows):
            yield from self._predict(window, end_s)

    def _open(self) -> Iterator[StreamRecord]:
        """Sound: the rest of the same piece, or something new."""
        self._window.reset()
        self._fresh = True
        now = self._end_of(self._frames)
        onset = self._start_of(self._frames)
        if self._announced in (None, UNKNOWN) and self._frames:
            yield self._announce(SILENCE, now, self._origin_s)
        if self._genre and now - self._closed_at < self._tracking.resume_s:
            yield self._announce(self._genre.label, now, onset, self._genre)
            return
        self._forget()
        if self._announced != UNKNOWN:
            yield self._announce(UNKNOWN, now, onset)

    def _close(self) -> Iterator[StreamRecord]:
        """Silence."""
        self._note_short()
        self._window.reset()
        self._closed_at = self._end_of(self._frames)
        quiet_since = self._start_of(self._frames - self._gate.quiet_frames + 1)
        yield self._announce(SILENCE, self._closed_at, quiet_since)

    def _note_short(self) -> None:
        """Keep the longest sound that fell short of a window, while there was none that did not."""
        if not self._predicted and self._window.filled > self._too_short.frames:
            self._too_short = _Short(self._window.filled, self._window.repeated())

    def _restart(self, after_s: float) -> None:
        """Begin a new stretch of audio, so long after the end of the last one."""
        self._origin_s = self.audio_time + after_s
        self._samples = self._frames = 0
        self._mfcc.reset()
        self._level.reset()
        self._window.reset()
        self._fresh = True

    def _forget(self) -> None:
        self._tracker.reset()
        self._genre = None

    def _predict(
        self, window: NDArray[np.float32], end_s: float, *, short: bool = False
    ) -> Iterator[StreamRecord]:
        heard = self._model.probabilities(window)
        rejected = self._model.rejections()
        tracked = self._tracker.step(heard, end_s, rejected, fresh=self._fresh)
        self._fresh, self._predicted, self._too_short = False, True, _NOTHING
        yield PredictionRecord(
            audio_time=end_s,
            probabilities=tracked.probabilities,
            window=tracked.window,
            level_dbfs=self._level_dbfs,
            short=True if short else UNSET,
        )
        change = tracked.announcement
        # What was short is heard when all is over: it is no news if silence came after it.
        if change is not None and self._gate.open:
            self._genre = change
            since = change.overtook_s - self._model.metadata.lag_s
            yield self._announce(change.label, end_s, since, change)

    def _announce(
        self, label: str, now_s: float, onset_s: float, found: Announcement | None = None
    ) -> GenreRecord:
        previous, self._announced = self._announced, label
        self._onset = max(self._onset, onset_s)
        confidence = found.confidence if found else None
        return GenreRecord(
            audio_time=now_s,
            genre=label,
            confidence=UNSET if confidence is None else confidence,
            previous=UNSET if previous is None else previous,
            onset=self._onset,
            genres=list(found.genres) if found and found.genres else UNSET,
        )

    def _start_of(self, frame: int) -> float:
        return self._origin_s + frame * self._spec.hop_length / self._spec.sample_rate

    def _end_of(self, frame: int) -> float:
        return self._start_of(frame) + self._spec.n_fft / self._spec.sample_rate


def _mean_level(levels: NDArray[np.float32]) -> float:
    """Level of several frames together, in dBFS."""
    return float(10 * np.log10(np.mean(10 ** (levels.astype(np.float64) / 10))))
