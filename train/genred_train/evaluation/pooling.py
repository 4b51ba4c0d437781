"""Clips of one track put together: excerpts, segments and versions of it are one piece of evidence.

Else an interval over tracks would take them for independent, and a track cut into more pieces would
count for more.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def places(tracks: Sequence[str]) -> list[list[int]]:
    """Return the clips of each track, in the order in which tracks first come."""
    found: dict[str, list[int]] = {}
    for clip, track in enumerate(tracks):
        found.setdefault(track, []).append(clip)
    return list(found.values())


def together(
    clips: Sequence[NDArray[np.float32]], own: Sequence[Sequence[int]]
) -> list[NDArray[np.float32]]:
    """Join the windows (windows, labels) of each track's clips."""
    return [np.concatenate([clips[clip] for clip in some]) for some in own]
