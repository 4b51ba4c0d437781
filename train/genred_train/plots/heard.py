"""What a model makes of an excerpt: the daemon's pipeline, its windows and its announcements."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genred.audio.source import Block
from genred.events import PredictionRecord
from genred.pipeline import Model, Pipeline
from genred.recording import Segment, segments
from genred_train.plots.excerpt import Excerpt


@dataclass(frozen=True)
class Heard:
    """An excerpt as the daemon hears it that begins to listen where the excerpt begins."""

    labels: list[str]
    windows: NDArray[np.float32]
    """(labels, columns): each window's own calibrated probabilities; NaN where none was heard"""
    first_s: float
    """of the excerpt, where the first column begins; a window stands at its end"""
    interval_s: float
    """one column"""
    announced: list[Segment]


def hear(excerpt: Excerpt, model: Model) -> Heard:
    """Push an excerpt through the pipeline."""
    spec = model.metadata.features
    pipeline = Pipeline(model)
    records = [*pipeline.push(Block(excerpt.samples)), *pipeline.flush()]
    predictions = [record for record in records if isinstance(record, PredictionRecord)]
    # Predictions come every interval of frames, and the first frame ends late by what overlaps.
    first_s = (spec.n_fft - spec.hop_length) / spec.sample_rate
    labels = model.metadata.labels
    columns = max(1, pipeline.frames // spec.interval_frames)
    windows = np.full((len(labels), columns), np.nan, np.float32)
    for prediction in predictions:
        column = round((prediction.audio_time - first_s) / spec.interval_s) - 1
        windows[:, min(max(column, 0), columns - 1)] = [prediction.window[name] for name in labels]
    return Heard(labels, windows, first_s, spec.interval_s, segments(records, pipeline.audio_time))
