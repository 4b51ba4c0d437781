"""From log-mel decibels of the arrays to the rows that the daemon computes from audio."""

import numpy as np
from numpy.typing import NDArray

from genred.features.mel import dct_matrix, delta_matrix
from genred.features.spec import FeatureSpec
from genred_train.collection.levels import segment_starts


def to_rows(levels_db: NDArray[np.float32], spec: FeatureSpec) -> NDArray[np.float32]:
    """Turn mel bands (..., n_mels) in dB into rows (..., n_coefficients)."""
    if spec.kind == "logmel":
        return levels_db
    return levels_db @ dct_matrix(spec.n_mfcc, spec.n_mels).T.astype(np.float32)


def to_channels(window: NDArray[np.float32], spec: FeatureSpec) -> NDArray[np.float32]:
    """Add derivatives to windows (..., frames, coefficients): (..., channels) at the end."""
    orders = range(1, spec.deltas + 1)
    matrices = [delta_matrix(spec.window_frames, order).astype(np.float32) for order in orders]
    return np.stack([window, *(matrix @ window for matrix in matrices)], axis=-1)


def window_starts(frames: int, spec: FeatureSpec) -> range:
    """First frames of the windows of a clip: 0, 12, 24 ... while a whole window fits."""
    return segment_starts(frames, spec.window_frames, spec.interval_frames)
