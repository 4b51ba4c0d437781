"""Teachers' answers as targets of a fit: standardised, and none where a clip has none.

Source: regression on a teacher's representation, Romero et al., FitNets: Hints for Thin Deep Nets
(2015).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred_train.collection.targets import Targets

_LEAST_SPREAD = 1e-6
Standard = tuple[NDArray[np.float32], NDArray[np.float32]]
"""mean and deviation of each value of a group"""


@dataclass(frozen=True)
class Answered:
    """Answers to the clips of one file."""

    targets: Targets
    ids: Sequence[str]
    """of the clips that are fitted on"""
    scale: str
    """those of one name are standardised together"""


class Told(NamedTuple):
    """What teachers say of one window."""

    values: NDArray[np.float32]
    """(dims,), standardised; 0 where nothing is known"""
    known: NDArray[np.float32]
    """(dims,), 1 or 0"""


class Answers:
    """Answers for the clips of a fit, by their ids; all groups of values one after the other."""

    def __init__(self, answered: Sequence[Answered]) -> None:
        """Raise GenredError for clips without answers and for groups that differ in size."""
        self._owner: dict[str, Answered] = {}
        for one in answered:
            one.targets.check(one.ids)
            self._owner |= dict.fromkeys(one.ids, one)
        self._slices = _slices(answered)
        self.dims = max((part.stop for part in self._slices.values()), default=0)
        alike: dict[str, list[Answered]] = {}
        for one in answered:
            alike.setdefault(one.scale, []).append(one)
        self._standards = {
            (scale, group): _standard(those, group)
            for scale, those in alike.items()
            for group in sorted({name for one in those for name in one.targets.groups})
        }

    def standing(self) -> dict[str, tuple[slice, Standard]]:
        """Tell where each group of values stands, and its first scale's mean and deviation."""
        first: dict[str, Standard] = {}
        for (_, group), standard in self._standards.items():
            first.setdefault(group, standard)
        return {group: (self._slices[group], standard) for group, standard in first.items()}

    def of(self, clip_id: str, middle_frame: float, window_frames: int) -> Told:
        """Return what is known of a window of a clip, by the frame that its middle is from."""
        values, known = (np.zeros(self.dims, np.float32) for _ in range(2))
        one = self._owner.get(clip_id)
        if one is not None:
            start = max(0, round(middle_frame - window_frames / 2))
            for group in one.targets.groups:
                part, (mean, deviation) = self._slices[group], self._standards[one.scale, group]
                said = _window(one.targets, clip_id, group, start)
                values[part] = (said - mean) / deviation
                known[part] = 1
        return Told(values, known)


def _window(targets: Targets, clip_id: str, group: str, start: int) -> NDArray[np.float32]:
    """Take the last answer for what begins after it: arrays may be some frames longer."""
    found, clip = targets.groups[group], targets.place(clip_id)
    if not found.per_window:
        return found[clip]
    return found.window(clip, min(round(start / targets.interval_frames), found.windows(clip) - 1))


def _slices(answered: Sequence[Answered]) -> dict[str, slice]:
    """Where each group of values stands; groups in alphabetical order."""
    sizes: dict[str, int] = {}
    for one in answered:
        for name, group in one.targets.groups.items():
            if sizes.setdefault(name, group.dims) != group.dims:
                raise GenredError(
                    f"{one.targets.name}: {name} has {group.dims} values, in other files "
                    f"{sizes[name]}; take answers of one teacher"
                )
    slices, first = {}, 0
    for name in sorted(sizes):
        slices[name] = slice(first, first + sizes[name])
        first += sizes[name]
    return slices


def _standard(answered: Sequence[Answered], group: str) -> Standard:
    """Mean and deviation of what is said of the clips that are fitted on."""
    found = [
        np.atleast_2d(one.targets.groups[group][one.targets.place(clip)])
        for one in answered
        if group in one.targets.groups
        for clip in one.ids
    ]
    every = np.concatenate(found)
    return every.mean(axis=0), np.maximum(every.std(axis=0), _LEAST_SPREAD)
