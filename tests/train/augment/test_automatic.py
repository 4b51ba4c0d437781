"""Automatic gain on samples: what it leaves of a step, how soon, and what it leaves alone."""

import numpy as np
import pytest
from numpy.typing import NDArray

from genred_train.augment.automatic import evened_out

RATE = 8000


def tone(*levels_db: float, each_s: float = 4.0) -> NDArray[np.float32]:
    """A tone that has each level in turn."""
    time_s = np.arange(round(each_s * RATE)) / RATE
    parts = [10 ** (level / 20) * np.sin(2 * np.pi * 500 * time_s) for level in levels_db]
    return np.concatenate(parts).astype(np.float32)


def level_db(samples: NDArray[np.float32]) -> float:
    return float(20 * np.log10(np.std(samples)))


def test_an_even_level_is_left_alone() -> None:
    found = evened_out(tone(-20), RATE, ratio=4, attack_s=0.01, release_s=0.5)
    np.testing.assert_allclose(found, tone(-20), atol=1e-4)


def test_of_a_step_its_ratio_is_left() -> None:
    found = evened_out(tone(-10, -22), RATE, ratio=4, attack_s=0.01, release_s=0.2)
    first, second = found[RATE : 4 * RATE], found[6 * RATE : 8 * RATE]
    assert level_db(first) - level_db(second) == pytest.approx(12 / 4, abs=0.1)


def test_it_turns_down_sooner_than_up() -> None:
    settings = {"ratio": 10.0, "attack_s": 0.02, "release_s": 1.0}
    found = evened_out(tone(-10, -22, -10), RATE, **settings)
    soon = RATE // 4
    up = level_db(found[4 * RATE : 4 * RATE + soon]) - level_db(found[7 * RATE : 8 * RATE])
    down = level_db(found[8 * RATE + soon : 8 * RATE + 2 * soon]) - level_db(found[-RATE:])
    assert up < -6
    assert abs(down) < 0.5


def test_a_gain_goes_through_and_silence_stays() -> None:
    settings = {"ratio": 3.0, "attack_s": 0.02, "release_s": 0.3}
    found = evened_out(tone(-10, -30), RATE, **settings)
    louder = evened_out(tone(-10, -30) * np.float32(4), RATE, **settings)
    np.testing.assert_allclose(louder, 4 * found, atol=1e-4)
    silent = np.zeros(5000, np.float32)
    np.testing.assert_array_equal(evened_out(silent, RATE, **settings), silent)
    assert evened_out(silent[:0], RATE, **settings).size == 0
    assert evened_out(silent[:3], RATE, **settings).size == 3


def test_it_turns_up_by_20_db_at_most() -> None:
    found = evened_out(tone(-10, -70), RATE, ratio=10, attack_s=0.01, release_s=0.1)
    assert level_db(found[-RATE:]) == pytest.approx(-70 - 3.01 + 20, abs=0.1)
