"""Groups of clips found without their labels, and how far they agree with them.

A clip is its `classical` features, standardised. Agreement with labels says what a collection's
genres have to do with its sound, not how good a model of it could be.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from genred.errors import UsageError
from genred_train.baselines.classical import window_features
from genred_train.baselines.windows import below_maximum
from genred_train.collection.clips import Clips

Method = Literal["k-means", "gaussian-mixture"]
METHODS: tuple[str, ...] = get_args(Method)
STARTS = 10
"""of each method, from different places: the best is kept"""
_REGULAR = 1e-2
_AXES = 8
"""principal components that a mixture is fitted to: its covariances have as many as squares"""


@dataclass(frozen=True)
class Groups:
    """Which group each clip is in, and what the groups have to do with the genres."""

    method: str
    k: int
    seed: int
    ids: list[str]
    genres: list[str]
    labels: list[int]
    """index of each clip's genre (its first, where it has several)"""
    assigned: list[int]
    """group of each clip, 0 the largest"""
    table: list[list[int]]
    """clips of each group (row) that are of each genre (column)"""
    purity: float
    """share of clips that are of their group's most frequent genre; 1 if k reaches the clips"""
    adjusted_rand: float
    """1 for the same partition, about 0 for chance"""
    normalised_mutual_information: float
    """1 for the same partition, above 0 for chance"""
    points: list[tuple[float, float]]
    """first two principal components of each clip's features, for a picture"""


def show_groups(
    clips: Clips, k: int, method: str = "k-means", seed: int = 0, plot: Path | None = None
) -> Groups:
    """Find groups and, with `plot`, draw them into a .png or .svg beside the genres."""
    if plot is None:
        return groups(clips, k, method, seed)
    # Matplotlib takes a second, and most who ask for groups want the table.
    from genred_train.plots.groups import draw_groups  # noqa: PLC0415
    from genred_train.plots.style import check_out  # noqa: PLC0415

    check_out(plot)
    found = groups(clips, k, method, seed)
    draw_groups(found, plot)
    return found


def groups(clips: Clips, k: int, method: str = "k-means", seed: int = 0) -> Groups:
    """Find `k` groups; raises UsageError for a `k` or a method that can't be."""
    _check(clips, k, method)
    features = standardised(np.stack([clip_features(clips, clip) for clip in range(len(clips))]))
    points = principal(features, 2)
    assigned = by_size(_assigned(features, k, method, seed))
    return _compared(clips, assigned, method, k, seed, points)


def clip_features(clips: Clips, clip: int) -> NDArray[np.float32]:
    """Classical features of a whole clip, (features,)."""
    features = window_features(below_maximum(clips.levels_db(clip))[None], clips.spec)
    return np.asarray(features[0], np.float32)


def standardised(table: NDArray[np.float32]) -> NDArray[np.float64]:
    """Columns with mean 0 and deviation 1; those that never change become 0."""
    deviation = table.std(axis=0, dtype=np.float64)
    centred = table - table.mean(axis=0, dtype=np.float64)
    return np.asarray(centred / np.where(deviation > 0, deviation, 1.0))


def principal(table: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """First principal components of centred rows: (rows, count), 0 beyond their rank.

    Their signs are those that make the entry of largest size in each axis positive.
    """
    _, _, axes = np.linalg.svd(table, full_matrices=False)
    axes = axes[:count]
    largest = np.abs(axes).argmax(axis=1)
    axes = axes * np.sign(axes[np.arange(len(axes)), largest])[:, None]
    return np.pad(table @ axes.T, ((0, 0), (0, count - len(axes))))


def by_size(assigned: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give groups other numbers, the largest first, whatever a method called them."""
    names, first, counts = np.unique(assigned, return_index=True, return_counts=True)
    order = sorted(range(len(names)), key=lambda group: (-counts[group], first[group]))
    place = {names[group]: number for number, group in enumerate(order)}
    return np.array([place[group] for group in assigned], np.int64)


def purity(table: NDArray[np.int64]) -> float:
    """Share of all clips that are of the most frequent genre of their group (row)."""
    return float(table.max(axis=1).sum() / table.sum())


def _assigned(features: NDArray[np.float64], k: int, method: str, seed: int) -> NDArray[np.int64]:
    # Imported late, as below. Clips that sound alike make fewer groups: no fault of anyone's.
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = _learner(k, method, seed).fit_predict(_reduced(features, method))
    return np.asarray(found, np.int64)


def _reduced(features: NDArray[np.float64], method: str) -> NDArray[np.float64]:
    return features if method == "k-means" else principal(features, _AXES)


def _learner(k: int, method: str, seed: int) -> Any:
    # scikit-learn takes a second, and a description without groups needs none of it.
    from sklearn.cluster import KMeans  # noqa: PLC0415
    from sklearn.mixture import GaussianMixture  # noqa: PLC0415

    if method == "k-means":
        return KMeans(k, n_init=STARTS, random_state=seed)
    return GaussianMixture(k, n_init=STARTS, reg_covar=_REGULAR, random_state=seed)


def _compared(
    clips: Clips,
    assigned: NDArray[np.int64],
    method: str,
    k: int,
    seed: int,
    points: NDArray[np.float64],
) -> Groups:
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score  # noqa: PLC0415

    table = np.zeros((k, len(clips.genres)), np.int64)
    np.add.at(table, (assigned, clips.y), 1)
    return Groups(
        method=method,
        k=k,
        seed=seed,
        ids=clips.ids,
        genres=clips.genres,
        labels=clips.y.tolist(),
        assigned=assigned.tolist(),
        table=table.tolist(),
        purity=purity(table),
        adjusted_rand=float(adjusted_rand_score(clips.y, assigned)),
        normalised_mutual_information=float(normalized_mutual_info_score(clips.y, assigned)),
        points=[(float(x), float(y)) for x, y in points],
    )


def _check(clips: Clips, k: int, method: str) -> None:
    if method not in METHODS:
        raise UsageError(f"no method {method!r} to find groups; choose {' or '.join(METHODS)}")
    if not 2 <= k <= len(clips):  # noqa: PLR2004 - one group tells nothing
        raise UsageError(
            f"{k} groups of {len(clips)} clips ({clips.name}); choose 2 to {len(clips)}"
        )
