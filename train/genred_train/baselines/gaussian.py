"""A clip as one Gaussian of its MFCC, and how far two of them are apart.

The distance is the Kullback-Leibler divergence both ways, KL(a, b) + KL(b, a): symmetric, 0 only
between equals, no metric. Source: Mandel and Ellis, Song-Level Features and SVMs (2005).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

RIDGE_DB2 = 0.01
"""Added to every variance, in dB squared: a clip of too few frames, or of one sound that never
changes, has a singular covariance. It is what rounding to bytes does to arrays anyway."""


@dataclass(frozen=True)
class Gaussians:
    """`n` Gaussians of `d` dimensions."""

    means: NDArray[np.float64]
    """(n, d)"""
    covariances: NDArray[np.float64]
    """(n, d, d), positive definite"""
    precisions: NDArray[np.float64]
    """(n, d, d), their inverses"""

    def __len__(self) -> int:
        return len(self.means)

    def __getitem__(self, which: slice) -> "Gaussians":
        return Gaussians(self.means[which], self.covariances[which], self.precisions[which])

    @classmethod
    def of(cls, clips: Sequence[NDArray[np.float32]]) -> Self:
        """Fit one to the rows (frames, d) of each clip, a frame or more; `RIDGE_DB2` is added."""
        means = np.stack([rows.mean(axis=0, dtype=np.float64) for rows in clips])
        spreads = [rows - mean for rows, mean in zip(clips, means, strict=True)]
        covariances = np.stack([spread.T @ spread / len(spread) for spread in spreads])
        covariances += RIDGE_DB2 * np.eye(means.shape[1])
        return cls(means, covariances, np.linalg.inv(covariances))


def divergence(one: Gaussians, others: Gaussians) -> NDArray[np.float64]:
    """KL both ways between the first of `one` and each of `others`: (n,), in nats, none below 0.

    Of two Gaussians the logarithms of the determinants cancel: half of tr(B' A) + tr(A' B) - 2 d +
    (a - b) (A' + B') (a - b), where A' is the inverse of the covariance A and a the mean.
    """
    apart = others.means - one.means[0]
    traces = np.einsum("nij,ij->n", others.precisions, one.covariances[0])
    traces += np.einsum("nij,ij->n", others.covariances, one.precisions[0])
    both = others.precisions + one.precisions[0]
    distance = np.einsum("ni,nij,nj->n", apart, both, apart)
    # Rounding may leave an equal a trifle below 0.
    return np.asarray(np.maximum(0.0, (traces - 2 * apart.shape[1] + distance) / 2))
