"""Which clips an epoch takes, and how much each genre counts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from genred_train.collection.clips import one_hot
from genred_train.fitting.order import evened, genre_weights, shuffled

counts = st.lists(st.integers(1, 30), min_size=1, max_size=6)


def targets_of(counts: list[int]) -> np.ndarray:
    y = np.repeat(np.arange(len(counts)), counts)
    return one_hot(y.astype(np.int64), len(counts))


@given(st.integers(1, 40), st.integers(1, 5), st.integers(0, 9))
def test_an_epoch_takes_every_clip_as_often(clips: int, times: int, seed: int) -> None:
    order = shuffled(clips, times, np.random.default_rng(seed))
    assert sorted(order) == sorted(list(range(clips)) * times)


@given(counts, st.integers(1, 200))
def test_evened_genres_come_equally_often(counts: list[int], drawn: int) -> None:
    targets = targets_of(counts)
    order = evened(targets, drawn, np.random.default_rng(0))
    often = targets[order].sum(axis=0)
    assert order.size == drawn
    assert often.max() - often.min() <= 1


@given(counts)
def test_weighted_genres_count_alike_and_a_clip_one_on_average(counts: list[int]) -> None:
    targets = targets_of(counts)
    weights = genre_weights(targets)
    np.testing.assert_allclose(weights * targets.sum(axis=0), sum(counts) / len(counts), rtol=1e-5)
    np.testing.assert_allclose((targets @ weights).mean(), 1, rtol=1e-5)


def test_a_genre_without_clips_has_no_weight() -> None:
    assert genre_weights(np.array([[1, 0], [1, 0]], np.float32)).tolist() == [1, 0]
