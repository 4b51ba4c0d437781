"""Batches of augmented windows, each drawn from a generator of its own seed, epoch and number."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.augment.spectral import Strength, mixed_up, varied
from genred_train.collection.clips import Clips
from genred_train.features.ranges import Ranges
from genred_train.features.rows import to_channels, to_rows


def normalised(
    levels_db: NDArray[np.float32], spec: FeatureSpec, ranges: Ranges
) -> NDArray[np.float32]:
    """Turn windows (n, frames, n_mels) in dB into a model's input (n, *spec.input_shape)."""
    rows = (to_rows(levels_db, spec) - ranges.offset) / ranges.scale
    return to_channels(rows.astype(np.float32), spec)


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """An epoch takes each clip `windows_per_clip` times, in random order."""

    def __init__(
        self,
        clips: Clips,
        spec: FeatureSpec,
        ranges: Ranges,
        *,
        n_labels: int,
        seed: int,
        batch_size: int = 64,
        windows_per_clip: int = 5,
        label_smoothing: float = 0.1,
        mixup_alpha: float = 0.3,
        strength: Strength | None = None,
    ) -> None:
        super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8)
        self._clips, self._spec, self._ranges = clips, spec, ranges
        self._seed, self._epoch = seed, 0
        self._windows_per_clip = windows_per_clip
        self._batch_size = min(batch_size, windows_per_clip * len(clips))
        self._mixup_alpha, self._strength = mixup_alpha, strength or Strength()
        even = label_smoothing / n_labels
        self._targets = clips.targets * np.float32(1 - label_smoothing) + np.float32(even)
        self._order = self._shuffled()

    def __len__(self) -> int:
        return self._order.size // self._batch_size

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        rng = np.random.default_rng([self._seed, self._epoch, index])
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        frames = self._spec.window_frames
        drawn = [
            varied(self._clips.levels_db(clip), frames, self._strength, rng) for clip in chosen
        ]
        mixed, targets = mixed_up(np.stack(drawn), self._targets[chosen], self._mixup_alpha, rng)
        return normalised(mixed, self._spec, self._ranges), targets

    def on_epoch_end(self) -> None:
        """Go on to the next epoch's windows."""
        self._epoch += 1
        self._order = self._shuffled()

    def start_at(self, epoch: int) -> None:
        """Draw what a run that was not interrupted would draw in this epoch."""
        self._epoch = epoch
        self._order = self._shuffled()

    def _shuffled(self) -> NDArray[np.int64]:
        all_clips = np.repeat(np.arange(len(self._clips)), self._windows_per_clip)
        return np.random.default_rng([self._seed, self._epoch]).permutation(all_clips)
