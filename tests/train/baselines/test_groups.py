"""Groups found without labels, and how their agreement with labels is counted."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.errors import UsageError
from genred_train.baselines.groups import (
    METHODS,
    by_size,
    groups,
    principal,
    purity,
    show_groups,
    standardised,
)
from genred_train.collection.clips import Clips

ASSIGNED = st.lists(st.integers(0, 5), min_size=1, max_size=30)


@pytest.mark.parametrize("method", METHODS)
def test_what_sounds_apart_is_put_apart(method: str, low_high: Clips) -> None:
    found = groups(low_high, 2, method)
    assert found.purity == 1
    assert found.adjusted_rand == pytest.approx(1)
    assert found.normalised_mutual_information == pytest.approx(1)
    assert sorted(map(sum, found.table)) == [10, 10]


def test_labels_are_not_looked_at_to_find_groups(low_high: Clips) -> None:
    mixed = replace(low_high, targets=low_high.targets[np.random.default_rng(0).permutation(20)])
    found, other = groups(low_high, 3), groups(mixed, 3)
    assert found.assigned == other.assigned
    assert found.points == other.points
    assert np.array(found.table).sum() == 20


@given(ASSIGNED)
def test_groups_are_numbered_by_size_and_stay_the_same_groups(assigned: list[int]) -> None:
    before, after = np.array(assigned), by_size(np.array(assigned))
    counts = np.bincount(after)
    assert (np.diff(counts) <= 0).all()
    np.testing.assert_array_equal(before[:, None] == before, after[:, None] == after)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=30))
def test_purity_is_the_share_of_each_groups_majority(clips: list[tuple[int, int]]) -> None:
    table = np.zeros((6, 3), np.int64)
    for group, genre in clips:
        table[group, genre] += 1
    majorities = [Counter(y for g, y in clips if g == group).most_common(1) for group in range(6)]
    right = sum(found[0][1] for found in majorities if found)
    assert purity(table) == pytest.approx(right / len(clips))


def test_principal_components_keep_distances_and_order() -> None:
    table = standardised(np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32))
    found = principal(table, 4)
    np.testing.assert_allclose(found @ found.T, table @ table.T, atol=1e-9)
    assert (np.diff(found.std(axis=0)) <= 0).all()
    assert principal(table[:, :1], 2).shape == (9, 2)


def test_a_feature_that_never_changes_is_0() -> None:
    found = standardised(np.array([[1, 5], [3, 5]], np.float32))
    np.testing.assert_allclose(found, [[-1, 0], [1, 0]])


@pytest.mark.parametrize("k", [0, 1, 21])
def test_groups_that_can_not_be_are_one_line(k: int, low_high: Clips) -> None:
    with pytest.raises(UsageError, match=rf"{k} groups of 20 clips .*; choose 2 to 20"):
        groups(low_high, k)


def test_an_unknown_method_names_the_known(low_high: Clips) -> None:
    with pytest.raises(UsageError, match="choose k-means or gaussian-mixture"):
        groups(low_high, 2, "magic")


def test_the_picture_is_the_same_again(low_high: Clips, tmp_path: Path) -> None:
    first, again = tmp_path / "first.svg", tmp_path / "again.svg"
    assert show_groups(low_high, 3, plot=first) == show_groups(low_high, 3, plot=again)
    assert first.read_bytes() == again.read_bytes()
    assert first.stat().st_size > 5000


def test_clips_that_are_all_the_same_make_no_noise(low_high: Clips) -> None:
    same = replace(low_high.pick([0] * 6), ids=list("abcdef"))
    assert sum(map(sum, groups(same, 3).table)) == 6


def test_a_picture_of_another_format_is_refused_before_the_work(low_high: Clips) -> None:
    with pytest.raises(UsageError, match=r"\.png or \.svg"):
        show_groups(low_high, 3, plot=Path("groups.bmp"))
