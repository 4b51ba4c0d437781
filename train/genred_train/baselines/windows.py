"""Windows of a clip as every baseline hears them: in dB below their own maximum.

Cut where the networks cut (`CUT_DB`): arrays and uncut audio give the same, and gain does nothing.
"""

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred_train.collection.clips import Clips
from genred_train.models.cut import CUT_DB


def below_maximum(levels_db: NDArray[np.float32]) -> NDArray[np.float32]:
    """Levels (..., frames, n_mels) with each window's maximum at 0 dB, none below -`CUT_DB`."""
    top = levels_db.max(axis=(-2, -1), keepdims=True)
    return np.asarray(np.maximum(levels_db - top, -np.float32(CUT_DB)), np.float32)


def clip_windows(clips: Clips, clip: int, spec: FeatureSpec, hop: int) -> NDArray[np.float32]:
    """Windows of one clip, one each `hop` frames: (windows, window_frames, n_mels), 0 dB and less.

    Raises GenredError if the clip is shorter than one.
    """
    frames = clips.frames(clip)
    if frames < spec.window_frames:
        raise GenredError(
            f"{clips.name}: {clips.ids[clip]} has {frames} frames, a window {spec.window_frames}; "
            "leave such clips out, or choose shorter windows"
        )
    levels_db = clips.levels_db(clip)
    starts = range(0, frames - spec.window_frames + 1, hop)
    return below_maximum(
        np.stack([levels_db[start : start + spec.window_frames] for start in starts])
    )
