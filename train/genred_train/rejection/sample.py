"""Tracks that fit and tracks that do not, side by side, with what each of their windows weighs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genred.model.scores import Outputs
from genred_train.rejection.sounds import Sounds, joined


@dataclass(frozen=True)
class Sample:
    """One entry a track, but for `outputs`: (windows, ...), track after track."""

    fits: NDArray[np.bool_]
    kinds: NDArray[np.str_]
    groups: NDArray[np.str_]
    lengths: NDArray[np.int64]
    """windows"""
    outputs: Outputs

    @property
    def of_window(self) -> NDArray[np.int64]:
        """Track of each window."""
        return np.repeat(np.arange(len(self.fits)), self.lengths)

    def track_weights(self) -> NDArray[np.float64]:
        """Both sides weigh alike, on each its kinds, of each kind its tracks; 1 in the mean."""
        names = np.char.add(np.where(self.fits, "fits ", "not "), self.kinds)
        found, place, counts = np.unique(names, return_inverse=True, return_counts=True)
        fitting = np.char.startswith(found, "fits ")
        sides = np.where(fitting, fitting.sum(), (~fitting).sum())
        weights = 1.0 / (counts * sides)[place]
        return np.asarray(weights / weights.mean())

    def window_weights(self) -> NDArray[np.float64]:
        """Weights of tracks, shared out among their windows; 1 in the mean."""
        weights = (self.track_weights() / self.lengths)[self.of_window]
        return np.asarray(weights / weights.mean())


def sample(fitting: Sequence[tuple[Sounds, NDArray[np.bool_]]], others: Sequence[Sounds]) -> Sample:
    """Put sounds together: of those that fit, the tracks that are chosen; of the others, all."""
    all_others = [(sounds, np.ones(len(sounds.heard), bool)) for sounds in others]
    chosen = [(sounds, np.flatnonzero(own)) for sounds, own in [*fitting, *all_others]]
    heard = [sounds.heard[track] for sounds, own in chosen for track in own]
    sides = [len(own) for _, own in chosen]
    return Sample(
        fits=np.repeat([True] * len(fitting) + [False] * len(others), sides),
        kinds=np.array([sounds.kinds[track] for sounds, own in chosen for track in own]),
        groups=np.array([sounds.groups[track] for sounds, own in chosen for track in own]),
        lengths=np.array([len(one.logits) for one in heard]),
        outputs=joined(heard),
    )
