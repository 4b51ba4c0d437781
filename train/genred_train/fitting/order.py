"""Which clips an epoch takes, and how much each genre counts."""

import numpy as np
from numpy.typing import NDArray


def shuffled(clips: int, times: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Take every clip so many times, in random order."""
    return rng.permutation(np.repeat(np.arange(clips), times))


def evened(targets: NDArray[np.float32], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw `count` clips so that each genre comes equally often; `targets` is (clips, genres)."""
    members = [np.flatnonzero(column) for column in targets.T if column.any()]
    genres = rng.permutation(np.resize(np.arange(len(members)), count))
    return np.array([rng.choice(members[genre]) for genre in genres], np.int64)


def genre_weights(targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weight of each genre, so that all genres together count alike; the mean clip weighs 1.

    Source: scikit-learn's `balanced` rule, clips / (genres * clips of the genre).
    """
    counts = targets.sum(axis=0)
    present = counts > 0
    weights = np.zeros(counts.shape, np.float32)
    weights[present] = counts.sum() / (present.sum() * counts[present])
    return weights
