"""Clips under the labels of a model that knows more genres, or fewer, than their collection."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from genred.errors import UsageError
from genred_train.collection.clips import Clips


def relabelled(clips: Clips, labels: Sequence[str], leave_out: Collection[str] = ()) -> Clips:
    """Return the same clips with `targets` (clips, labels).

    Genres of `leave_out` are forgotten: their clips have no label. Raises UsageError for another
    genre that is no label, and for one to leave out that the collection lacks.
    """
    wrong = sorted(set(leave_out) - set(clips.genres))
    if wrong:
        raise UsageError(f"{clips.name}: has no genre {wrong[0]} to leave out")
    unknown = [genre for genre in clips.genres if genre not in {*labels, *leave_out}]
    if unknown:
        raise UsageError(
            f"{clips.name}: its genre {unknown[0]} is none of the labels; add it, or leave it out"
        )
    targets = np.zeros((len(clips), len(labels)), np.float32)
    for column, genre in enumerate(clips.genres):
        if genre not in leave_out:
            targets[:, labels.index(genre)] = clips.targets[:, column]
    return replace(clips, genres=list(labels), targets=targets)


def labelled(clips: Clips) -> NDArray[np.bool_]:
    """Which clips have a label, (clips,)."""
    return np.asarray(clips.targets.any(axis=1))
