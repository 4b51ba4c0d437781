"""What a network claims of clips, window by window; a few windows in memory at a time."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.collection.clips import Clips
from genred_train.features.ranges import Ranges
from genred_train.features.rows import window_starts
from genred_train.fitting.batches import normalised
from genred_train.fitting.network import logits_of

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
    """Yield, for each clip, the logits (windows, labels) of each `every`th of its windows.

    A clip is a window long at least. However long it is, so many windows are read at a time.
    """
    found: list[NDArray[np.float32]] = []
    places = _places(clips, spec, every)
    clip = 0
    while batch := list(islice(places, _AT_ONCE)):
        cut = [clips.levels.span(c, start, start + spec.window_frames) for c, start in batch]
        said = _logits(network, np.stack(cut), spec, ranges)
        for (owner, _), row in zip(batch, said, strict=True):
            if owner != clip:
                yield np.stack(found)
                clip, found = owner, []
            found.append(row)
    yield np.stack(found)


def _places(clips: Clips, spec: FeatureSpec, every: int) -> Iterator[tuple[int, int]]:
    """Yield clip and first frame of every window that is heard."""
    for clip in range(len(clips)):
        for start in window_starts(clips.frames(clip), spec)[::every]:
            yield clip, start


def _logits(
    network: Any, cut: NDArray[np.float32], spec: FeatureSpec, ranges: Ranges
) -> NDArray[np.float32]:
    rows = normalised(cut, spec, ranges)
    # Always as many at once: another size would trace the graph anew.
    whole = np.resize(rows, (_AT_ONCE, *rows.shape[1:]))
    said = keras.ops.convert_to_numpy(logits_of(network, whole))
    return np.asarray(said, np.float32)[: len(rows)]
