"""The distance between two Gaussians: against the textbook, and what any such distance holds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from genred_train.baselines.gaussian import RIDGE_DB2, Gaussians, divergence

SEEDS = st.integers(0, 2**32 - 1)
FRAMES = st.integers(1, 40)


def rows(seed: int, frames: int = 30, d: int = 4) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(frames, d)) @ rng.normal(size=(d, d)) * rng.uniform(0.1, 20)
    return (mixed + rng.normal(size=d) * 10).astype(np.float32)


def kl(a: Gaussians, b: Gaussians) -> float:
    """KL(a, b) as textbooks have it, determinants and all."""
    apart = b.means[0] - a.means[0]
    inverse = np.linalg.inv(b.covariances[0])
    log_ratio = np.linalg.slogdet(b.covariances[0])[1] - np.linalg.slogdet(a.covariances[0])[1]
    trace = np.trace(inverse @ a.covariances[0])
    return float(trace + apart @ inverse @ apart - len(apart) + log_ratio) / 2


@given(SEEDS, FRAMES, FRAMES)
def test_it_is_the_textbooks_both_ways(seed: int, m: int, n: int) -> None:
    a, b = Gaussians.of([rows(seed, m)]), Gaussians.of([rows(seed + 1, n)])
    np.testing.assert_allclose(divergence(a, b), kl(a, b) + kl(b, a), rtol=1e-6, atol=1e-6)


@given(SEEDS, FRAMES)
def test_it_is_symmetric_never_negative_and_0_for_itself(seed: int, frames: int) -> None:
    known = Gaussians.of([rows(seed, frames), rows(seed + 1), rows(seed + 2)])
    table = np.stack([divergence(known[i : i + 1], known) for i in range(3)])
    assert (table >= 0).all()
    np.testing.assert_allclose(table, table.T, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(np.diag(table), 0, atol=1e-6)


@given(SEEDS)
def test_turning_both_changes_nothing(seed: int) -> None:
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(4, 4)))[0].astype(np.float32)
    pair = [rows(seed), rows(seed + 1)]
    straight, turned = Gaussians.of(pair), Gaussians.of([one @ turn for one in pair])
    np.testing.assert_allclose(
        divergence(straight[:1], straight), divergence(turned[:1], turned), rtol=1e-3, atol=1e-6
    )


def test_a_sound_that_never_changes_has_a_distance_all_the_same() -> None:
    still, moved = np.zeros((50, 4), np.float32), np.ones((1, 4), np.float32)
    known = Gaussians.of([still, moved])
    # Both have only the ridge: 4 dimensions, 1 dB apart in each, seen from both sides.
    np.testing.assert_allclose(divergence(known[:1], known), [0, 4 / RIDGE_DB2])
