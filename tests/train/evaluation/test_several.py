"""Several labels at once: by hand, and beside scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from numpy.typing import NDArray
from sklearn import metrics

from genred_train.evaluation.ranking import area, average_precision, roc
from genred_train.evaluation.several import several_figures

LABELS = ["a", "b", "c"]
ITEMS = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30)


def scored(items: list[tuple[bool, int]]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Few different scores: ties are what is easily got wrong."""
    return np.array([true for true, _ in items]), np.array([score / 5 for _, score in items])


def once(n: int) -> NDArray[np.float64]:
    return np.ones((1, n))


@given(ITEMS)
def test_average_precision_is_scikit_learns(items: list[tuple[bool, int]]) -> None:
    true, score = scored(items)
    found = average_precision(true, score, once(len(true)))[0]
    if true.any():
        assert found == pytest.approx(metrics.average_precision_score(true, score))
    else:
        assert np.isnan(found)


@given(ITEMS)
def test_the_area_and_the_curve_are_scikit_learns(items: list[tuple[bool, int]]) -> None:
    true, score = scored(items)
    found = area(true, score, once(len(true)))[0]
    if true.all() or not true.any():
        assert np.isnan(found)
        return
    assert found == pytest.approx(metrics.roc_auc_score(true, score))
    curve = roc(true, score)
    x, y, _ = metrics.roc_curve(true, score, drop_intermediate=False)
    assert set(zip(curve.false_positive, curve.true_positive, strict=True)) <= set(
        zip(x.tolist(), y.tolist(), strict=True)
    )
    assert np.trapezoid(curve.true_positive, curve.false_positive) == pytest.approx(found)


@given(ITEMS, st.data())
def test_a_weight_is_so_many_copies(items: list[tuple[bool, int]], data: st.DataObject) -> None:
    true, score = scored(items)
    n = len(true)
    times = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    copies = np.repeat(true, times), np.repeat(score, times)
    for figure in (area, average_precision):
        weighted = figure(true, score, times[None].astype(np.float64))[0]
        if len(copies[0]):
            copied = figure(*copies, once(len(copies[0])))[0]
            assert weighted == pytest.approx(copied, nan_ok=True)
        else:
            assert np.isnan(weighted)


@given(ITEMS)
def test_only_the_order_of_scores_matters(items: list[tuple[bool, int]]) -> None:
    true, score = scored(items)
    for figure in (area, average_precision):
        before, after = (figure(true, s, once(len(true)))[0] for s in (score, score**3 * 0.1))
        assert after == pytest.approx(before, nan_ok=True)


SAID = np.array([[0.9, 0.6, 0.1], [0.8, 0.2, 0.1], [0.3, 0.7, 0.1], [0.1, 0.4, 0.1]])
TRUTH = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [0, 0, 0]], bool)
HALVES = dict.fromkeys(LABELS, 0.5)


def test_thresholds_by_hand() -> None:
    found = several_figures(SAID, TRUTH, LABELS, HALVES)
    # The third track lacks a: one label of two; the last has none and is said to have none.
    assert found.example_accuracy is not UNSET
    assert found.exact_match is not UNSET
    assert found.example_accuracy.value == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert found.exact_match.value == 0.75
    a, b, c = (found.labels[label] for label in LABELS)
    assert [a.recall, a.precision, a.f1] == pytest.approx([2 / 3, 1.0, 0.8])
    assert (b.recall, b.precision, b.f1, b.auc) == (1.0, 1.0, 1.0, 1.0)
    assert c.tracks == 0
    assert (c.auc, c.roc, c.average_precision, c.precision, c.f1) == (UNSET,) * 5
    assert found.macro_f1 == pytest.approx(0.9)
    assert found.mean_average_precision.value == pytest.approx(1.0)


def test_thresholds_as_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random((60, 3)) < 0.3
    said = np.clip(truth * 0.3 + rng.random((60, 3)) * 0.7, 0, 1)
    found = several_figures(said, truth, LABELS, HALVES)
    claim = said >= 0.5
    assert found.macro_f1 == pytest.approx(metrics.f1_score(truth, claim, average="macro"))
    assert found.micro_f1 == pytest.approx(metrics.f1_score(truth, claim, average="micro"))
    mean = metrics.average_precision_score(truth, said, average="macro")
    assert found.mean_average_precision.value == pytest.approx(mean)
    assert found.mean_auc == pytest.approx(metrics.roc_auc_score(truth, said, average="macro"))
    some = (truth | claim).any(axis=1)
    common = metrics.jaccard_score(truth[some], claim[some], average="samples")
    assert found.example_accuracy is not UNSET
    assert found.example_accuracy.value == pytest.approx((common * some.sum() + (~some).sum()) / 60)
    span = found.mean_average_precision
    assert span.low < span.value < span.high


def test_without_thresholds_there_is_only_the_ranking() -> None:
    found = several_figures(SAID, TRUTH, LABELS, None)
    assert found.example_accuracy is UNSET
    assert found.macro_f1 is UNSET
    assert found.labels["a"].threshold is UNSET
    assert found.labels["a"].auc == 1.0


def test_permuted_labels_permute_the_figures() -> None:
    order = [2, 0, 1]
    other = several_figures(SAID[:, order], TRUTH[:, order], [LABELS[n] for n in order], HALVES)
    found = several_figures(SAID, TRUTH, LABELS, HALVES)
    assert other.labels == found.labels
    assert other.exact_match == found.exact_match
