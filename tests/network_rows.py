"""Named networks built for a test, and music-like rows for them."""

import functools
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.features.ranges import Ranges
from genred_train.features.rows import to_channels, to_rows
from genred_train.models.named import MODELS, build


def at(name: str, **changed: Any) -> FeatureSpec:
    """Return a network's own shape with some fields changed."""
    return replace(MODELS[name].features, **changed)


def ranges(spec: FeatureSpec) -> Ranges:
    """Return what rows between 0 and -80 dB span, coefficient by coefficient."""
    levels = -np.eye(spec.n_mels, dtype=np.float32)[None] * 80
    span = np.abs(to_rows(levels, spec)).sum(axis=(0, 1)) / 2
    offset = to_rows(np.full((1, 1, spec.n_mels), -40, np.float32), spec)[0, 0]
    return Ranges(offset.astype(np.float64), np.maximum(span, 1.0).astype(np.float64))


@functools.cache
def built(name: str, spec: FeatureSpec | None = None, labels: int | None = None) -> Any:
    """Build a network at its own shape, or another; once, because no test here changes one."""
    spec = spec or MODELS[name].features
    return build(name, spec, labels or MODELS[name].labels, ranges(spec))


def levels(spec: FeatureSpec, count: int, seed: int = 0) -> NDArray[np.float32]:
    """Draw windows (count, frames, n_mels) in dB: a slope, a moving bump, and some noise."""
    rng = np.random.default_rng(seed)
    frame, band = np.arange(spec.window_frames)[:, None], np.arange(spec.n_mels)[None]
    drawn = []
    for _ in range(count):
        middle = rng.uniform(0, spec.n_mels) + 10 * np.sin(frame / rng.uniform(3, 20))
        bump = 30 * np.exp(-(((band - middle) / rng.uniform(3, 20)) ** 2))
        slope = -rng.uniform(5, 30) * band / spec.n_mels
        drawn.append(bump + slope + rng.normal(0, 3, bump.shape) - 40)
    return np.stack(drawn).astype(np.float32)


def rows(levels_db: NDArray[np.float32], spec: FeatureSpec) -> NDArray[np.float32]:
    """Turn windows in dB into a network's input, as the trainer does."""
    found = ranges(spec)
    return to_channels(
        ((to_rows(levels_db, spec) - found.offset) / found.scale).astype(np.float32), spec
    )
