"""Precision, recall and F1 of each genre: by hand, and beside scikit-learn's."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from sklearn.metrics import f1_score, precision_score, recall_score

from genred_train.evaluation.genres import genre_figures

NAMES = ["blues", "jazz", "rock", "pop"]
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), min_size=1)


def test_by_hand() -> None:
    found = genre_figures([("a",), ("a",), ("b",), ("b",)], ["a", "b", "b", "b"])
    a, b = found.genres["a"], found.genres["b"]
    assert a.precision is not UNSET
    assert b.precision is not UNSET
    assert [a.recall.value, a.precision.value, a.f1.value] == pytest.approx([0.5, 1.0, 2 / 3])
    assert [b.recall.value, b.precision.value, b.f1.value] == pytest.approx([1.0, 2 / 3, 0.8])
    assert (a.tracks, a.said, b.tracks, b.said) == (2, 1, 2, 3)
    assert found.macro_f1.value == pytest.approx((2 / 3 + 0.8) / 2)


@settings(max_examples=30)
@given(PAIRS)
def test_as_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    true, said = [t for t, _ in pairs], [s for _, s in pairs]
    found = genre_figures([(t,) for t in true], said)
    for genre, own in found.genres.items():
        known = {"labels": [genre], "average": "macro", "zero_division": 0}
        assert own.recall.value == pytest.approx(recall_score(true, said, **known))
        assert own.f1.value == pytest.approx(f1_score(true, said, **known))
        if own.precision is not UNSET:
            assert own.precision.value == pytest.approx(precision_score(true, said, **known))
            assert own.precision.low <= own.precision.value <= own.precision.high
    of_data = sorted(set(true))
    macro = f1_score(true, said, labels=of_data, average="macro", zero_division=0)
    assert found.macro_f1.value == pytest.approx(macro)
    assert found.macro_f1.low <= found.macro_f1.value <= found.macro_f1.high


def test_a_genre_that_was_never_said_has_no_precision() -> None:
    found = genre_figures([("a",), ("b",)], ["b", "b"]).genres["a"]
    assert found.precision is UNSET
    assert (found.recall.value, found.f1.value) == (0.0, 0.0)


def test_a_genre_that_the_model_lacks_counts_nought() -> None:
    found = genre_figures([("electronic",), ("b",)], ["b", "b"])
    assert found.macro_f1.value == pytest.approx((0 + 2 / 3) / 2)


@settings(max_examples=20)
@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_tracks_does_not_matter(
    pairs: list[tuple[str, str]], shuffler: random.Random
) -> None:
    mixed = list(pairs)
    shuffler.shuffle(mixed)
    one, other = (genre_figures([(t,) for t, _ in p], [s for _, s in p]) for p in (pairs, mixed))
    assert one.macro_f1.value == pytest.approx(other.macro_f1.value)
    values = {name: own.f1.value for name, own in one.genres.items()}
    assert values == pytest.approx({name: own.f1.value for name, own in other.genres.items()})


def test_a_track_of_two_genres_counts_in_both() -> None:
    found = genre_figures([("a", "b"), ("a",)], ["b", "a"]).genres
    assert found["a"].recall.value == 0.5
    assert found["b"].recall.value == 1.0
    assert np.isfinite(found["b"].f1.low)
