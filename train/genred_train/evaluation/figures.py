"""Accuracy by window and by track, its interval, confusion.

All work on the calibrated probabilities of each track's windows, one array (windows, labels) a
track (`pooling` puts the clips of a track together), and on its truth: a row of (labels,) that
is True where the track is of a label, and nowhere for one of a genre that the model lacks.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genred.model.metadata import Figure
from genred_train.evaluation.bootstrap import ratio
from genred_train.evaluation.pooling import places, together

Windows = Sequence[NDArray[np.float32]]
Truth = NDArray[np.bool_]


def one_label(y: NDArray[np.int64], n: int) -> Truth:
    """Truth of tracks that have one label each, (tracks, n); y may go beyond n."""
    return np.asarray(y[:, None] == np.arange(n))


def track_probabilities(clips: Windows) -> NDArray[np.float64]:
    """Average each clip's windows: (clips, labels)."""
    return np.stack([clip.mean(axis=0, dtype=np.float64) for clip in clips])


def track_accuracy(clips: Windows, truth: Truth, seed: int = 0, top: int = 1) -> Figure:
    """Share of tracks with a label of theirs among the `top` of highest mean probability."""
    best = np.argsort(-track_probabilities(clips), axis=1, kind="stable")[:, :top]
    right = np.asarray(np.take_along_axis(truth, best, axis=1).any(axis=1), np.float64)
    return ratio(right, np.ones(len(right)), len(right), seed)


def window_accuracy(clips: Windows, truth: Truth, seed: int = 0) -> Figure:
    """Share of windows whose highest probability is a label of theirs; tracks are drawn, whole."""
    right, count = right_windows(clips, truth)
    return ratio(right, count, int(count.sum()), seed)


def right_windows(clips: Windows, truth: Truth) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count, for each track, the windows that are right and all of them."""
    right = [row[clip.argmax(axis=1)].sum() for clip, row in zip(clips, truth, strict=True)]
    return np.array(right, np.float64), np.array([len(clip) for clip in clips], np.float64)


def track_figure(
    clips: Windows, y: NDArray[np.int64], tracks: Sequence[str] | None = None, seed: int = 0
) -> Figure:
    """`track_accuracy` of clips with one label each: y is its index, `tracks` names their tracks.

    Without `tracks` each clip is a track.
    """
    return track_accuracy(*_by_track(clips, y, tracks), seed)


def window_figure(
    clips: Windows, y: NDArray[np.int64], tracks: Sequence[str] | None = None, seed: int = 0
) -> Figure:
    """`window_accuracy` of clips with one label each: y is its index, `tracks` names their tracks.

    Without `tracks` each clip is a track.
    """
    return window_accuracy(*_by_track(clips, y, tracks), seed)


def _by_track(
    clips: Windows, y: NDArray[np.int64], tracks: Sequence[str] | None
) -> tuple[Windows, Truth]:
    truth = one_label(y, clips[0].shape[1])
    if tracks is None:
        return clips, truth
    own = places(tracks)
    return together(clips, own), truth[[some[0] for some in own]]


def confusion(clips: Windows, truth: Truth) -> list[list[int]]:
    """Tracks of each label (row) said to be each label (column); those of one label only."""
    said = track_probabilities(clips).argmax(axis=1)
    one = truth.sum(axis=1) == 1
    matrix = np.zeros((truth.shape[1], truth.shape[1]), np.int64)
    np.add.at(matrix, (truth[one].argmax(axis=1), said[one]), 1)
    return [[int(count) for count in row] for row in matrix]
