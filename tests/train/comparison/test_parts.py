"""Splits of a comparison: what each keeps apart, and what it lets leak."""

from dataclasses import replace

import pytest

from clip_makers import loud_band_clips
from genred.features.spec import FeatureSpec
from genred_train.collection.clips import Clips
from genred_train.comparison.grid import SplitName, Trial
from genred_train.comparison.parts import parts_of
from genred_train.fitting.options import FitOptions

SPEC = FeatureSpec(window_frames=24, interval_frames=12)


def two() -> tuple[Clips, Clips]:
    train, valid = loud_band_clips(seed=0), loud_band_clips(seed=1, clips=6)
    other = [f"other-{name}" for name in valid.ids]
    return train, replace(valid, ids=other, tracks=other)


def trial(split: SplitName, versions: int = 1) -> Trial:
    return Trial(row="r", column="c", split=split, options=FitOptions(), versions=versions)


def test_the_border_keeps_the_files_apart() -> None:
    train, valid = two()
    fitted_on, scored = parts_of(trial("border"), train, valid, SPEC)
    assert set(fitted_on.tracks) == set(train.ids)
    assert set(scored.tracks) == set(valid.ids)
    assert len(fitted_on) == 4 * len(train)


def test_by_track_no_track_is_on_both_sides() -> None:
    fitted_on, scored = parts_of(trial("track"), *two(), SPEC)
    assert not set(fitted_on.tracks) & set(scored.tracks)


@pytest.mark.parametrize("split", ["segments", "augmented-first"])
def test_leaky_splits_have_tracks_on_both_sides(split: SplitName) -> None:
    fitted_on, scored = parts_of(trial(split, 3), *two(), SPEC)
    assert set(fitted_on.tracks) & set(scored.tracks)


def test_only_augmenting_first_puts_versions_of_a_segment_on_both_sides() -> None:
    for split, leaks in (("segments", False), ("augmented-first", True)):
        fitted_on, scored = parts_of(trial(split, 3), *two(), SPEC)  # type: ignore[arg-type]
        plain = [
            {name.split("~")[0].split("@0")[0] for name in part.ids} for part in (fitted_on, scored)
        ]
        assert bool(plain[0] & plain[1]) == leaks


@pytest.mark.parametrize("split", ["segments", "border", "track"])
def test_versions_are_made_of_what_is_fitted_on_alone(split: SplitName) -> None:
    plain_fitted, plain_scored = parts_of(trial(split), *two(), SPEC)
    fitted_on, scored = parts_of(trial(split, 3), *two(), SPEC)
    assert len(fitted_on) == 3 * len(plain_fitted)
    assert scored.ids == plain_scored.ids
