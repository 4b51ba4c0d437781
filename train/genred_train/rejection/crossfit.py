"""Scores of what was not fitted on, and thresholds that are tried where they were not set."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.model.metadata import Rejection
from genred.model.scores import EMBEDDING, score
from genred_train.rejection.head import Head, fit_head, fit_width
from genred_train.rejection.sample import Sample
from genred_train.rejection.turning import lowest_share, rejected_windows, turning_points

_Numbers = NDArray[np.float64]
_HALVES = 2


class Curve(NamedTuple):
    """From a score to a chance."""

    threshold: float
    width: float


class Tried(NamedTuple):
    """What thresholds do that were set on the other half."""

    tracks: NDArray[np.bool_]
    """rejected"""
    windows: NDArray[np.bool_]
    points: _Numbers
    """of each track: the threshold above which it is rejected"""


def sides(groups: NDArray[np.str_], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal groups out to `count` sides of about as many groups; return the side of each track."""
    names, place = np.unique(groups, return_inverse=True)
    dealt = rng.permutation(len(names)) % count
    return np.asarray(dealt[place], np.int64)


def whole_head(sample: Sample, apart: int, tracks: NDArray[np.bool_] | None = None) -> Head:
    """Fit a head to some tracks, else to all; of what fits, one window in `apart`.

    Raises GenredError where one side has no track.
    """
    own = np.ones(len(sample.fits), bool) if tracks is None else tracks
    _check_both(sample, own)
    of_window = sample.of_window
    first = np.cumsum(sample.lengths) - sample.lengths
    number = np.arange(len(of_window)) - first[of_window]
    fits = sample.fits[of_window]
    chosen = own[of_window] & (~fits | (number % apart == 0))
    embeddings = sample.outputs.embedding
    if embeddings is None:
        raise GenredError("the model gives no embedding to fit to")
    return fit_head(embeddings[chosen], fits[chosen], sample.window_weights()[chosen])


def held_out_scores(
    sample: Sample, kind: str, side: NDArray[np.int64], apart: int
) -> tuple[_Numbers, int]:
    """Return every window's score by a head that its side was kept from, and how many were fitted.

    A score that is not of the embedding has nothing to fit.
    """
    if kind != EMBEDDING:
        plain = Rejection(threshold=0.0, width=1.0, score=kind)  # type: ignore[arg-type]
        return score(sample.outputs, plain), 0
    embeddings = sample.outputs.embedding
    if embeddings is None:
        raise GenredError("the model gives no embedding to fit to")
    found = np.zeros(len(sample.of_window))
    for own in np.unique(side):
        head = whole_head(sample, apart, side != own)
        held = (side == own)[sample.of_window]
        found[held] = embeddings[held] @ head.weights + head.bias
    return found, len(np.unique(side))


def curve(sample: Sample, scores: _Numbers, own: NDArray[np.bool_], passing: float) -> Curve | None:
    """Fit the width to some tracks, and the threshold so that the share `passing` of them passes.

    None where the score is no higher for what fits. Raises GenredError where one side has no track.
    """
    _check_both(sample, own)
    windows = own[sample.of_window]
    fits = sample.fits[sample.of_window][windows]
    width = fit_width(scores[windows], fits, sample.window_weights()[windows])
    if not width:
        return None
    points = turning_points(
        scores[windows], sample.outputs.probabilities[windows], sample.lengths[own], width
    )
    fitting = sample.fits[own]
    weights = sample.track_weights()[own][fitting]
    return Curve(lowest_share(points[fitting], weights, 1 - passing), width)


def tried(
    sample: Sample, scores: _Numbers, half: NDArray[np.int64], passing: float
) -> Tried | None:
    """Set a curve on each half and try it on the other; None where a half teaches nothing."""
    of_window, claims = sample.of_window, sample.outputs.probabilities
    tracks, windows = np.zeros(len(sample.fits), bool), np.zeros(len(of_window), bool)
    points = np.zeros(len(sample.fits))
    for number in range(_HALVES):
        own = half == number
        found = curve(sample, scores, ~own, passing)
        if found is None:
            return None
        held = own[of_window]
        points[own] = turning_points(scores[held], claims[held], sample.lengths[own], found.width)
        tracks[own] = points[own] < found.threshold
        windows[held] = rejected_windows(scores[held], claims[held], *found)
    return Tried(tracks, windows, points)


def _check_both(sample: Sample, own: NDArray[np.bool_]) -> None:
    if not (sample.fits & own).any() or not (~sample.fits & own).any():
        raise GenredError("too few recordings to tell what fits from what does not: give more")
