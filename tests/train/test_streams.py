"""Live figures on a stream whose answers are known."""

import weakref
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec import UNSET

from clip_makers import ListedLevels, loud_band_clips
from fakes import LABELS, FakeModel, metadata
from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred.model.metadata import Rejection
from genred.parameters import Tracking
from genred_train.cli import figures
from genred_train.collection.clips import Clips
from genred_train.evaluation.streams import LiveFigures, Stream, join, live_figures
from genred_train.features.rows import to_rows, window_starts

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
    assert found.overtook_median_s is not None
    assert found.noticed_median_s is not UNSET
    assert STEP_S <= found.overtook_median_s <= found.noticed_median_s < 6


def test_false_changes_and_missed_cuts_are_counted() -> None:
    said = [name for name in PIECES for _ in range(WINDOWS)]
    said[15:30] = ["rock"] * 15  # inside the first piece: to rock, and back
    said[3 * WINDOWS :] = ["jazz"] * WINDOWS  # the last cut is never noticed
    found = live_figures(stream(said), metadata(), Tracking())
    assert found.false_changes_per_hour * found.hours == pytest.approx(2)
    assert found.noticed_share == pytest.approx(2 / 3)
    assert found.right_share is not UNSET
    assert 0.5 < found.right_share < 0.75


def one_piece() -> Stream:
    return replace(stream(["blues"] * WINDOWS), starts_s=np.zeros(1), labels=["blues"])


def test_who_is_sure_and_right_is_well_calibrated_and_who_is_sure_and_wrong_is_not() -> None:
    right, wrong = (
        live_figures(replace(one_piece(), windows=said.windows), metadata(), Tracking())
        for said in (stream([name] * WINDOWS) for name in ("blues", "rock"))
    )
    assert right.confidence_error is not UNSET
    assert wrong.confidence_error is not UNSET
    assert right.confidence_error < 0.1
    assert wrong.confidence_error > 0.9
    assert f"calibration error of the confidence {right.confidence_error:.3f} (" in figures.live(
        right
    )


def test_what_is_rejected_is_no_genre_of_the_stream() -> None:
    described = metadata(not_music=Rejection(threshold=0.5, width=0.1))
    heard = one_piece()
    noisy = replace(heard, rejected=[{"not_music": 0.99}] * WINDOWS)
    assert live_figures(heard, described, Tracking()).right_share == 1.0
    assert live_figures(noisy, described, Tracking()).right_share == 0.0


def never_right() -> LiveFigures:
    said = ["rock"] * (3 * WINDOWS)
    return live_figures(
        replace(stream(said), starts_s=np.array([0.0, 20.0, 40.0]), labels=PIECES[:3]),
        metadata(),
        Tracking(),
    )


def test_what_never_came_has_no_delay_at_all() -> None:
    found = never_right()
    assert (found.noticed_share, found.overtook_median_s) == (0.0, None)
    assert (found.noticed_median_s, found.noticed_p95_s) == (UNSET, UNSET)
    assert "noticed_median_s" not in msgspec.to_builtins(found)
    told = figures.live(found)
    assert "change never noticed; right 0.0%" in told
    assert "0.0 s" not in told


def test_pieces_that_end_before_anyone_expects_a_label_have_no_share_that_was_right() -> None:
    short = replace(stream(["blues"] * 8), starts_s=np.zeros(1), labels=["blues"])
    found = live_figures(short, metadata(), Tracking())
    assert found.right_share is UNSET
    assert "no piece lasts long enough" in figures.live(found)


SPEC = FeatureSpec(n_mels=20, n_mfcc=8, window_frames=24, interval_frames=10)


def fake() -> FakeModel:
    """Say three shares that follow from all of a window."""
    described = metadata(labels=["g0", "g1", "g2"], spec=SPEC)
    return FakeModel(lambda rows: np.abs(rows).mean(axis=0)[1:4].tolist(), described)


def clips(*frames: int) -> Clips:
    made = loud_band_clips(clips=len(frames), n_mels=20, frames=max(frames))
    levels = [made.levels_db(clip)[:length] for clip, length in enumerate(frames)]
    return replace(made, levels=ListedLevels(levels))


@pytest.mark.parametrize("frames", [(96, 5, 33, 24), (1300, 700), (24,), (20, 20)])
def test_joined_clips_are_heard_as_if_they_were_one(frames: tuple[int, ...]) -> None:
    some, model = clips(*frames), fake()
    found = join(model, some, np.random.default_rng(3))  # type: ignore[arg-type]
    order = np.random.default_rng(3).permutation(len(some))
    rows = to_rows(np.concatenate([some.levels_db(int(clip)) for clip in order]), SPEC)
    starts = window_starts(len(rows), SPEC)
    whole = [rows[start : start + 24] for start in starts]
    np.testing.assert_allclose(model.heard, whole, rtol=1e-5, atol=1e-4)
    ends = (np.array(starts) * SPEC.hop_length + SPEC.window_samples) / SPEC.sample_rate
    np.testing.assert_array_equal(found.ends_s, ends)
    assert found.labels == [some.label(int(clip)) for clip in order]


@dataclass(frozen=True)
class Held(ListedLevels):
    """Counts the clips whose bands are held by anyone."""

    most: list[int] = field(default_factory=list)
    given: list[Any] = field(default_factory=list)

    def __getitem__(self, clip: int) -> np.ndarray:
        fresh = self.clips[clip].copy()
        self.given.append(weakref.ref(fresh))
        self.most.append(sum(one() is not None for one in self.given))
        return fresh


def test_joining_holds_two_clips_in_memory_however_many_there_are() -> None:
    some = clips(*[60] * 12)
    held = Held([some.levels_db(clip) for clip in range(12)])
    join(fake(), replace(some, levels=held), np.random.default_rng(0))  # type: ignore[arg-type]
    assert len(held.most) == 12
    assert max(held.most) <= 2


def test_clips_that_fill_no_window_are_one_line() -> None:
    with pytest.raises(GenredError, match="all clips together are shorter than a window"):
        join(fake(), clips(9, 9), np.random.default_rng(0))  # type: ignore[arg-type]
