"""A folder of music in, a file of answers out."""

from pathlib import Path

import numpy as np
import pytest

from collection_files import write_sound
from genred.errors import GenredError, UsageError
from genred.features.spec import FeatureSpec
from genred_train.cli.teach import teach_targets
from genred_train.collection.open import open_collection
from genred_train.collection.targets import load_targets
from genred_train.teachers.named import find
from genred_train.teachers.taught import recordings, taught, teach


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "music"
    write_sound(root / "a" / "long.wav", 0, 5.0)
    write_sound(root / "b" / "window.wav", 1, 3.1)
    write_sound(root / "b" / "instant.wav", 2, 0.5)
    (root / "b" / "broken.ogg").write_bytes(b"OggS" * 30)
    (root / "b" / "._long.wav").write_bytes(b"a Mac's")
    return root


def test_tracks_are_called_as_in_a_collection(folder: Path) -> None:
    tracks = [(track.id, track.path) for track in open_collection(folder).tracks]
    assert recordings(folder) == tracks


def test_a_folder_needs_no_genres_but_a_sound(folder: Path) -> None:
    assert [name for name, _ in recordings(folder / "a")] == ["long.wav"]
    (folder / "none").mkdir()
    with pytest.raises(GenredError, match="holds no sound file; give a folder of music"):
        recordings(folder / "none")
    with pytest.raises(GenredError, match="no such folder or manifest"):
        recordings(folder / "nowhere")


def test_windows_begin_where_a_students_do(folder: Path, weights: Path) -> None:
    teacher = find("musicnn")
    hearing = teacher.open(weights)
    path = folder / "a" / "long.wav"
    said = taught("long", path, teacher, hearing, FeatureSpec())
    # 5 s are 119 frames; the windows of 72 begin at 0, 12, 24 and 36.
    assert {name: values.shape for name, values in said.answers.items()} == {
        "embedding": (4, 200),
        "logits": (4, 50),
    }
    assert said.windows == 4
    assert said.length_s == pytest.approx(5, abs=0.001)


def test_answers_are_the_same_whatever_the_jobs(folder: Path, weights: Path) -> None:
    teacher = find("musicnn")
    hearing, tracks = teacher.open(weights), recordings(folder)
    one, two = (list(teach(tracks, teacher, hearing, FeatureSpec(), jobs)) for jobs in (1, 2))
    assert [said.id for said in one] == [said.id for said in two] == [name for name, _ in tracks]
    for first, second in zip(one, two, strict=True):
        for name, values in first.answers.items():
            np.testing.assert_allclose(values, second.answers[name], atol=1e-3)


def test_the_command_writes_what_can_be_read(
    folder: Path, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "targets.npz"
    teach_targets(folder, teacher="musicnn", weights=weights, out=out)
    told = capsys.readouterr()
    assert "2 tracks, 5 windows" in told.out
    assert "b/instant.wav: 0.4 s are too short" in told.err
    assert "2 of the tracks can't be used" in told.err
    targets = load_targets(out)
    assert targets.ids == ["a/long.wav", "b/window.wav"]
    assert targets.tags == find("musicnn").tags
    assert [targets.group("logits").windows(clip) for clip in (0, 1)] == [4, 1]
    assert targets.window("a/long.wav", "embedding", 30).shape == (200,)


def test_what_is_wrong_is_said_before_anything_is_heard(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "targets.npz"
    with pytest.raises(UsageError, match='the nearest is "musicnn"'):
        teach_targets(folder, teacher="musicn", weights=tmp_path / "w.h5", out=out)
    with pytest.raises(GenredError, match=r"ends in \.npz"):
        teach_targets(folder, teacher="musicnn", weights=tmp_path / "w.h5", out=tmp_path)
    with pytest.raises(GenredError, match=r"w\.h5: No such file"):
        teach_targets(folder, teacher="musicnn", weights=tmp_path / "w.h5", out=out)
    assert not out.exists()


def test_a_folder_without_a_track_of_use_is_one_line(weights: Path, tmp_path: Path) -> None:
    write_sound(tmp_path / "instant.wav", 0, 0.5)
    with pytest.raises(GenredError, match="none of its tracks can be used"):
        teach_targets(tmp_path, teacher="musicnn", weights=weights, out=tmp_path / "t.npz")
