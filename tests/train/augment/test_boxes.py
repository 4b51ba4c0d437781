"""Rooms that are made by the image-source method."""

import numpy as np
import pytest

from genred_train.augment.boxes import Box, drawn_box, response

RATE = 16000


def test_places_lie_in_the_room_and_a_seed_draws_it_again() -> None:
    for seed in range(50):
        box = drawn_box(np.random.default_rng(seed))
        assert box == drawn_box(np.random.default_rng(seed))
        assert "rings" in box.told
        for place in (box.source_m, box.microphone_m):
            assert all(0.4 <= at <= side - 0.4 for at, side in zip(place, box.size_m, strict=True))


def test_a_click_comes_straight_and_then_from_the_walls() -> None:
    pytest.importorskip("pyroomacoustics")
    box = Box((6.0, 5.0, 3.0), 0.5, (1.5, 2.2, 1.3), (4.5, 2.2, 1.3))
    heard = response(box, RATE).astype(np.float64)
    # 3 m at 343 m/s, and the library's own delay of 40 samples; reflections may meet and be louder.
    first = np.flatnonzero(np.abs(heard) > 0.3 * np.abs(heard).max())[0]
    assert int(first) == pytest.approx(40 + 3 / 343 * RATE, abs=2)
    energy = np.cumsum(heard[::-1] ** 2)[::-1]
    fallen_db = 10 * np.log10(energy / energy[0] + 1e-12)
    start, end = (int(np.argmax(fallen_db < level)) for level in (-5, -25))
    assert 3 * (end - start) / RATE == pytest.approx(0.5, rel=0.35)
