"""Reading log-mel arrays, and what is said of files that are none."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from array_files import SPEC, write_arrays
from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred_train.collection.arrays import load_arrays
from genred_train.collection.load import load_clips


def test_levels_are_the_formula(tmp_path: Path) -> None:
    clips = load_arrays(write_arrays(tmp_path / "a.npz"), FeatureSpec())
    with np.load(tmp_path / "a.npz") as stored:
        x = stored["X"][3].astype(np.float64)
    np.testing.assert_allclose(clips.levels_db(3), -80 * (1 - (x + 0.5) / 256), atol=1e-5)
    assert clips.label(3) == "disco"
    assert len(clips) == 20
    assert len(clips.sha256) == 64


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"db_min": None}, "lacks db_min"),
        ({"X": np.zeros((20, 50, 128), np.uint8)}, "X has shape"),
        ({"X": np.zeros((20, 120, 64), np.uint8)}, "X has shape"),
        ({"y": np.zeros(3, np.int16)}, "differ in length"),
        ({"spec": np.array(json.dumps(SPEC | {"n_fft": 1024}))}, "n_fft is 1024"),
        ({"spec": np.array("no json")}, "spec is no JSON"),
        ({"spec": np.array("3")}, "spec is no JSON object"),
        ({"y": np.full(20, 10, np.int16)}, "y goes beyond genres"),
    ],
)
def test_arrays_that_do_not_fit_name_what_is_wrong(
    tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    path = write_arrays(tmp_path / "a.npz", **changed)
    with pytest.raises(GenredError, match=message) as caught:
        load_arrays(path, FeatureSpec())
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"no zip at all"])
def test_a_file_that_is_no_npz_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(GenredError, match=r"not an \.npz") as caught:
        load_arrays(path, FeatureSpec())
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    for load in (load_arrays, load_clips):
        with pytest.raises(GenredError, match=r"no such file or folder; .* genred-train prepare"):
            load(tmp_path / "none.npz", FeatureSpec())


def test_no_one_is_advised_to_load_a_pickle(tmp_path: Path) -> None:
    paths = [tmp_path / "text.npz", tmp_path / "one.npz", tmp_path / "objects.npz"]
    paths[0].write_text("some text")
    with paths[1].open("wb") as file:
        np.save(file, np.zeros(3))
    np.savez(paths[2], X=np.array([{}]))
    for path in paths:
        with pytest.raises(GenredError, match=r"not an \.npz of arrays.* give") as caught:
            load_arrays(path, FeatureSpec())
        assert "pickle" not in str(caught.value)


HOP_512 = FeatureSpec(hop_length=512)


def columns(step: float) -> NDArray[np.int32]:
    """Source frames, one or two apart, for 20 clips of 120 frames."""
    return np.tile(np.round(step * np.arange(120)).astype(np.int32), (20, 1))


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"spec": np.array(json.dumps(SPEC | {"hop_length": 914}))},
        {"frame_index": columns(914 / 512)},
    ],
    ids=["nothing", "the spec", "the columns"],
)
def test_a_model_of_another_hop_is_refused(tmp_path: Path, told: dict[str, Any]) -> None:
    path = write_arrays(tmp_path / "a.npz", **told)
    assert len(load_arrays(path, FeatureSpec())) == 20
    message = r"frames are 91\d samples apart, the model's 512; choose .* --hop-length 512"
    with pytest.raises(GenredError, match=message):
        load_arrays(path, HOP_512)


@pytest.mark.parametrize(
    "told",
    [
        {"spec": np.array(json.dumps(SPEC | {"hop_length": 512}))},
        {"frame_index": columns(1.0)},
    ],
    ids=["the spec", "the columns"],
)
def test_arrays_of_the_models_hop_are_taken(tmp_path: Path, told: dict[str, Any]) -> None:
    path = write_arrays(tmp_path / "a.npz", **told)
    assert len(load_arrays(path, HOP_512)) == 20
    with pytest.raises(GenredError, match="512 samples apart, the model's 914"):
        load_arrays(path, FeatureSpec())


@pytest.mark.data
def test_recorded_arrays_are_for_the_shipped_hop_only(data: Path) -> None:
    for name in ("gtzan/valid.npz", "emotify/dev.npz"):
        assert len(load_arrays(data / name, FeatureSpec()))
        with pytest.raises(GenredError, match=r"91\d samples apart, the model's 512"):
            load_arrays(data / name, HOP_512)


def test_a_recording_is_what_is_heard_not_its_name(tmp_path: Path) -> None:
    first = load_arrays(write_arrays(tmp_path / "a.npz"), FeatureSpec())
    names = np.array([f"other{number}" for number in range(20)])
    renamed = load_arrays(write_arrays(tmp_path / "b.npz", ids=names), FeatureSpec())
    softer = np.full(20, -70.0, np.float32)
    other = load_arrays(write_arrays(tmp_path / "c.npz", db_min=softer), FeatureSpec())
    assert len(set(first.recordings)) == 20
    assert renamed.recordings == first.recordings
    assert not set(other.recordings) & set(first.recordings)
