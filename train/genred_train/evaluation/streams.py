"""Live behaviour on joined clips with hard cuts: how soon a change is told, and how often wrongly.

Windows span the cuts, as they do in a bar.
"""

from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from genred.events import UNKNOWN
from genred.model.classifier import Classifier
from genred.model.metadata import Metadata
from genred.parameters import Tracking
from genred.tracking.tracker import Tracker
from genred_train.collection.clips import Clips
from genred_train.features.rows import to_rows, window_starts

_SETTLED_S = 5.0


class LiveFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a listener would notice; seconds of audio."""

    noticed_median_s: float
    """from a hard cut to the event of the right label, where it came at all"""
    noticed_p95_s: float
    noticed_share: float
    """of cuts between genres"""
    overtook_median_s: float
    """from a hard cut to the right label's overtaking: the model's `lag_s`"""
    false_changes_per_hour: float
    """changes beyond the first right one, or to a wrong label, inside a piece"""
    right_share: float
    """of the time, after the first 5 s of each piece"""
    hours: float


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


def join(model: Classifier, clips: Clips, rng: np.random.Generator) -> Stream:
    """Play all clips in random order, without a pause, through the model."""
    spec = model.metadata.features
    order = rng.permutation(len(clips))
    frame_s = spec.hop_length / spec.sample_rate
    # A stream has one level; clips of arrays are each relative to their own maximum already.
    rows = to_rows(np.concatenate([clips.levels_db(clip) for clip in order]), spec)
    starts = window_starts(rows.shape[0], spec)
    heard = [model.probabilities(rows[start : start + spec.window_frames]) for start in starts]
    return Stream(
        windows=np.stack(heard),
        ends_s=(np.array(starts) * spec.hop_length + spec.window_samples) / spec.sample_rate,
        starts_s=np.cumsum([0, *(clips.frames(int(clip)) for clip in order[:-1])]) * frame_s,
        labels=[clips.label(int(clip)) for clip in order],
    )


def live_figures(stream: Stream, metadata: Metadata, tracking: Tracking) -> LiveFigures:
    """Track a joined stream and compare what is announced with what plays."""
    tracker = Tracker(metadata, tracking)
    changes: list[tuple[float, str, float]] = []
    announced: list[str] = []
    label = UNKNOWN
    for number, (window, end_s) in enumerate(zip(stream.windows, stream.ends_s, strict=True)):
        found = tracker.step(window, float(end_s), fresh=number == 0).announcement
        if found is not None:
            label = found.label
            changes.append((float(end_s), label, found.overtook_s))
        announced.append(label)
    clip = np.searchsorted(stream.starts_s, stream.ends_s, side="right") - 1
    settled = stream.ends_s - stream.starts_s[clip] > _SETTLED_S
    right = np.array([said == stream.labels[c] for said, c in zip(announced, clip, strict=True)])
    noticed, overtook, false, cuts = _noticed(stream, changes)
    hours = float(stream.ends_s[-1]) / 3600
    return LiveFigures(
        noticed_median_s=float(np.median(noticed)) if noticed else 0.0,
        noticed_p95_s=float(np.quantile(noticed, 0.95)) if noticed else 0.0,
        noticed_share=len(noticed) / max(1, cuts),
        overtook_median_s=float(np.median(overtook)) if overtook else 0.0,
        false_changes_per_hour=false / hours,
        right_share=float(right[settled].mean()),
        hours=hours,
    )


def _noticed(
    stream: Stream, changes: list[tuple[float, str, float]]
) -> tuple[list[float], list[float], int, int]:
    """Delays of right announcements after cuts, false changes, and cuts between genres."""
    noticed: list[float] = []
    overtook: list[float] = []
    false = cuts = 0
    before = ""
    ends = [*stream.starts_s[1:], np.inf]
    for start, end, label in zip(stream.starts_s, ends, stream.labels, strict=True):
        inside = [change for change in changes if start <= change[0] < end]
        first_right = next((change for change in inside if change[1] == label), None)
        false += len(inside) - (first_right is not None)
        if label != before:
            cuts += 1
            if first_right is not None:
                noticed.append(first_right[0] - start)
                overtook.append(first_right[2] - start)
        before = label
    return noticed, overtook, false, cuts
