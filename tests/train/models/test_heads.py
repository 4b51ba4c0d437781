"""Thresholds of a sigmoid head are the best there are on the data that tunes them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from f1 import f1_scores
from genred_train.models.heads import tune_thresholds, untuned

SHARES = st.lists(
    st.tuples(st.integers(0, 20).map(lambda k: k / 20), st.booleans()), min_size=1, max_size=30
)


def tables(pairs: list[tuple[float, bool]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.array([[p] for p, _ in pairs]), np.array([[float(is_so)] for _, is_so in pairs])


@given(SHARES)
def test_no_threshold_does_better(pairs: list[tuple[float, bool]]) -> None:
    probabilities, targets = tables(pairs)
    (tuned,) = tune_thresholds(probabilities, targets)
    best = f1_scores(probabilities >= tuned, targets)
    for other in np.linspace(0, 1, 81):
        assert f1_scores(probabilities >= other, targets) <= best + 1e-12
    assert 0 <= tuned <= 1


@given(SHARES, st.randoms(use_true_random=False))
def test_order_does_not_matter(pairs: list[tuple[float, bool]], random: object) -> None:
    mixed = list(pairs)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert tune_thresholds(*tables(pairs)) == tune_thresholds(*tables(mixed))


def test_half_is_kept_where_it_is_as_good() -> None:
    probabilities = np.array([[0.9, 0.30], [0.6, 0.20], [0.4, 0.10], [0.1, 0.05]])
    targets = np.array([[1, 1], [1, 1], [0, 0], [0, 0]])
    np.testing.assert_allclose(tune_thresholds(probabilities, targets), [0.5, 0.15])


def test_a_label_that_nothing_has_stays_at_half_and_is_told() -> None:
    probabilities, targets = np.array([[0.9, 0.2], [0.8, 0.7]]), np.array([[0, 1], [0, 1]])
    np.testing.assert_allclose(tune_thresholds(probabilities, targets), [0.5, 0.1])
    assert untuned(targets) == [0]
