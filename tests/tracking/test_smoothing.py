"""The sticky filter and the average: sums, symmetries, and how fast they follow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from genred.parameters import Tracking
from genred.tracking.smoothing import Average, StickyFilter

INTERVAL_S = 12 * 914 / 22050


def window(*shares: float) -> NDArray[np.float64]:
    return np.array(shares) / sum(shares)


windows = st.lists(
    st.lists(st.floats(0, 1), min_size=3, max_size=3).filter(lambda w: sum(w) > 0.01),
    min_size=1,
    max_size=20,
)


@given(windows)
def test_a_posterior_sums_to_one(heard: list[list[float]]) -> None:
    smoother = StickyFilter(Tracking(), INTERVAL_S, 3)
    for shares in heard:
        posterior = smoother.step(window(*shares), fresh=False)
        assert posterior.sum() == pytest.approx(1.0)
        assert np.isfinite(posterior).all()
        assert (posterior > 0).all()


@given(windows, st.permutations([0, 1, 2]))
def test_permuted_labels_permute_the_posterior(heard: list[list[float]], order: list[int]) -> None:
    straight = StickyFilter(Tracking(), INTERVAL_S, 3)
    turned = StickyFilter(Tracking(), INTERVAL_S, 3)
    for shares in heard:
        posterior = straight.step(window(*shares), fresh=False)
        permuted = turned.step(window(*shares)[order], fresh=False)
        np.testing.assert_allclose(permuted, posterior[order], rtol=1e-9)


def test_the_first_window_counts_whole() -> None:
    smoother = StickyFilter(Tracking(), INTERVAL_S, 3)
    np.testing.assert_allclose(smoother.step(window(8, 1, 1), fresh=True), [0.8, 0.1, 0.1])


def test_later_windows_count_their_new_part() -> None:
    tracking = Tracking(evidence=1 / 6, stability_s=1e9)
    smoother = StickyFilter(tracking, INTERVAL_S, 2)
    smoother.step(window(1, 1), fresh=True)
    posterior = smoother.step(window(0.8, 0.2), fresh=False)
    assert posterior[0] / posterior[1] == pytest.approx(4 ** (1 / 6))


def test_one_wild_window_rules_nothing_out() -> None:
    smoother = StickyFilter(Tracking(likelihood_floor=0.01), INTERVAL_S, 2)
    posterior = smoother.step(window(1.0, 0.0), fresh=True)
    assert posterior[1] == pytest.approx(0.01 / 1.01)


def test_without_news_it_forgets_with_its_time_constant() -> None:
    tracking = Tracking(stability_s=10.0)
    smoother = StickyFilter(tracking, INTERVAL_S, 2)
    before = smoother.step(window(9, 1), fresh=True)[0] - 0.5
    steps = round(10.0 / INTERVAL_S)
    for _ in range(steps):
        posterior = smoother.step(window(1, 1), fresh=False)
    # Two states forget at twice the rate of leaving: exp(-t / tau) each way.
    stay = np.exp(-INTERVAL_S / 10.0)
    assert posterior[0] - 0.5 == pytest.approx(before * (2 * stay - 1) ** steps)


def test_a_single_state_is_certain() -> None:
    smoother = StickyFilter(Tracking(), INTERVAL_S, 1)
    assert smoother.step(window(1.0), fresh=True).tolist() == [1.0]
    assert smoother.step(window(1.0), fresh=False).tolist() == [1.0]


def test_reset_forgets() -> None:
    smoother = StickyFilter(Tracking(), INTERVAL_S, 2)
    smoother.step(window(9, 1), fresh=True)
    smoother.reset()
    np.testing.assert_allclose(smoother.step(window(1, 1), fresh=True), [0.5, 0.5])


def test_the_average_reaches_63_percent_in_its_time_constant() -> None:
    average = Average(Tracking(average_s=5.0), INTERVAL_S)
    average.step(np.array([0.0]), fresh=True)
    steps = round(5.0 / INTERVAL_S)
    for _ in range(steps):
        share = average.step(np.array([1.0]), fresh=False)
    assert share[0] == pytest.approx(1 - np.exp(-steps * INTERVAL_S / 5.0))
