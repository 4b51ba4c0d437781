"""Batches of augmented windows, each drawn from a generator of its own seed, epoch and number.

Nothing is kept between batches, so the clips may lie on disk and be more than memory holds.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.augment.chosen import Augmentation
from genred_train.augment.spectral import changed, cut_out, drawn_cut, mixed_up
from genred_train.collection.clips import Clips
from genred_train.features.ranges import Ranges
from genred_train.features.rows import to_channels, to_rows
from genred_train.fitting.draws import Order
from genred_train.fitting.mixed import Drawn
from genred_train.fitting.options import FitOptions
from genred_train.fitting.order import genre_weights
from genred_train.fitting.parts import FitParts

_ENOUGH = 12
"""windows; half a minute of the daemon's, so that clips of that length are read whole"""
_ROUNDING = 1e-4


class Batch(NamedTuple):
    """What a step of fitting takes."""

    windows: NDArray[np.float32]
    """(n, *spec.input_shape), normalised"""
    targets: NDArray[np.float32]
    """(n, labels)"""
    weights: NDArray[np.float32]
    """(n,), of each window's loss by its label; 0 for one without"""
    answers: NDArray[np.float32]
    """(n, 2, dims): what teachers say of each window, and 1 where they say something"""


def normalised(
    levels_db: NDArray[np.float32], spec: FeatureSpec, ranges: Ranges
) -> NDArray[np.float32]:
    """Turn windows (n, frames, n_mels) in dB into a model's input (n, *spec.input_shape)."""
    rows = (to_rows(levels_db, spec) - ranges.offset) / ranges.scale
    return to_channels(rows.astype(np.float32), spec)


class Batches:
    """Step `i` of a fit, whichever steps were taken before it."""

    def __init__(
        self,
        parts: FitParts,
        spec: FeatureSpec,
        ranges: Ranges,
        options: FitOptions,
    ) -> None:
        clips = parts.train
        self._clips, self._spec, self._ranges, self._options = clips, spec, ranges, options
        draws = parts.draws or [_all_of(clips, options)]
        drawn = len(clips) * options.windows_per_clip
        batch_size = sum(draw.windows for draw in draws)
        self.steps_per_epoch = options.steps_per_epoch or max(1, drawn // batch_size)
        self._labelled = np.repeat([d.labelled for d in draws], [d.windows for d in draws])
        self._orders = [
            Order(
                draw.places,
                clips.targets,
                draw.windows,
                even=draw.even,
                times=options.windows_per_clip,
                seed=[options.seed, *([number] if number else [])],
            )
            for number, draw in enumerate(draws)
        ]
        unlabelled = [~self._labelled] if options.augmentation.mix_unlabelled else []
        self._mixed = [self._labelled, *unlabelled]
        self._answers = parts.answers
        targets = clips.targets if parts.softened is None else parts.softened
        self._targets = smoothed(targets, options.head, options.augmentation)
        weighted = options.balance == "weights"
        of_genre = genre_weights(clips.targets)
        sums = np.maximum(clips.targets.sum(axis=1), 1)
        self._weights = clips.targets @ of_genre / sums if weighted else np.ones_like(sums)

    @property
    def dims(self) -> int:
        """Values that teachers say of a window; 0 without teachers' answers."""
        return self._answers.dims if self._answers else 0

    @property
    def labelled(self) -> bool:
        """Whether any window has a label."""
        return bool(self._labelled.any())

    def step(self, number: int) -> Batch:
        """Return the batch of a step, counted from 0 over all epochs."""
        epoch, index = divmod(number, self.steps_per_epoch)
        rng = np.random.default_rng([self._options.seed, epoch, index])
        chosen = [order.chosen(epoch, index, self.steps_per_epoch) for order in self._orders]
        return self._drawn(np.concatenate(chosen).tolist(), rng)

    def _drawn(self, chosen: Sequence[int], rng: np.random.Generator) -> Batch:
        heard = [self._window(clip, rng) for clip in chosen]
        windows = np.stack([window for window, _ in heard])
        weights = np.where(self._labelled, self._weights[chosen], 0)
        # All in one table, so that everything is mixed as the windows are.
        table = np.column_stack(
            [self._targets[chosen], weights, np.stack([said for _, said in heard])]
        ).astype(np.float32)
        alpha = self._options.augmentation.mixup_alpha
        for mixed in self._mixed:
            if alpha and mixed.any():
                windows[mixed], table[mixed] = mixed_up(windows[mixed], table[mixed], alpha, rng)
        rows = normalised(windows, self._spec, self._ranges)
        labels = self._targets.shape[1]
        said = table[:, labels + 1 :].reshape(len(table), 2, self.dims)
        # What is known of one of two mixed windows only is not known of the mixture.
        said[:, 1] = said[:, 1] > 1 - _ROUNDING
        return Batch(rows, table[:, :labels], table[:, labels], said)

    def _window(
        self, clip: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return a changed window (frames, n_mels), and what teachers say of it (2 * dims,)."""
        asked, frames = self._options.augmentation, self._spec.window_frames
        first, levels = self._stretch(clip, rng)
        stretched = "stretch" in asked.changes
        cut = drawn_cut(len(levels), frames, asked.strength, rng, stretch=stretched)
        window = cut_out(levels, frames, cut)
        window = changed(window, asked.strength, rng, asked.changes, self._spec)
        if self._answers is None:
            return window, np.empty(0, np.float32)
        middle = first + cut.middle(frames)
        return window, np.concatenate(self._answers.of(self._clips.ids[clip], middle, frames))

    def _stretch(self, clip: int, rng: np.random.Generator) -> tuple[int, NDArray[np.float32]]:
        """Read a clip, or somewhere in a long one as much as a window may be cut out of.

        Returns the first frame read too.
        """
        frames, enough = self._clips.frames(clip), _ENOUGH * self._spec.window_frames
        if frames <= enough:
            return 0, self._clips.levels_db(clip)
        start = int(rng.integers(frames - enough + 1))
        return start, self._clips.levels.span(clip, start, start + enough)


def _all_of(clips: Clips, options: FitOptions) -> Drawn:
    """Return the one draw of a fit on one collection."""
    most = len(clips) * options.windows_per_clip
    windows = min(options.batch_size or 1, most)
    return Drawn(range(len(clips)), windows, labelled=True, even=options.balance == "sampling")


def smoothed(
    targets: NDArray[np.float32], head: str | None, asked: Augmentation
) -> NDArray[np.float32]:
    """Take a little from what a label claims: from 1 evenly to all, or, for several, towards 0.5.

    Source: Szegedy et al., Rethinking the Inception Architecture (2016), section 7.
    """
    even = 0.5 if head == "sigmoid" else 1 / targets.shape[1]
    kept = np.float32(1 - asked.label_smoothing)
    return np.asarray(targets * kept + np.float32(asked.label_smoothing * even), np.float32)
