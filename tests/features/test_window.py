"""FrameWindow: every window whole, on time, and no more copied than must be."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from genred.features.spec import FeatureSpec
from genred.features.window import FrameWindow


def rows(count: int, start: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.repeat(np.arange(start, start + count, dtype=np.float32)[:, None], 128, axis=1)


@given(
    st.integers(1, 30),
    st.integers(1, 30),
    st.lists(st.integers(0, 50), max_size=12),
)
def test_any_cut_gives_every_window_in_order(frames: int, interval: int, cuts: list[int]) -> None:
    interval = min(interval, frames)
    window = FrameWindow(FeatureSpec(window_frames=frames, interval_frames=interval))
    seen: list[list[float]] = []
    at = 0
    for count in cuts:
        seen += [found[:, 0].tolist() for found in window.push(rows(count, at))]
        at += count
    starts = range(0, at - frames + 1, interval)
    assert seen == [[float(start + i) for i in range(frames)] for start in starts]


def test_the_newest_window_is_a_view() -> None:
    window = FrameWindow(FeatureSpec())
    *earlier, newest = window.push(rows(72 + 24))
    assert newest.base is not None
    assert all(found.base is None for found in earlier)


def test_what_is_short_of_a_window_is_repeated() -> None:
    window = FrameWindow(FeatureSpec())
    assert window.repeated() is None
    window.push(rows(30))
    repeated = window.repeated()
    assert repeated is not None
    assert repeated[:, 0].tolist() == [float(i % 30) for i in range(72)]


def test_a_full_window_is_not_repeated() -> None:
    window = FrameWindow(FeatureSpec())
    window.push(rows(72))
    assert window.repeated() is None


def test_reset_forgets() -> None:
    window = FrameWindow(FeatureSpec())
    window.push(rows(71))
    window.reset()
    assert window.push(rows(71)) == []
