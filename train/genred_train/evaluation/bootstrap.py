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
_NO_WIDTH = 1e-9
"""of an interval: rounding alone"""
_Z = 1.959963984540054
"""97.5 % quantile of the normal law"""

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


def figure(value: float, span: NDArray[np.float64], n: int, tracks: int | None = None) -> Figure:
    """Put a share, 0 to 1, and its quantiles (2,) together; an interval always holds its value.

    Where all draws gave the same, they tell nothing: four right of four are not all of any four.
    Then it is Wilson's interval over `tracks`, n unless given.
    """
    low, high = (float(end) for end in span)
    if high - low < _NO_WIDTH:
        low, high = wilson(value, n if tracks is None else tracks)
    return Figure(value=value, low=min(low, value), high=max(high, value), n=n)


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the ends of the 95 % interval of a share of n independent tracks.

    Of n that are all right: n / (n + 1.96^2) to 1. Source: Wilson, Probable inference, the law of
    succession, and statistical inference (1927).
    """
    wide = _Z * _Z / n
    middle = (share + wide / 2) / (1 + wide)
    half = np.sqrt(wide * share * (1 - share) + wide * wide / 4) / (1 + wide)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def ratio(right: NDArray[np.float64], count: NDArray[np.float64], n: int, seed: int = 0) -> Figure:
    """Sum of `right` (tracks,) over that of `count` (tracks,), with its interval; n for show."""
    value, span = _shares(right, count, seed)
    return figure(value, span, n, tracks=len(right))


def difference(
    gained: NDArray[np.float64], count: NDArray[np.float64], n: int, seed: int = 0
) -> Figure:
    """Like `ratio`, of what one of two models has right beyond the other: -1 to 1.

    Where all draws gave the same, as many may differ as Wilson's interval lets; where none does,
    to either side.
    """
    value, (low, high) = _shares(gained, count, seed)
    if high - low < _NO_WIDTH:
        ends = wilson(abs(value), len(gained))
        low, high = sorted(np.sign(value) * end for end in ends) if value else (-ends[1], ends[1])
    return Figure(value=value, low=min(float(low), value), high=max(float(high), value), n=n)


def _shares(
    part: NDArray[np.float64], count: NDArray[np.float64], seed: int
) -> tuple[float, NDArray[np.float64]]:
    """Return a share and its quantiles (2,) over draws."""

    def share(drawn: Weights) -> NDArray[np.float64]:
        return ((drawn @ part) / (drawn @ count))[:, None]

    return float(part.sum() / count.sum()), intervals(len(part), share, seed)[:, 0]
