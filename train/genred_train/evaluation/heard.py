"""What a model said of each track's windows, beside what the track is: figures begin here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred_train.collection.clips import Clips
from genred_train.evaluation.figures import Truth
from genred_train.evaluation.pooling import places, together


@dataclass(frozen=True)
class Heard:
    """All tracks of a collection; `windows`, `genres` and `pieces` have one entry a track."""

    data: str
    """the collection's name"""
    data_sha256: str
    windows: list[NDArray[np.float32]]
    """(windows, labels), calibrated"""
    genres: list[tuple[str, ...]]
    """usually one; what the collection says, whether the model has a label for it or not"""
    pieces: list[int]
    """clips of each track"""
    too_short: list[str] = field(default_factory=list)
    """clips shorter than a window: their frames were repeated to fill one, as the daemon does"""
    unreadable: dict[str, str] = field(default_factory=dict)
    """clips that gave no frame, and why: they are in no figure"""

    def truth(self, labels: Sequence[str]) -> Truth:
        """Tell which labels each track is of, (tracks, labels)."""
        flags = [[label in genres for label in labels] for genres in self.genres]
        return np.array(flags, bool).reshape(len(self.genres), len(labels))

    @property
    def several(self) -> bool:
        """Whether a track may be of several genres at once, or of none."""
        return any(len(genres) != 1 for genres in self.genres)


def of_clips(
    clips: Clips, probabilities: Iterable[NDArray[np.float32]], window_frames: int
) -> Heard:
    """Put what was said of each clip together by track."""
    heard = list(probabilities)
    empty = {clips.ids[clip]: "holds no frame" for clip, said in enumerate(heard) if not len(said)}
    own = [[clip for clip in some if len(heard[clip])] for some in places(clips.tracks)]
    own = [some for some in own if some]
    if not own:
        raise GenredError(f"{clips.name}: no clip holds a frame; nothing to measure")
    lengths = [clips.frames(clip) for clip in range(len(clips))]
    return Heard(
        data=clips.name,
        data_sha256=clips.sha256,
        windows=together(heard, own),
        genres=[_genres(clips, some[0]) for some in own],
        pieces=[len(some) for some in own],
        too_short=[clips.ids[clip] for clip, n in enumerate(lengths) if 0 < n < window_frames],
        unreadable=empty,
    )


def _genres(clips: Clips, clip: int) -> tuple[str, ...]:
    return tuple(clips.genres[genre] for genre in np.flatnonzero(clips.targets[clip]))
