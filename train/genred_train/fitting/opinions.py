"""Genres of music that nobody labelled: what teachers' true answers tell of them.

A teacher heard the recording itself, so a linear model on its answers knows genres that a network
which hears our frames does not know yet. The network is told them as soft labels.

Source: learning from what is known only while fitting, Lopez-Paz et al., Unifying Distillation and
Privileged Information (2016).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from genred.errors import UsageError
from genred_train.collection.clips import Clips
from genred_train.collection.relabelled import labelled
from genred_train.collection.units import artist_key
from genred_train.evaluation.temperature import at_temperature, fit_temperature
from genred_train.fitting.answers import Answered

COST_OF_COMMON, COST_OF_ALL = 1.0, 0.02
"""inverse strength of regularisation, where only some kinds of answers are known and where all"""
SHARE_OF_ALL = 0.7
"""of the logarithm of a probability; the rest is by the kinds that all labelled clips have"""
FOLDS = 5
_LEAST = 1e-4
_ROUNDS = 300
_SPREAD = 1e-6

Table = NDArray[np.float64]


def opinions(train: Clips, answered: Sequence[Answered]) -> NDArray[np.float32]:
    """Say of each clip, (clips, labels), what genre its answers make likely; 0 without answers.

    Two logistic regressions on the mean and deviation of a clip's answers: one on the kinds of
    answers that all labelled clips have, one on all kinds, for clips that have them. A clip with a
    label is told of by what was fitted without its artist. Probabilities are calibrated on those.
    Raises UsageError where labelled clips have no answers in common.
    """
    tables = _tables(train, answered)
    known = labelled(train)
    heard = known & np.any([~np.isnan(table[:, 0]) for table in tables.values()], axis=0)
    common = [name for name, table in tables.items() if not np.isnan(table[heard, 0]).any()]
    if not common or not heard.any():
        raise UsageError("opinion = true: labelled clips need teachers' answers of a common kind")
    units = _units(train)
    by_common = _claims(_beside(tables, common), train, units, COST_OF_COMMON)
    result = by_common.probabilities
    if len(common) < len(tables):
        by_all = _claims(_beside(tables, list(tables)), train, units, COST_OF_ALL)
        result = _together(by_common, by_all)
    whole = np.asarray(~np.isnan(_beside(tables, list(tables))).any(axis=1))
    return _calibrated(result, train, whole)


@dataclass(frozen=True)
class _Claims:
    probabilities: Table
    """(clips, labels); not a number where a clip lacks what it is told by"""
    says: NDArray[np.bool_]
    """(labels,): those that it was fitted on"""


def _tables(train: Clips, answered: Sequence[Answered]) -> dict[str, Table]:
    """Describe clips by each kind of answers: (clips, values), standardised within a scale."""
    place = {clip: number for number, clip in enumerate(train.ids)}
    names = sorted({name for one in answered for name in one.targets.groups})
    tables: dict[str, Table] = {}
    for name in names:
        described: dict[str, tuple[list[int], list[NDArray[np.float32]]]] = {}
        for one in answered:
            group = one.targets.groups.get(name)
            rows, values = described.setdefault(one.scale, ([], []))
            for clip in one.ids if group is not None else ():
                rows.append(place[clip])
                values.append(_described(group[one.targets.place(clip)]))  # type: ignore[index]
        width = next(len(values[0]) for _, values in described.values() if values)
        table = np.full((len(train), width), np.nan)
        for rows, values in described.values():
            if rows:
                table[rows] = _standardised(np.stack(values).astype(np.float64))
        tables[name] = table
    return tables


def _described(said: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean and deviation over a clip's windows, or what is said of it whole."""
    return said if said.ndim == 1 else np.concatenate([said.mean(axis=0), said.std(axis=0)])


def _standardised(table: Table) -> Table:
    return np.asarray((table - table.mean(axis=0)) / np.maximum(table.std(axis=0), _SPREAD))


def _beside(tables: dict[str, Table], names: Sequence[str]) -> Table:
    return np.concatenate([tables[name] for name in names], axis=1)


def _units(train: Clips) -> NDArray[np.int64]:
    """Give a number to all clips by one artist, or of one track whose artist is unknown."""
    artists = train.artists or [""] * len(train)
    names = [
        artist_key(artist) or f"track {track}"
        for artist, track in zip(artists, train.tracks, strict=True)
    ]
    return np.unique(names, return_inverse=True)[1]


def _claims(table: Table, train: Clips, units: NDArray[np.int64], cost: float) -> _Claims:
    """Fit to all labelled clips for those without a label, and fold by fold for those with one."""
    has = ~np.isnan(table).any(axis=1)
    fitted = np.flatnonzero(has & labelled(train))
    y = train.y
    result = np.full((len(train), len(train.genres)), np.nan)
    others = np.flatnonzero(has & ~labelled(train))
    result[others] = _said(_fit(table[fitted], y[fitted], cost), table[others], len(train.genres))
    folds = min(FOLDS, len(np.unique(units[fitted])))
    for rest, apart in GroupKFold(folds).split(fitted, groups=units[fitted]):
        model = _fit(table[fitted[rest]], y[fitted[rest]], cost)
        result[fitted[apart]] = _said(model, table[fitted[apart]], len(train.genres))
    return _Claims(result, np.isin(np.arange(len(train.genres)), y[fitted]))


def _fit(table: Table, y: NDArray[np.int64], cost: float) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(C=cost, max_iter=_ROUNDS, class_weight="balanced")
        return model.fit(table, y)


def _said(model: Any, table: Table, labels: int) -> Table:
    result = np.full((len(table), labels), _LEAST)
    if len(table):
        result[:, model.classes_] = np.maximum(model.predict_proba(table), _LEAST)
    return np.asarray(result / result.sum(axis=1, keepdims=True))


def _together(by_common: _Claims, by_all: _Claims) -> Table:
    """Join both where both say something; labels that only one knows keep its probabilities."""
    common, every = by_common.probabilities, by_all.probabilities
    unknown = ~by_all.says
    joined = np.exp(SHARE_OF_ALL * np.log(every) + (1 - SHARE_OF_ALL) * np.log(common))
    joined[:, unknown] = 0
    left = 1 - common[:, unknown].sum(axis=1)
    joined *= (left / joined.sum(axis=1))[:, None]
    joined[:, unknown] = common[:, unknown]
    return np.asarray(np.where(np.isnan(every), common, joined))


def _calibrated(said: Table, train: Clips, whole: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Bring clips with all kinds of answers, and those with some, to what they mean each."""
    result = np.zeros(said.shape, np.float32)
    has = ~np.isnan(said[:, 0])
    for those in (has & whole, has & ~whole):
        judged = np.flatnonzero(those & labelled(train))
        rows = said[those].astype(np.float32)
        if len(judged):
            each = [said[[clip]].astype(np.float32) for clip in judged]
            temperature = fit_temperature(each, train.y[judged])
            rows = at_temperature(rows, temperature)
        result[those] = rows
    return result
