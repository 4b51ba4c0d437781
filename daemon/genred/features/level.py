"""Samples in, level of each frame out: what the silence gate listens to."""

import numpy as np
from numpy.typing import NDArray

from genred.features.frames import Framer
from genred.features.spec import FeatureSpec

FLOOR_DBFS = -120.0


class StreamingLevel:
    """RMS of the very frames that `StreamingMfcc` sees, in dBFS: a full-scale sine is -3.01."""

    def __init__(self, spec: FeatureSpec) -> None:
        self._framer = Framer(spec)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take finite mono samples (n,), n >= 0; return levels (frames,), none below -120."""
        groups = [level_dbfs(frames) for frames in self._framer.push(samples)]
        return np.concatenate(groups) if groups else np.empty(0, np.float32)

    def flush(self) -> NDArray[np.float32]:
        """End the stream: return the levels of frames that were whole but not yet a group."""
        frames, whole = self._framer.flush()
        return level_dbfs(frames)[:whole]

    def reset(self) -> None:
        """Forget the samples that wait for their frame."""
        self._framer.reset()


def level_dbfs(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """RMS of frames (n, n_fft) in dB below full scale 1.0, shape (n,)."""
    mean_square = np.einsum("ij,ij->i", frames, frames) / np.float32(frames.shape[1])
    floor = 10.0 ** (FLOOR_DBFS / 10)
    return np.asarray(10.0 * np.log10(np.maximum(mean_square, floor)), np.float32)
