"""Live behaviour on joined music: how soon a change is told, and how often wrongly.

Here the record of it, and how arrays give it: windows of clips joined by hard cuts go to the
tracker alone. `played` gives it from audio, through the whole pipeline.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.events import UNKNOWN
from genred.features.spec import FeatureSpec
from genred.features.window import FrameWindow
from genred.model.classifier import Classifier
from genred.model.metadata import Metadata
from genred.parameters import Tracking
from genred.tracking.tracker import Tracker
from genred_train.collection.clips import Clips
from genred_train.evaluation.calibration import Announced
from genred_train.evaluation.timeline import (
    Change,
    Counts,
    Delays,
    Piece,
    common_share,
    compare,
    right_share,
)
from genred_train.features.rows import to_rows

CUTS = "hard cuts"
_ROWS_AT_ONCE = 512
_BETWEEN_S = 1.0
"""between streams that are summed up: a start, and no cut"""


class LiveFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a listener would notice; seconds of audio. Fields that do not apply are absent."""

    noticed_median_s: float | UnsetType = UNSET
    """from a change of genre to the event of the right label, where it came; absent if never"""
    noticed_p95_s: float | UnsetType = UNSET
    noticed_share: float
    """of changes between genres"""
    overtook_median_s: float | None
    """from a change to the right label's overtaking: the model's `lag_s`; None if it never did"""
    false_changes_per_hour: float
    """changes beyond the first right one, or to a wrong label, inside a piece"""
    right_share: float | UnsetType = UNSET
    """of the time after the first 5 s of each piece, absent where none lasts longer. Right is one
    of the piece's labels; of a model that says several at once, exactly the piece's labels"""
    common_share: float | UnsetType = UNSET
    """mean over that time of common labels / labels of either; of a model of several at once"""
    hours: float
    """of music"""
    through: str = "tracker over windows of arrays"
    """what announced: the tracker alone, or the daemon's whole pipeline"""
    joined_by: str = CUTS
    pieces: int = 0
    changes: int = 0
    """between genres: what `noticed_share` is a share of"""
    false_changes_per_minute: float = 0.0
    starts: int = 0
    """beginnings of music after nothing"""
    first_label_median_s: float | UnsetType = UNSET
    """from such a beginning to the first label, right or wrong"""
    first_label_p95_s: float | UnsetType = UNSET
    rests_per_hour: float | UnsetType = UNSET
    """`silence` inside a piece; no false change"""
    silences: int | UnsetType = UNSET
    """between pieces"""
    silence_told_share: float | UnsetType = UNSET
    silence_told_median_s: float | UnsetType = UNSET
    """from the last sound to `silence`"""
    silence_told_p95_s: float | UnsetType = UNSET
    silence_left_median_s: float | UnsetType = UNSET
    """from the first sound to whatever replaces `silence`"""
    silence_left_p95_s: float | UnsetType = UNSET
    confidence_error: float | UnsetType = UNSET
    """expected calibration error of the announced label's smoothed probability; 15 bins"""
    confidence_error_by_chance: float | UnsetType = UNSET
    """what it would be, with so many pieces, if every probability were meant"""


def against_chance(live: LiveFigures) -> str:
    """Say how far the confidence is from what it says, and how far it would seem to be."""
    if live.confidence_error is UNSET or live.confidence_error_by_chance is UNSET:
        return "nothing was said"
    return (
        f"{live.confidence_error:.3f} (with so few pieces {live.confidence_error_by_chance:.3f} "
        "if every probability were meant)"
    )


@dataclass(frozen=True)
class Stream:
    """Clips played one after the other, already heard window by window."""

    windows: NDArray[np.float32]
    """(windows, labels), calibrated"""
    ends_s: NDArray[np.float64]
    """audio time of each window's end"""
    starts_s: NDArray[np.float64]
    """audio time at which each clip starts"""
    labels: list[str]
    """genre of each clip"""
    rejected: Sequence[Mapping[str, float]] = ()
    """of each window, as the model's `rejections` tells; empty for a model that rejects nothing"""


def join(model: Classifier, clips: Clips, rng: np.random.Generator) -> Stream:
    """Play all clips in random order, without a pause, through the model.

    Raises GenredError if all of them together do not fill a window.
    """
    spec = model.metadata.features
    order = rng.permutation(len(clips)).tolist()
    frame_s = spec.hop_length / spec.sample_rate
    heard, rejected = [], []
    for window in _joined_windows(clips, order, spec):
        heard.append(model.probabilities(window))
        rejected.append(model.rejections())
    if not heard:
        raise GenredError(f"{clips.name}: all clips together are shorter than a window")
    starts = spec.interval_frames * np.arange(len(heard))
    return Stream(
        windows=np.stack(heard),
        ends_s=(starts * spec.hop_length + spec.window_samples) / spec.sample_rate,
        starts_s=np.cumsum([0, *(clips.frames(clip) for clip in order[:-1])]) * frame_s,
        labels=[clips.label(clip) for clip in order],
        rejected=rejected,
    )


def _joined_windows(
    clips: Clips, order: Sequence[int], spec: FeatureSpec
) -> Iterator[NDArray[np.float32]]:
    """Yield the windows of clips in a row; one clip at a time is in memory.

    A stream has one level; clips of arrays are each relative to their own maximum already.
    """
    window = FrameWindow(spec)
    for clip in order:
        rows = to_rows(clips.levels_db(clip), spec)
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            yield from window.push(rows[start : start + _ROWS_AT_ONCE])


def live_figures(stream: Stream, metadata: Metadata, tracking: Tracking) -> LiveFigures:
    """Track a joined stream and compare what is announced with what plays."""
    return together([(stream, msgspec.structs.replace(metadata, tracking=tracking))])


def together(played: Sequence[tuple[Stream, Metadata]]) -> LiveFigures:
    """Track several streams, each from its own start and by its own figures; sum them up."""
    pieces: list[Piece] = []
    changes: list[Change] = []
    sure = Announced()
    begins_s = 0.0
    for stream, metadata in played:
        later = _pieces(stream, begins_s)
        tracker = Tracker(metadata, metadata.tracking)
        changes += _tracked(stream, tracker, later, sure, begins_s, len(pieces))
        pieces += later
        begins_s = later[-1].ends_s + _BETWEEN_S
    found = figures(pieces, changes, *compare(pieces, changes))
    return msgspec.structs.replace(found, **confidence(sure))


def posteriors(
    stream: Stream, metadata: Metadata, tracking: Tracking
) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """Return what is told at each window of a stream, and the index of the state that was so.

    Windows of a genre that is no label are left out: nothing said of it could be right.
    """
    tracker = Tracker(metadata, tracking)
    pieces = _pieces(stream, 0.0)
    places = np.searchsorted(stream.starts_s, stream.ends_s, side="right") - 1
    rejected = stream.rejected or [{}] * len(stream.windows)
    told, true = [], []
    for number, window in enumerate(stream.windows):
        end_s = float(stream.ends_s[number])
        tracked = tracker.step(window, end_s, rejected[number], fresh=number == 0)
        (label,) = pieces[places[number]].labels
        if label in tracker.states:
            told.append(np.array(list(tracked.probabilities.values())))
            true.append(tracker.states.index(label))
    return told, np.array(true, np.int64)


def _pieces(stream: Stream, begins_s: float) -> list[Piece]:
    starts = [begins_s + start for start in stream.starts_s.tolist()]
    ends = [*starts[1:], begins_s + float(stream.ends_s[-1])]
    return [
        Piece((label,), start, start, end)
        for label, start, end in zip(stream.labels, starts, ends, strict=True)
    ]


def _tracked(
    stream: Stream,
    tracker: Tracker,
    pieces: Sequence[Piece],
    sure: Announced,
    begins_s: float,
    before: int,
) -> list[Change]:
    """Return what is announced; `sure` is told how sure of what plays it was at each window.

    `before`: pieces of streams before this one.
    """
    changes: list[Change] = []
    rejected = stream.rejected or [{}] * len(stream.windows)
    places = np.searchsorted(stream.starts_s, stream.ends_s, side="right") - 1
    for number, (window, end_s) in enumerate(
        zip(stream.windows, (begins_s + stream.ends_s).tolist(), strict=True)
    ):
        tracked = tracker.step(window, end_s, rejected[number], fresh=number == 0)
        if (found := tracked.announcement) is not None:
            changes.append(Change(end_s, found.label, found.overtook_s, found.genres))
        announced = changes[-1].label if changes else UNKNOWN
        if announced != UNKNOWN:
            place = int(places[number])
            right = announced in pieces[place].labels
            sure.add(before + place, tracked.probabilities, announced, right=right)
    return changes


def confidence(sure: Announced) -> dict[str, float | UnsetType]:
    """Return the figures of how sure it was, for `LiveFigures`."""
    return {
        "confidence_error": sure.error(),
        "confidence_error_by_chance": sure.error_by_chance(np.random.default_rng(0)),
    }


def figures(
    pieces: Sequence[Piece], changes: Sequence[Change], delays: Delays, counts: Counts
) -> LiveFigures:
    """Put together what joined music of any kind has figures of."""
    hours = sum(piece.ends_s - piece.changes_s for piece in pieces) / 3600
    per_hour = counts.false_changes / hours
    overtook = quantile(delays.overtook, 0.5)
    several = any(change.genres for change in changes)
    return LiveFigures(
        noticed_median_s=quantile(delays.noticed, 0.5),
        noticed_p95_s=quantile(delays.noticed, 0.95),
        noticed_share=len(delays.noticed) / max(1, counts.cuts),
        overtook_median_s=None if overtook is UNSET else overtook,
        false_changes_per_hour=per_hour,
        right_share=_known(right_share(pieces, changes)),
        common_share=_known(common_share(pieces, changes)) if several else UNSET,
        hours=hours,
        pieces=len(pieces),
        changes=counts.cuts,
        false_changes_per_minute=per_hour / 60,
        starts=counts.starts,
        first_label_median_s=quantile(delays.first, 0.5),
        first_label_p95_s=quantile(delays.first, 0.95),
    )


def quantile(delays_s: Sequence[float], share: float) -> float | UnsetType:
    """Return a quantile; of nothing there is none."""
    return float(np.quantile(delays_s, share)) if delays_s else UNSET


def _known(share: float | None) -> float | UnsetType:
    return UNSET if share is None else share
