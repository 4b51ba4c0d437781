"""Precision, recall and F1 of each genre, by track, with intervals.

A track is said to be of the label with the highest mean probability. For tracks of several genres
at once that is one of them at best; `several` has what fits them.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from genred.model.metadata import Figure
from genred_train.evaluation.bootstrap import Weights, figure, intervals

_Flags = NDArray[np.float64]
"""(tracks, genres): 1 where a track is of a genre, or is said to be"""


class GenreFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How one genre fares among all."""

    tracks: int
    said: int
    """tracks that were said to be of it"""
    recall: Figure
    """share of its tracks that were said to be of it"""
    precision: Figure | UnsetType = UNSET
    """share of what was said to be of it that is; absent where nothing was"""
    f1: Figure


class AllGenres(msgspec.Struct, frozen=True, kw_only=True):
    """Each genre of the data, and the mean of their F1."""

    macro_f1: Figure
    """genres count alike; those that the model has no label for count 0"""
    genres: dict[str, GenreFigures]


def genre_figures(genres: Sequence[Sequence[str]], said: Sequence[str], seed: int = 0) -> AllGenres:
    """Compare the genres of each track with the label that was said of it."""
    names = sorted({genre for own in genres for genre in own})
    truth = np.array([[name in own for name in names] for own in genres], np.float64)
    claim = np.array([[name == label for name in names] for label in said], np.float64)
    n, width = len(said), len(names)
    values = _figures(np.ones((1, n)), truth, claim)[0]
    spans = intervals(n, lambda drawn: _figures(drawn, truth, claim), seed)
    tracks, claims = truth.sum(axis=0), claim.sum(axis=0)
    found = {
        name: _of_genre(values[g:-1:width], spans[:, g:-1:width], int(tracks[g]), int(claims[g]))
        for g, name in enumerate(names)
    }
    return AllGenres(macro_f1=figure(float(values[-1]), spans[:, -1], n), genres=found)


def _of_genre(
    values: NDArray[np.float64], spans: NDArray[np.float64], tracks: int, said: int
) -> GenreFigures:
    """Name precision, recall and F1 (3,) of one genre and their quantiles (2, 3)."""
    return GenreFigures(
        tracks=tracks,
        said=said,
        precision=figure(float(values[0]), spans[:, 0], said) if said else UNSET,
        recall=figure(float(values[1]), spans[:, 1], tracks),
        f1=figure(float(values[2]), spans[:, 2], tracks),
    )


def _figures(drawn: Weights, truth: _Flags, claim: _Flags) -> NDArray[np.float64]:
    """Precision, recall and F1 of all genres in each draw, then macro F1; NaN where 0 of 0."""
    right, is_so, is_said = drawn @ (truth * claim), drawn @ truth, drawn @ claim
    with np.errstate(invalid="ignore"):
        shares = [right / is_said, right / is_so, 2 * right / (is_so + is_said)]
        defined = is_so + is_said > 0
        macro = np.nansum(shares[2], axis=1) / defined.sum(axis=1)
    return np.concatenate([*shares, macro[:, None]], axis=1)
