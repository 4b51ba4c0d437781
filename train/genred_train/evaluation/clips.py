"""Clips through a model, window by window, and all figures of what it says put together."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred.model.metadata import Figure
from genred.pipeline import Model
from genred_train.collection.clips import Clips
from genred_train.evaluation.calibration import Bin, error_by_chance, of_windows
from genred_train.evaluation.doubts import doubts
from genred_train.evaluation.figures import (
    confusion,
    track_accuracy,
    track_probabilities,
    window_accuracy,
)
from genred_train.evaluation.genres import GenreFigures, genre_figures
from genred_train.evaluation.heard import Heard, of_clips
from genred_train.evaluation.listener import Listener, Window, listener
from genred_train.evaluation.made import Made
from genred_train.evaluation.quantization import AgainstFloat
from genred_train.evaluation.rejected import Rejected
from genred_train.evaluation.several import SeveralFigures, several_figures
from genred_train.evaluation.streams import LiveFigures
from genred_train.evaluation.through import Through
from genred_train.features.rows import to_rows, window_starts


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `genred-train evaluate` found; fields that do not apply are absent."""

    model: str
    data: str
    data_sha256: str
    track_accuracy: Figure
    window_accuracy: Figure
    calibration_error: float
    """expected, of windows; 15 bins"""
    calibration_error_by_chance: float | UnsetType = UNSET
    """what a model that means what it says would show with so many tracks; of one label each"""
    recall: dict[str, float]
    """by track, per genre of the data"""
    labels: list[str]
    confusion: list[list[int]]
    """tracks: rows are what they are, columns what was said, both in the order of `labels`"""
    not_in_model: dict[str, int]
    """clips of genres that the model has no label for, and of none that it has: each is an error"""
    model_sha256: str
    tracks: int
    clips: int
    """pieces that the tracks came in"""
    seed: int
    """of the bootstrap's draws, and of the order of joined streams"""
    macro_f1: Figure
    """mean over the genres of the data, by track"""
    genres: dict[str, GenreFigures]
    top2_accuracy: Figure | UnsetType = UNSET
    """by track: the label is one of the two most probable; absent with two labels"""
    interval_frames: int
    """from the start of a window to that of the next"""
    doubts: list[str] = []
    """why these figures are not those of other music"""
    calibration: list[Bin]
    """what windows claim and how often they are right"""
    too_short: list[str]
    """clips under a window: repeated to fill one, as the daemon does"""
    unreadable: dict[str, str]
    """left out of every figure, and why"""
    several: SeveralFigures | UnsetType = UNSET
    against_float: AgainstFloat | UnsetType = UNSET
    rejected: Rejected | UnsetType = UNSET
    """with `--reject`: then all else is with rejection too"""
    streams: list[LiveFigures] | UnsetType = UNSET
    through: list[Through] | UnsetType = UNSET
    made: Made | UnsetType = UNSET


def calibration(found: Report) -> str:
    """Say how far windows are from meaning what they say, and how far they would seem to be."""
    error, chance = found.calibration_error, found.calibration_error_by_chance
    if chance is UNSET:
        return f"{error:.3f}"
    return f"{error:.3f} (a calibrated model would show {chance:.3f} with so many tracks)"


def clip_probabilities(model: Model, clips: Clips) -> Iterator[NDArray[np.float32]]:
    """Yield, for each clip, its windows' calibrated probabilities (windows, labels)."""
    return heard_clips(listener("", model), clips)


def heard_clips(model: Listener, clips: Clips) -> Iterator[NDArray[np.float32]]:
    """Yield, for each clip, what was said of its windows, (windows, labels)."""
    for clip in range(len(clips)):
        yield model.hear(clip_windows(clips.levels_db(clip), model.features))


def clip_windows(levels_db: NDArray[np.float32], spec: FeatureSpec) -> Sequence[Window]:
    """Cut mel bands (frames, n_mels) into the windows that the daemon would hear.

    Less than a window is repeated to fill one; no frame gives no window.
    """
    rows = to_rows(levels_db, spec)
    starts = window_starts(len(rows), spec)
    if len(rows) and not starts:
        return [np.resize(rows, (spec.window_frames, rows.shape[1]))]
    return [rows[start : start + spec.window_frames] for start in starts]


def model_labels(clips: Clips, labels: list[str]) -> NDArray[np.int64]:
    """Index of each clip's genre among the model's labels; len(labels) for one it lacks."""
    place = {label: index for index, label in enumerate(labels)}
    return np.array([place.get(clips.label(clip), len(labels)) for clip in range(len(clips))])


def report(
    model_path: Path, model: Model, clips: Clips, probabilities: Iterable[NDArray[np.float32]]
) -> Report:
    """Put the figures of clips together, pooled by track."""
    heard = of_clips(clips, probabilities, model.metadata.features.window_frames)
    return measured(listener(str(model_path), model), heard)


def measured(model: Listener, heard: Heard, seed: int = 0) -> Report:
    """Put the figures together, by the rules of docs/training.md.

    Raises GenredError if the model has a label for none of the genres.
    """
    labels, truth = model.labels, heard.truth(model.labels)
    genres = sorted({genre for own in heard.genres for genre in own})
    check_labels(model, heard.data, genres)
    said = track_probabilities(heard.windows)
    by_genre = genre_figures(heard.genres, [labels[best] for best in said.argmax(axis=1)], seed)
    claims = of_windows(heard.windows, truth)
    several = heard.several or model.thresholds is not None
    return Report(
        model=model.name,
        data=heard.data,
        data_sha256=heard.data_sha256,
        track_accuracy=track_accuracy(heard.windows, truth, seed),
        window_accuracy=window_accuracy(heard.windows, truth, seed),
        calibration_error=claims.error(),
        calibration_error_by_chance=(
            UNSET if several else error_by_chance(heard.windows, np.random.default_rng(seed))
        ),
        recall={genre: found.recall.value for genre, found in by_genre.genres.items()},
        labels=labels,
        confusion=confusion(heard.windows, truth),
        not_in_model=_foreign(heard, labels),
        model_sha256=model.sha256,
        tracks=len(heard.windows),
        clips=sum(heard.pieces),
        seed=seed,
        macro_f1=by_genre.macro_f1,
        genres=by_genre.genres,
        top2_accuracy=(
            track_accuracy(heard.windows, truth, seed, top=2) if len(labels) > 2 else UNSET  # noqa: PLR2004 - of two, both
        ),
        interval_frames=model.features.interval_frames,
        doubts=doubts(model.data, heard.data_sha256),
        calibration=claims.curve(),
        too_short=heard.too_short,
        unreadable=heard.unreadable,
        several=several_figures(said, truth, labels, model.thresholds, seed) if several else UNSET,
    )


def _foreign(heard: Heard, labels: list[str]) -> dict[str, int]:
    """Count, for each genre that is no label, the clips that nothing the model says can fit."""
    found: dict[str, int] = {}
    for pieces, own in zip(heard.pieces, heard.genres, strict=True):
        for genre in () if set(own) & set(labels) else own:
            found[genre] = found.get(genre, 0) + pieces
    return dict(sorted(found.items()))


def check_labels(model: Listener, data: str, genres: Iterable[str]) -> None:
    """Raise GenredError unless a genre of the data is a label of the model."""
    if not set(genres) & set(model.labels):
        raise GenredError(
            f"{data}: none of its genres ({', '.join(genres) or 'none'}) is a label of "
            f"{model.name} ({', '.join(model.labels)}); choose other data or another model"
        )
