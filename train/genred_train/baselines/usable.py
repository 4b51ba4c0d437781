"""Which clips a baseline can be fitted on."""

import numpy as np

from genred.errors import GenredError
from genred_train.collection.clips import Clips


def check_usable(clips: Clips) -> None:
    """Raise GenredError, one line, unless each clip has one genre and there are several genres."""
    if clips.several:
        raise GenredError(
            f"{clips.name}: has clips of several genres or of none; a baseline takes one a clip"
        )
    genres = np.unique(clips.y)
    if len(genres) < 2:  # noqa: PLR2004 - nothing to tell apart
        held = clips.genres[genres[0]] if len(genres) else "no clip"
        raise GenredError(f"{clips.name}: holds only {held}; a baseline needs two genres or more")
