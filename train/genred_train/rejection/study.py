"""How well each score tells what fits from what does not, and the rejection made of the best."""

from typing import get_args, get_type_hints

import msgspec
import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.model.metadata import Figure, Rejection
from genred.model.scores import EMBEDDING
from genred_train.evaluation.bootstrap import ratio
from genred_train.evaluation.ranking import area
from genred_train.rejection.crossfit import (
    Tried,
    curve,
    held_out_scores,
    sides,
    tried,
    whole_head,
)
from genred_train.rejection.sample import Sample

SCORES: tuple[str, ...] = get_args(get_type_hints(Rejection)["score"])
_PARTS = 5
_HALVES = 2
_KINDS_AT_ONCE = 8
"""parts that kinds are left out in: each is a fit"""


class ScoreFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One score; thresholds were set on one half, figures are of the other."""

    score: str
    area: float
    """under the ROC curve, of windows"""
    track_area: float
    passes: Figure
    """tracks that fit and pass"""
    rejects: Figure
    """tracks that do not fit and are rejected"""
    window_passes: Figure
    window_rejects: Figure


class KindFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of what does not fit."""

    rejects: Figure
    new: Figure | None
    """the same where nothing of the kind was fitted on; None where the score needs no fit"""


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """What was tried, and what came of it."""

    name: str
    passing: float
    rejection: Rejection
    scores: list[ScoreFigures]
    passes: dict[str, Figure]
    """by collection"""
    kinds: dict[str, KindFigures]
    new: Figure | None
    """all kinds, each where nothing of it was fitted on"""
    new_passes: Figure | None
    """what passes beside that"""


def study(name: str, sample: Sample, passing: float, apart: int, seed: int) -> Study:
    """Try all scores, and fit the rejection by the best one; it lets the share `passing` pass.

    `apart`: windows from one that shares no frame with another. Raises GenredError where no score
    is higher for what fits.
    """
    rng = np.random.default_rng(seed)
    parts, half = sides(sample.groups, _PARTS, rng), sides(sample.groups, _HALVES, rng)
    found: dict[str, tuple[ScoreFigures, Tried]] = {}
    for score in SCORES:
        if score == EMBEDDING and sample.outputs.embedding is None:
            continue
        scores, _ = held_out_scores(sample, score, parts, apart)
        outcome = tried(sample, scores, half, passing)
        if outcome is not None:
            found[score] = _figures(score, sample, scores, outcome, seed), outcome
    if not found:
        raise GenredError(
            f"{name}: no score of this model tells what fits from what does not; leave it out"
        )
    best = max(found, key=lambda score: found[score][0].track_area)
    figures, outcome = found[best]
    new = _kind_by_kind(sample, passing, apart, rng) if best == EMBEDDING else None
    return Study(
        name=name,
        passing=passing,
        rejection=_rejection(sample, best, parts, passing, apart, figures),
        scores=[figures for figures, _ in found.values()],
        passes=_by_kind(sample, sample.fits, ~outcome.tracks, seed),
        kinds=_kinds(sample, outcome, new, seed),
        new=_share(new.tracks[~sample.fits], seed) if new else None,
        new_passes=_share(~new.tracks[sample.fits], seed) if new else None,
    )


def _rejection(
    sample: Sample,
    score: str,
    parts: NDArray[np.int64],
    passing: float,
    apart: int,
    figures: ScoreFigures,
) -> Rejection:
    """Fit to all there is; the curve goes by scores of what was held out."""
    scores, _ = held_out_scores(sample, score, parts, apart)
    found = curve(sample, scores, np.ones(len(sample.fits), bool), passing)
    if found is None:
        raise GenredError(f"{score} is no higher for what fits")
    head = whole_head(sample, apart) if score == EMBEDDING else None
    plain = Rejection(
        threshold=found.threshold,
        width=found.width,
        passes=figures.passes,
        rejects=figures.rejects,
    )
    return msgspec.structs.replace(
        plain,
        score=score,
        weights=head.weights.tolist() if head else [],
        bias=head.bias if head else 0.0,
    )


def _kind_by_kind(
    sample: Sample, passing: float, apart: int, rng: np.random.Generator
) -> Tried | None:
    """Try on kinds of which nothing was fitted on."""
    groups = np.where(sample.fits, sample.groups, sample.kinds)
    count = min(_KINDS_AT_ONCE, len(np.unique(sample.kinds[~sample.fits])))
    if count < _HALVES:
        return None
    kept = sides(groups, count, rng)
    own = np.unique(sample.kinds[~sample.fits])
    # By turns, so that no part lacks a kind.
    turn = {kind: number % count for number, kind in enumerate(rng.permutation(own).tolist())}
    others = ~sample.fits
    kept[others] = [turn[kind] for kind in sample.kinds[others].tolist()]
    scores, _ = held_out_scores(sample, EMBEDDING, kept, apart)
    half = sides(sample.groups, _HALVES, rng)
    half[others] = kept[others] % _HALVES
    return tried(sample, scores, half, passing)


def _figures(
    score: str, sample: Sample, scores: NDArray[np.float64], outcome: Tried, seed: int
) -> ScoreFigures:
    fits, of_window = sample.fits, sample.fits[sample.of_window]
    return ScoreFigures(
        score=score,
        area=_area(of_window, scores),
        track_area=_area(fits, outcome.points),
        passes=_share(~outcome.tracks[fits], seed),
        rejects=_share(outcome.tracks[~fits], seed),
        window_passes=_windows(sample, fits, ~outcome.windows, seed),
        window_rejects=_windows(sample, ~fits, outcome.windows, seed),
    )


def _area(fits: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    return float(area(fits, score, np.ones((1, len(score))))[0])


def _share(right: NDArray[np.bool_], seed: int) -> Figure:
    return ratio(right.astype(np.float64), np.ones(len(right)), len(right), seed)


def _windows(sample: Sample, own: NDArray[np.bool_], right: NDArray[np.bool_], seed: int) -> Figure:
    counts = np.bincount(sample.of_window, right, len(sample.fits))[own].astype(np.float64)
    lengths = sample.lengths[own]
    return ratio(counts, lengths.astype(np.float64), int(lengths.sum()), seed)


def _by_kind(
    sample: Sample, own: NDArray[np.bool_], right: NDArray[np.bool_], seed: int
) -> dict[str, Figure]:
    kinds = np.unique(sample.kinds[own]).tolist()
    return {kind: _share(right[own & (sample.kinds == kind)], seed) for kind in kinds}


def _kinds(sample: Sample, outcome: Tried, new: Tried | None, seed: int) -> dict[str, KindFigures]:
    others = ~sample.fits
    known = _by_kind(sample, others, outcome.tracks, seed)
    fresh = _by_kind(sample, others, new.tracks, seed) if new else {}
    return {kind: KindFigures(rejects=known[kind], new=fresh.get(kind)) for kind in known}
