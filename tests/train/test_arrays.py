"""Reading log-mel arrays, and what is said of files that are none."""

import json
from pathlib import Path

import numpy as np
import pytest

from array_files import SPEC, write_arrays
from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred_train.collection.arrays import load_arrays


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
        ({"y": np.full(20, 10, np.int16)}, "y goes beyond genres"),
    ],
)
def test_arrays_that_do_not_fit_name_what_is_wrong(
    tmp_path: Path, changed: dict[str, object], message: str
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
    with pytest.raises(GenredError, match="No such file"):
        load_arrays(tmp_path / "none.npz", FeatureSpec())
