"""Figures for several genres at once, by track: ranking of each label, and what thresholds give.

A label is said of a track when the mean of its windows' probabilities reaches its threshold.
"""

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from genred.model.metadata import Figure
from genred_train.evaluation.bootstrap import Weights, figure, intervals, ratio
from genred_train.evaluation.figures import Truth
from genred_train.evaluation.ranking import Roc, area, average_precision, roc


class LabelFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How one label fares by itself."""

    tracks: int
    """that are of it"""
    auc: float | UnsetType = UNSET
    """absent where all tracks are of it, or none is"""
    roc: Roc | UnsetType = UNSET
    average_precision: float | UnsetType = UNSET
    """absent where no track is of it"""
    threshold: float | UnsetType = UNSET
    """absent, with what follows, for a softmax head"""
    precision: float | UnsetType = UNSET
    """absent where nothing reaches the threshold"""
    recall: float | UnsetType = UNSET
    f1: float | UnsetType = UNSET


class SeveralFigures(msgspec.Struct, frozen=True, kw_only=True):
    """All labels together; what needs thresholds is absent for a softmax head."""

    labels: dict[str, LabelFigures]
    mean_average_precision: Figure
    """over the labels that some track is of"""
    mean_auc: float | UnsetType = UNSET
    macro_f1: float | UnsetType = UNSET
    """over the labels that some track is of"""
    micro_f1: float | UnsetType = UNSET
    """of all (track, label) pairs together"""
    example_accuracy: Figure | UnsetType = UNSET
    """mean over tracks of common labels / labels of either; 1 where there is neither.
    Source: Godbole and Sarawagi, Discriminative Methods for Multi-labeled Classification (2004)"""
    exact_match: Figure | UnsetType = UNSET
    """share of tracks with exactly their labels"""


def several_figures(
    said: NDArray[np.float64],
    truth: Truth,
    labels: list[str],
    thresholds: dict[str, float] | None,
    seed: int = 0,
) -> SeveralFigures:
    """Compare mean probabilities (tracks, labels) with the truth; no thresholds: ranking only."""
    bars = None if thresholds is None else [thresholds[label] for label in labels]
    found = {
        label: _of_label(said[:, n], truth[:, n], None if bars is None else bars[n])
        for n, label in enumerate(labels)
    }
    areas = [label.auc for label in found.values() if label.auc is not UNSET]
    ranked = SeveralFigures(
        labels=found,
        mean_average_precision=_mean_average_precision(said, truth, seed),
        mean_auc=float(np.mean(areas)) if areas else UNSET,
    )
    return ranked if bars is None else _at(ranked, said >= np.array(bars), truth, seed)


def _of_label(
    said: NDArray[np.float64], truth: NDArray[np.bool_], bar: float | None
) -> LabelFigures:
    once = np.ones((1, len(said)))
    both = truth.any() and not truth.all()
    ranked = LabelFigures(
        tracks=int(truth.sum()),
        auc=float(area(truth, said, once)[0]) if both else UNSET,
        roc=roc(truth, said) if both else UNSET,
        average_precision=(
            float(average_precision(truth, said, once)[0]) if truth.any() else UNSET
        ),
    )
    if bar is None:
        return ranked
    claim = said >= bar
    right = (claim & truth).sum()
    return msgspec.structs.replace(
        ranked,
        threshold=bar,
        precision=float(right / claim.sum()) if claim.any() else UNSET,
        recall=float(right / truth.sum()) if truth.any() else UNSET,
        f1=_f1(claim, truth) if truth.any() else UNSET,
    )


def _at(
    ranked: SeveralFigures, claim: NDArray[np.bool_], truth: Truth, seed: int
) -> SeveralFigures:
    """Add what the labels above their thresholds (tracks, labels) give."""
    n = len(truth)
    either = (claim | truth).sum(axis=1)
    common = np.where(either, (claim & truth).sum(axis=1), 1) / np.maximum(either, 1)
    exact = (claim == truth).all(axis=1).astype(np.float64)
    each = [label.f1 for label in ranked.labels.values() if label.f1 is not UNSET]
    return msgspec.structs.replace(
        ranked,
        macro_f1=float(np.mean(each)) if each else UNSET,
        micro_f1=_f1(claim, truth),
        example_accuracy=ratio(common, np.ones(n), n, seed),
        exact_match=ratio(exact, np.ones(n), n, seed),
    )


def _f1(claim: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return float(2 * (claim & truth).sum() / max(1, claim.sum() + truth.sum()))


def _mean_average_precision(said: NDArray[np.float64], truth: Truth, seed: int) -> Figure:
    present = np.flatnonzero(truth.any(axis=0))

    def mean(drawn: Weights) -> NDArray[np.float64]:
        each = [average_precision(truth[:, n], said[:, n], drawn) for n in present]
        defined = ~np.isnan(each)
        with np.errstate(invalid="ignore"):
            return np.asarray(np.nansum(each, axis=0) / defined.sum(axis=0))[:, None]

    value = float(mean(np.ones((1, len(said))))[0, 0])
    return figure(value, intervals(len(said), mean, seed)[:, 0], len(said))
