"""Shares of labelled units for each side, every label in proportion: iterative stratification.

Source: Sechidis, Tsoumakas, Vlahavas, On the Stratification of Multi-Label Data (ECML 2011), with
units (artists) of several tracks, and with a unit of each label for each side where there are
enough of them.
"""

import numpy as np
from numpy.typing import NDArray

_ATTEMPTS = 10


def allocate(
    counts: NDArray[np.int64], shares: NDArray[np.float64], seed: int
) -> NDArray[np.int64]:
    """Give each unit a side: indices into `shares`, which are positive and sum to 1.

    `counts` (units, labels): tracks of each label in each unit, each unit with at least one. With
    one track of one label in each unit, a side's tracks of a label are within one of their share.
    Where units overlap, a label may still lack on a side: the best of a few tries is returned.
    """
    tries = (_allocated(counts, shares, (seed, attempt)) for attempt in range(_ATTEMPTS))
    best, least = np.zeros(len(counts), np.int64), counts.shape[1] * len(shares) + 1
    for sides in tries:
        missing = int(lacking(counts, sides, len(shares)).sum())
        if missing < least:
            best, least = sides, missing
        if not missing:
            break
    return best


def lacking(counts: NDArray[np.int64], sides: NDArray[np.int64], n_sides: int) -> NDArray[np.bool_]:
    """(sides, labels): whether a label that occurs has no track on a side."""
    tracks = np.stack([counts[sides == side].sum(axis=0) for side in range(n_sides)])
    return np.asarray((tracks == 0) & (counts.sum(axis=0) > 0))


class _Todo:
    """What each side still wants, while units find their side one by one."""

    def __init__(self, counts: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
        self._units = (counts > 0).sum(axis=0)
        """of each label, those without a side yet"""
        self._wanted = _wanted(counts.sum(axis=0), self._units, shares)
        self._bare = np.tile(self._units >= len(shares), (len(shares), 1))
        """(sides, labels): has none of the label, though there is one for each side"""

    def rarest(self) -> int:
        """Return the label of which the fewest units are left; they are the hardest to place."""
        return int(np.where(self._units > 0, self._units, np.iinfo(np.int64).max).argmin())

    def take(self, unit: NDArray[np.int64], label: int, rng: np.random.Generator) -> int:
        """Choose the side that wants the label most, then the one that wants most at all."""
        able = np.flatnonzero(self._able(unit, label))
        wanted = np.round(self._wanted[able], 9)  # or rounding would break what are ties
        best = np.lexsort((rng.random(len(able)), wanted.sum(axis=1), wanted[:, label]))[-1]
        side = int(able[best])
        self._wanted[side] -= unit
        self._units -= unit > 0
        self._bare[side, unit > 0] = False
        return side

    def _able(self, unit: NDArray[np.int64], label: int) -> NDArray[np.bool_]:
        """Sides that may have the unit: those it is the last hope of, if there are any."""
        last_hope = (unit > 0) & (self._units <= self._bare.sum(axis=0))
        sides: NDArray[np.bool_] = np.logical_and.reduce(self._bare[:, last_hope], axis=1)
        if sides.any():
            return sides
        own: NDArray[np.bool_] = self._bare[:, label]
        return own if last_hope[label] and own.any() else np.ones_like(own)


def _wanted(
    tracks: NDArray[np.int64], units: NDArray[np.int64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(sides, labels): tracks that each side should have, one at least where there are enough."""
    exact = shares[:, None] * tracks
    enough = units >= len(shares)
    raised = np.where(enough, np.maximum(exact, 1), exact)
    spare = raised - np.minimum(raised, 1)
    excess = raised.sum(axis=0) - tracks
    return np.asarray(raised - spare * excess / np.maximum(spare.sum(axis=0), 1e-12))


def _allocated(
    counts: NDArray[np.int64], shares: NDArray[np.float64], seed: tuple[int, int]
) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    todo = _Todo(counts, shares)
    shuffled = rng.permutation(len(counts))
    # Large units first: the small ones then fill what is left.
    order = shuffled[np.argsort(-counts[shuffled].sum(axis=1), kind="stable")]
    sides = np.full(len(counts), -1)
    while (sides < 0).any():
        label = todo.rarest()
        for unit in order[(counts[order, label] > 0) & (sides[order] < 0)]:
            sides[unit] = todo.take(counts[unit], label, rng)
    return sides
