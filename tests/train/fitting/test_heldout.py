"""Nothing that a run builds on was fitted on what the run is chosen by."""

from dataclasses import replace
from pathlib import Path

import pytest

from array_files import write_arrays
from clip_makers import loud_band_clips
from genred.errors import UsageError
from genred.features.spec import FeatureSpec
from genred.model.metadata import DataUse
from genred_train.collection.splits import Split
from genred_train.fitting.heldout import check_held_out
from genred_train.fitting.parts import DataSource, FitParts, open_parts
from genred_train.fitting.run import Run
from runs import begun

SPEC = FeatureSpec()


def parts_of(path: Path, seed: int) -> tuple[DataSource, FitParts]:
    source = DataSource(train=str(path), split=Split(kind="track", valid_share=0.5, seed=seed))
    return source, open_parts(source, SPEC)


def run_of(folder: Path, source: DataSource, parts: FitParts, **changed: object) -> Run:
    use = DataUse(name="v", split="chosen by", digest=parts.valid.sha256, clips=1, hours=1.0)
    data = {"source": source, "data": [use], "features": SPEC}
    return begun(folder, loud_band_clips(), **data, **changed)


def test_a_run_of_another_split_is_refused_and_of_the_same_taken(tmp_path: Path) -> None:
    arrays = write_arrays(tmp_path / "a.npz")
    (first, own), (second, other) = parts_of(arrays, 0), parts_of(arrays, 1)
    run = run_of(tmp_path / "run", first, own)
    assert check_held_out([run], own.valid) == []
    with pytest.raises(UsageError, match="give the same --split-seed"):
        check_held_out([run], other.valid)
    assert second != first


def test_what_a_run_was_made_of_counts_too(tmp_path: Path) -> None:
    arrays = write_arrays(tmp_path / "a.npz")
    (first, own), (second, other) = parts_of(arrays, 0), parts_of(arrays, 1)
    run_of(tmp_path / "old", first, own)
    run = run_of(tmp_path / "new", second, other, teachers=[str(tmp_path / "old")])
    with pytest.raises(UsageError, match="old was fitted on"):
        check_held_out([run], other.valid)


def test_clips_that_are_gone_are_named(tmp_path: Path) -> None:
    arrays = write_arrays(tmp_path / "a.npz")
    (first, own), (_, other) = parts_of(arrays, 0), parts_of(arrays, 1)
    run = run_of(tmp_path / "run", first, own)
    arrays.unlink()
    assert check_held_out([run], other.valid) == [str(run.folder)]


def test_the_same_recording_on_both_sides_is_refused(tmp_path: Path) -> None:
    train = write_arrays(tmp_path / "train.npz")
    valid = write_arrays(tmp_path / "valid.npz", ids=[f"other{clip}" for clip in range(20)])
    with pytest.raises(UsageError, match="20 of its clips are recordings of"):
        open_parts(DataSource(train=str(train), valid=str(valid)), SPEC)


def test_artists_on_both_sides_are_counted(tmp_path: Path) -> None:
    train = write_arrays(tmp_path / "train.npz", artists=["a", "b"] * 10)
    others = [f"other{clip}" for clip in range(20)]
    valid = write_arrays(tmp_path / "valid.npz", 1, ids=others, artists=["b", "c"] * 10)
    assert open_parts(DataSource(train=str(train), valid=str(valid)), SPEC).shared_artists == 1


def test_changed_versions_are_not_chosen_by(monkeypatch: pytest.MonkeyPatch) -> None:
    clips = loud_band_clips(clips=12)
    versions = replace(clips, versions=[clip % 2 for clip in range(12)])
    monkeypatch.setattr("genred_train.fitting.parts.load_clips", lambda *_: versions)
    parts = open_parts(DataSource(train="x", split=Split(kind="track", valid_share=0.5)), SPEC)
    assert set(parts.valid.versions) == {0}
    assert set(parts.train.versions) == {0, 1}
