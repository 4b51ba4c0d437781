"""Live figures on a stream whose answers are known."""

import numpy as np
import pytest

from fakes import LABELS, metadata
from genred.parameters import Tracking
from genred_train.evaluation.streams import Stream, live_figures

STEP_S = 12 * 914 / 22050
PIECES = ["blues", "jazz", "jazz", "rock"]
WINDOWS = 40  # of each piece, 20 s


def stream(said: list[str]) -> Stream:
    """Windows that are sure of what `said` names, one for each window."""
    windows = np.array([np.where(np.array(LABELS) == name, 0.9, 0.05) for name in said])
    return Stream(
        windows=windows.astype(np.float32),
        ends_s=np.arange(1, len(said) + 1, dtype=np.float64) * STEP_S,
        starts_s=np.arange(len(PIECES), dtype=np.float64) * (WINDOWS * STEP_S),
        labels=PIECES,
    )


def test_who_is_always_right_is_right_and_soon() -> None:
    found = live_figures(
        stream([name for name in PIECES for _ in range(WINDOWS)]), metadata(), Tracking()
    )
    assert found.right_share == 1.0
    assert found.false_changes_per_hour == 0.0
    assert found.noticed_share == 1.0
    assert STEP_S <= found.overtook_median_s <= found.noticed_median_s < 6


def test_false_changes_and_missed_cuts_are_counted() -> None:
    said = [name for name in PIECES for _ in range(WINDOWS)]
    said[15:30] = ["rock"] * 15  # inside the first piece: to rock, and back
    said[3 * WINDOWS :] = ["jazz"] * WINDOWS  # the last cut is never noticed
    found = live_figures(stream(said), metadata(), Tracking())
    assert found.false_changes_per_hour * found.hours == pytest.approx(2)
    assert found.noticed_share == pytest.approx(2 / 3)
    assert 0.5 < found.right_share < 0.75
