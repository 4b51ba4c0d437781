"""Intervals by drawing tracks again: what a figure would be on other tracks of the same kind.

Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), percentile intervals.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from genred.model.metadata import Figure

DRAWS = 2000
_CELLS = 2_000_000
"""tracks times draws in memory at once"""

Weights = NDArray[np.float64]
"""(draws, tracks): how often each draw has each track"""


def weights(n: int, seed: int) -> Iterator[Weights]:
    """Draw n of n tracks with replacement, `DRAWS` times; yield some draws at a time."""
    rng = np.random.default_rng(seed)
    at_once = max(1, _CELLS // n)
    for first in range(0, DRAWS, at_once):
        drawn = rng.integers(0, n, (min(at_once, DRAWS - first), n))
        yield np.stack([np.bincount(draw, minlength=n) for draw in drawn]).astype(np.float64)


def intervals(
    n: int, statistic: Callable[[Weights], NDArray[np.float64]], seed: int = 0
) -> NDArray[np.float64]:
    """Return the 2.5 % and 97.5 % quantiles, (2, figures), of a statistic over drawn tracks.

    `statistic` takes weights (draws, n) and returns (draws, figures); draws in which it is not
    defined are NaN and left out. What is defined in none gives 0.
    """
    drawn = np.concatenate([statistic(some) for some in weights(n, seed)])
    drawn[:, np.isnan(drawn).all(axis=0)] = 0.0
    return np.asarray(np.nanquantile(drawn, (0.025, 0.975), axis=0))


def figure(value: float, span: NDArray[np.float64], n: int) -> Figure:
    """Put a value and its quantiles (2,) together; an interval always holds its value."""
    low, high = (float(end) for end in span)
    return Figure(value=value, low=min(low, value), high=max(high, value), n=n)


def ratio(right: NDArray[np.float64], count: NDArray[np.float64], n: int, seed: int = 0) -> Figure:
    """Sum of `right` (tracks,) over that of `count` (tracks,), with its interval; n for show."""
    value = float(right.sum() / count.sum())

    def share(drawn: Weights) -> NDArray[np.float64]:
        return ((drawn @ right) / (drawn @ count))[:, None]

    return figure(value, intervals(len(right), share, seed)[:, 0], n)
