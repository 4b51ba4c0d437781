"""Teachers' answers as files have them: what is read is what was said, or one line says why not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genred.errors import GenredError
from genred_train.collection.targets import load_targets
from genred_train.collection.targets_file import check_writable, write_targets

SCALE = np.array([0.5, 0.25], np.float32)
STORED = np.arange(-6, 6, dtype=np.int8).reshape(2, 3, 2)


def write(path: Path, **changed: Any) -> Path:
    arrays = {
        "ids": np.array(["a", "b"]),
        "X": np.zeros((2, 9, 4), np.uint8),
        "embedding": STORED,
        "embedding_scale": SCALE,
        "logits": np.ones((2, 3, 4), np.float16),
        "clip": np.ones((2, 5), np.float32),
        "tags": np.array(list("wxyz")),
    }
    kept = {name: value for name, value in (arrays | changed).items() if value is not None}
    np.savez(path, **kept)
    return path


def test_bytes_are_read_as_what_they_stand_for(tmp_path: Path) -> None:
    targets = load_targets(write(tmp_path / "t.npz"))
    embedding = targets.group("embedding")
    assert embedding[1].dtype == np.float32
    np.testing.assert_array_equal(embedding[1], STORED[1] * SCALE)
    np.testing.assert_array_equal(embedding.every(), (STORED * SCALE).reshape(6, 2))
    assert targets.tags == ("w", "x", "y", "z")
    assert list(targets.groups) == ["embedding", "logits", "clip"]
    assert [targets.groups[name].per_window for name in targets.groups] == [True, True, False]


@pytest.mark.parametrize(("frame", "window"), [(0, 0), (5, 0), (7, 1), (24, 2), (35, 2)])
def test_a_window_has_the_answer_that_begins_nearest(
    frame: int, window: int, tmp_path: Path
) -> None:
    targets = load_targets(write(tmp_path / "t.npz"))
    said = targets.window("b", "embedding", frame)
    np.testing.assert_array_equal(said, STORED[1, window] * SCALE)
    np.testing.assert_array_equal(targets.window("b", "clip", frame), np.ones(5))


def test_clips_of_any_length_come_back_as_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    said = [
        {"embedding": rng.normal(size=(n, 3)), "logits": rng.normal(size=(n, 2))} for n in (4, 1, 2)
    ]
    rounded = [{name: values.astype(np.float16) for name, values in one.items()} for one in said]
    write_targets(tmp_path / "t.npz", ["a", "b", "c"], rounded, ["x", "y"], 6)
    targets = load_targets(tmp_path / "t.npz")
    assert targets.interval_frames == 6
    for clip, one in enumerate(rounded):
        for name, values in one.items():
            np.testing.assert_array_equal(targets.groups[name][clip], values)
    np.testing.assert_array_equal(targets.window("c", "logits", 11), rounded[2]["logits"][1])
    assert [path.name for path in tmp_path.iterdir()] == ["t.npz"]


def test_a_part_of_a_file_is_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    clip = np.ones((1, 5), np.float32)
    ids = np.array(["a"])
    np.savez(path, train_ids=ids, train_clip=clip, valid_ids=ids, valid_clip=2 * clip)
    np.testing.assert_array_equal(load_targets(path, "valid").window("a", "clip", 0), 2 * clip[0])
    with pytest.raises(GenredError, match='no part "", only train and valid; name one'):
        load_targets(path)
    with pytest.raises(GenredError, match='no part "test", only train and valid'):
        load_targets(path, "test")


def test_excerpts_of_one_recording_are_told_apart(tmp_path: Path) -> None:
    both, starts = np.array(["a", "a"]), np.array([1.25, 30], np.float32)
    path = write(tmp_path / "t.npz", ids=both, start_s=starts)
    assert load_targets(path).ids == ["a@1.2", "a@30.0"]
    with pytest.raises(GenredError, match="a is there twice"):
        load_targets(write(path, ids=both))


def test_missing_clips_windows_and_groups_are_one_line(tmp_path: Path) -> None:
    targets = load_targets(write(tmp_path / "t.npz"))
    targets.check(["b", "a"])
    with pytest.raises(GenredError, match="2 of 3 clips, the first c; make them: genred-train"):
        targets.check(["a", "c", "d"])
    with pytest.raises(GenredError, match="b has 3 windows of logits, none at frame 36"):
        targets.window("b", "logits", 36)
    with pytest.raises(GenredError, match="has no chroma, only embedding, logits, clip"):
        targets.group("chroma")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ids": None}, "lacks ids"),
        ({"ids": np.array(["a", "b", "c"])}, "embedding holds 2 rows, needed 3 clips"),
        ({"embedding_scale": None}, "no embedding_scale"),
        ({"embedding_scale": SCALE[:1]}, "needs 2 scales"),
        ({"embedding_scale": SCALE * np.nan}, "embedding is not finite"),
        ({"clip": np.full((2, 5), np.inf)}, "clip is not finite"),
        ({"logits": np.ones((2, 4, 4))}, "a has 3 of embedding and 4 of logits windows"),
        ({"count": np.array([3, -1])}, "count has to tell"),
        ({"count": np.array([3.0, 3.0])}, "count has to tell"),
        ({"start_s": np.zeros(3)}, "start_s has to tell"),
        ({"interval_frames": np.array(0)}, "interval_frames is no whole number"),
        ({"embedding": None, "logits": None, "clip": None}, "holds no answers"),
        ({"tags": np.array([None])}, "not an .npz of arrays"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line(
    changed: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(GenredError, match=message):
        load_targets(write(tmp_path / "t.npz", **changed))


def test_other_files_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(GenredError, match="No such file"):
        load_targets(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("text")
    with pytest.raises(GenredError, match=r"not an \.npz"):
        load_targets(tmp_path / "text.npz")
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(GenredError, match=r"not an \.npz"):
        load_targets(tmp_path / "one.npy")


def test_a_place_that_cannot_be_written_is_known_before(tmp_path: Path) -> None:
    check_writable(tmp_path / "t.npz")
    assert not list(tmp_path.iterdir())
    with pytest.raises(GenredError, match=r"ends in \.npz"):
        check_writable(tmp_path / "t.npy")
    with pytest.raises(GenredError, match="give another --out"):
        check_writable(tmp_path / "none" / "t.npz")


@pytest.mark.data
@pytest.mark.parametrize("name", ["emotify/teacher", "feast/teacher_dev", "music/music1"])
def test_answers_that_were_brought_are_read(name: str, data: Path) -> None:
    targets = load_targets(data / f"{name}.npz")
    assert {name: group.dims for name, group in targets.groups.items()} == {
        "embedding": 200,
        "logits": 50,
        "clip": 160,
    }
    assert targets.group("embedding").windows(0) == 55
    assert targets.interval_frames == 12


@pytest.mark.data
def test_answers_for_gtzan_are_for_its_arrays(data: Path) -> None:
    for part, clips in (("train", 442), ("valid", 197)):
        targets = load_targets(data / "gtzan" / "teacher.npz", part)
        with np.load(data / "gtzan" / f"{part}.npz") as arrays:
            targets.check([str(clip) for clip in arrays["ids"]])
        assert len(targets.group("clip")) == clips
