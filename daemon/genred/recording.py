"""A recorded file as a whole: its genre by the track rule, its segments by the tracker."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType

from genred.audio.recordings import open_recording, recording_name
from genred.audio.source import BLOCK_S
from genred.errors import GenredError
from genred.events import SILENCE, UNKNOWN, GenreRecord, PredictionRecord
from genred.pipeline import Model, Pipeline, StreamRecord


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of one label."""

    start: float
    """seconds"""
    end: float
    """seconds"""
    genre: str
    confidence: float | UnsetType = UNSET
    """mean posterior of the label over the stretch; absent for silence and unknown"""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What a file was found to be."""

    file: str
    duration: float
    """seconds"""
    genre: str
    """argmax of `probabilities`; `silence` where nothing was heard"""
    probabilities: dict[str, float]
    """mean of the windows' calibrated probabilities, `unknown` and `not_music` among them where the
    model knows those; empty where there was no window"""
    segments: list[Segment]
    short: bool | UnsetType = UNSET
    """true where the file is shorter than a window and was repeated to fill one"""


def classify(path: Path, model: Model, block_s: float = BLOCK_S) -> Recording:
    """Hear a whole file; raises GenredError, one line, where that can't be done."""
    pipeline = Pipeline(model)
    records: list[StreamRecord] = []
    with open_recording(path, model.metadata.features.sample_rate, block_s) as source:
        for block in source:
            records += pipeline.push(block)
    records += pipeline.flush()
    check_length(pipeline, recording_name(path))
    predictions = [record for record in records if isinstance(record, PredictionRecord)]
    probabilities = mean_probabilities(predictions)
    return Recording(
        file=recording_name(path),
        duration=pipeline.audio_time,
        genre=_genre(probabilities, pipeline.announced),
        probabilities=probabilities,
        segments=segments(records, pipeline.audio_time),
        short=True if any(p.short is True for p in predictions) else UNSET,
    )


def check_length(pipeline: Pipeline, name: str) -> None:
    """Raise GenredError if all that a pipeline was given is less than one frame."""
    if not pipeline.frames:
        spec = pipeline.spec
        raise GenredError(
            f"{name}: {pipeline.audio_time:.3f} s of sound is too short; "
            f"one frame takes {spec.n_fft / spec.sample_rate:.3f} s"
        )


def mean_probabilities(predictions: Iterable[PredictionRecord]) -> dict[str, float]:
    """Average the windows' own calibrated probabilities (of every state): the rule of the track."""
    windows = [prediction.window for prediction in predictions]
    if not windows:
        return {}
    return {label: float(np.mean([w[label] for w in windows])) for label in windows[0]}


def segments(records: Iterable[StreamRecord], end_s: float) -> list[Segment]:
    """Turn the changes of label into stretches, each ending where the next begins."""
    records = list(records)
    changes = [record for record in records if isinstance(record, GenreRecord)]
    predictions = [record for record in records if isinstance(record, PredictionRecord)]
    ends = [change.onset for change in changes[1:]] + [end_s]
    # Onsets are put back by the model's lag; what was heard of a label stands between the events.
    until = [change.audio_time for change in changes[1:]] + [float("inf")]
    result = []
    for change, end, next_s in zip(changes, ends, until, strict=True):
        if end <= change.onset:
            continue
        heard = [
            p.probabilities[change.genre]
            for p in predictions
            if change.audio_time <= p.audio_time < next_s and change.genre in p.probabilities
        ]
        confidence = float(np.mean(heard)) if heard else change.confidence
        result.append(
            Segment(start=change.onset, end=end, genre=change.genre, confidence=confidence)
        )
    return result


def _genre(probabilities: dict[str, float], announced: str) -> str:
    if probabilities:
        return max(probabilities, key=lambda label: probabilities[label])
    return SILENCE if announced == SILENCE else UNKNOWN
