"""Arrays through the daemon's own model class: what it says of each clip's windows."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from genred.model.classifier import Classifier
from genred.model.metadata import Figure
from genred_train.collection.clips import Clips
from genred_train.evaluation.figures import (
    confusion,
    expected_calibration_error,
    track_figure,
    window_figure,
)
from genred_train.features.rows import to_rows, window_starts


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `genred-train evaluate` found."""

    model: str
    data: str
    data_sha256: str
    track_accuracy: Figure
    window_accuracy: Figure
    calibration_error: float
    """expected, of windows; 15 bins"""
    recall: dict[str, float]
    """by track, per genre of the data"""
    labels: list[str]
    confusion: list[list[int]]
    """tracks: rows are what they are, columns what was said, both in the order of `labels`"""
    not_in_model: dict[str, int]
    """clips of genres that the model has no label for: each counts as an error"""


def clip_probabilities(model: Classifier, clips: Clips) -> Iterator[NDArray[np.float32]]:
    """Yield, for each clip, its windows' calibrated probabilities (windows, labels)."""
    spec = model.metadata.features
    for clip in range(len(clips)):
        rows = to_rows(clips.levels_db(clip), spec)
        starts = window_starts(rows.shape[0], spec)
        yield np.stack(
            [model.probabilities(rows[start : start + spec.window_frames]) for start in starts]
        )


def model_labels(clips: Clips, labels: list[str]) -> NDArray[np.int64]:
    """Index of each clip's genre among the model's labels; len(labels) for one it lacks."""
    place = {label: index for index, label in enumerate(labels)}
    return np.array([place.get(clips.label(clip), len(labels)) for clip in range(len(clips))])


def report(
    model_path: Path,
    model: Classifier,
    clips: Clips,
    probabilities: Iterable[NDArray[np.float32]],
) -> Report:
    """Put the figures together, by the rules of docs/training.md."""
    labels = model.metadata.labels
    heard = list(probabilities)
    y = model_labels(clips, labels)
    matrix = confusion(heard, y, len(labels))
    genres = sorted({clips.label(clip) for clip in range(len(clips))})
    return Report(
        model=str(model_path),
        data=clips.name,
        data_sha256=clips.sha256,
        track_accuracy=track_figure(heard, y),
        window_accuracy=window_figure(heard, y),
        calibration_error=expected_calibration_error(heard, y),
        recall={genre: _recall(genre, labels, matrix) for genre in genres},
        labels=labels,
        confusion=matrix,
        not_in_model={
            genre: sum(clips.label(clip) == genre for clip in range(len(clips)))
            for genre in genres
            if genre not in labels
        },
    )


def _recall(genre: str, labels: list[str], matrix: list[list[int]]) -> float:
    if genre not in labels:
        return 0.0
    row = labels.index(genre)
    return matrix[row][row] / sum(matrix[row])
