"""Batches of augmented windows, each drawn from a generator of its own seed, epoch and number.

Nothing is kept between batches, so the clips may lie on disk and be more than memory holds.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.augment.chosen import Augmentation
from genred_train.augment.spectral import mixed_up, varied
from genred_train.collection.clips import Clips
from genred_train.features.ranges import Ranges
from genred_train.features.rows import to_channels, to_rows
from genred_train.fitting.options import FitOptions
from genred_train.fitting.order import evened, genre_weights, shuffled

_ENOUGH = 12
"""windows; half a minute of the daemon's, so that clips of that length are read whole"""


class Batch(NamedTuple):
    """What a step of fitting takes."""

    windows: NDArray[np.float32]
    """(n, *spec.input_shape), normalised"""
    targets: NDArray[np.float32]
    """(n, labels)"""
    weights: NDArray[np.float32]
    """(n,), of each window's loss"""


def normalised(
    levels_db: NDArray[np.float32], spec: FeatureSpec, ranges: Ranges
) -> NDArray[np.float32]:
    """Turn windows (n, frames, n_mels) in dB into a model's input (n, *spec.input_shape)."""
    rows = (to_rows(levels_db, spec) - ranges.offset) / ranges.scale
    return to_channels(rows.astype(np.float32), spec)


class Batches:
    """Step `i` of a fit, whichever steps were taken before it."""

    def __init__(
        self, clips: Clips, spec: FeatureSpec, ranges: Ranges, options: FitOptions
    ) -> None:
        self._clips, self._spec, self._ranges, self._options = clips, spec, ranges, options
        drawn = len(clips) * options.windows_per_clip
        self._batch_size = min(options.batch_size or 1, drawn)
        self.steps_per_epoch = options.steps_per_epoch or drawn // self._batch_size
        self._targets = smoothed(clips.targets, options.head, options.augmentation)
        weighted = options.balance == "weights"
        of_genre = genre_weights(clips.targets)
        sums = np.maximum(clips.targets.sum(axis=1), 1)
        self._weights = clips.targets @ of_genre / sums if weighted else np.ones_like(sums)
        self._order: tuple[int, NDArray[np.int64]] = (-1, np.empty(0, np.int64))

    def step(self, number: int) -> Batch:
        """Return the batch of a step, counted from 0 over all epochs."""
        epoch, index = divmod(number, self.steps_per_epoch)
        rng = np.random.default_rng([self._options.seed, epoch, index])
        order = self._order_of(epoch)
        chosen = order[index * self._batch_size : (index + 1) * self._batch_size]
        return self._drawn(chosen.tolist(), rng)

    def _drawn(self, chosen: Sequence[int], rng: np.random.Generator) -> Batch:
        asked, frames = self._options.augmentation, self._spec.window_frames
        windows = np.stack(
            [
                varied(self._stretch(clip, rng), frames, asked.strength, rng, asked.changes)
                for clip in chosen
            ]
        )
        # The weight is a last column, so that it is mixed as its target is.
        told = np.column_stack([self._targets[chosen], self._weights[chosen]]).astype(np.float32)
        if asked.mixup_alpha:
            windows, told = mixed_up(windows, told, asked.mixup_alpha, rng)
        rows = normalised(windows, self._spec, self._ranges)
        return Batch(rows, told[:, :-1], told[:, -1])

    def _stretch(self, clip: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """Read a clip, or somewhere in a long one as much as a window may be cut out of."""
        frames, enough = self._clips.frames(clip), _ENOUGH * self._spec.window_frames
        if frames <= enough:
            return self._clips.levels_db(clip)
        start = int(rng.integers(frames - enough + 1))
        return self._clips.levels.span(clip, start, start + enough)

    def _order_of(self, epoch: int) -> NDArray[np.int64]:
        """Return the clips of an epoch; kept until another one is asked for."""
        if self._order[0] != epoch:
            rng = np.random.default_rng([self._options.seed, epoch])
            count = self.steps_per_epoch * self._batch_size
            self._order = (epoch, self._draw_order(count, rng))
        return self._order[1]

    def _draw_order(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        if self._options.balance == "sampling":
            return evened(self._clips.targets, count, rng)
        times = -(-count // len(self._clips))
        return shuffled(len(self._clips), max(times, self._options.windows_per_clip), rng)


def smoothed(
    targets: NDArray[np.float32], head: str | None, asked: Augmentation
) -> NDArray[np.float32]:
    """Take a little from what a label claims: from 1 evenly to all, or, for several, towards 0.5.

    Source: Szegedy et al., Rethinking the Inception Architecture (2016), section 7.
    """
    even = 0.5 if head == "sigmoid" else 1 / targets.shape[1]
    kept = np.float32(1 - asked.label_smoothing)
    return np.asarray(targets * kept + np.float32(asked.label_smoothing * even), np.float32)
