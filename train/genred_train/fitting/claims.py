"""What a network claims of clips, window by window; a few windows in memory at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.collection.clips import Clips
from genred_train.features.ranges import Ranges
from genred_train.features.rows import window_starts
from genred_train.fitting.batches import normalised

_AT_ONCE = 64


def probabilities(logits: NDArray[np.float32], head: str | None) -> NDArray[np.float32]:
    """Turn logits (n, labels) into what the head makes of them."""
    if head == "sigmoid":
        return np.asarray(1 / (1 + np.exp(-logits.astype(np.float64))), np.float32)
    exact = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exact / exact.sum(axis=1, keepdims=True), np.float32)


def clip_logits(
    network: Any, clips: Clips, spec: FeatureSpec, ranges: Ranges, every: int = 1
) -> Iterator[NDArray[np.float32]]:
    """Yield, for each clip, the logits (windows, labels) of each `every`th of its windows."""
    waiting: list[NDArray[np.float32]] = []
    for clip in range(len(clips)):
        waiting.append(windows_of(clips, clip, spec, every))
        if sum(map(len, waiting)) >= _AT_ONCE or clip + 1 == len(clips):
            yield from _logits(network, waiting, spec, ranges)
            waiting = []


def windows_of(clips: Clips, clip: int, spec: FeatureSpec, every: int) -> NDArray[np.float32]:
    """Cut a clip into its windows (windows, frames, n_mels), in dB."""
    levels = clips.levels_db(clip)
    starts = window_starts(len(levels), spec)[::every]
    return np.stack([levels[start : start + spec.window_frames] for start in starts])


def _logits(
    network: Any, cut: list[NDArray[np.float32]], spec: FeatureSpec, ranges: Ranges
) -> list[NDArray[np.float32]]:
    rows = normalised(np.concatenate(cut), spec, ranges)
    # Always as many at once: another size would trace the graph anew.
    parts = np.array_split(rows, range(_AT_ONCE, len(rows), _AT_ONCE))
    full = [np.resize(part, (_AT_ONCE, *part.shape[1:])) for part in parts]
    said = [
        np.asarray(network(whole, training=False))[: len(part)]
        for whole, part in zip(full, parts, strict=True)
    ]
    ends = np.cumsum([len(windows) for windows in cut])[:-1]
    return np.split(np.concatenate(said), ends)
