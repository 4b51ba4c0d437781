"""Only a teacher's own weights are taken."""

import importlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genred.errors import GenredError
from genred_train.teachers.named import find

DENSE = "model_weights/dense/dense/kernel_1:0"


def spoilt(weights: Path, folder: Path, name: str, values: Any) -> Path:
    """Copy a file with one of its arrays changed, taken out (None) or added."""
    path = folder / "other.h5"
    shutil.copy(weights, path)
    with importlib.import_module("h5py").File(path, "a") as file:
        if name in file:
            del file[name]
        if values is not None:
            file[name] = values
    return path


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        (DENSE, None, "it lacks dense's kernel; give another file"),
        (DENSE, np.zeros((1506, 100)), r"shape \(1506, 100\), the teacher's has \(1506, 200\)"),
        (DENSE, np.full((1506, 200), np.nan), "dense's kernel is not finite"),
        ("model_weights/gru/gru/kernel:0", np.zeros(3), "has a layer gru, which the teacher"),
    ],
)
def test_other_weights_are_one_line(
    name: str, values: Any, message: str, weights: Path, tmp_path: Path
) -> None:
    with pytest.raises(GenredError, match=message):
        find("musicnn").open(spoilt(weights, tmp_path, name, values))


def test_other_files_are_one_line(weights: Path, tmp_path: Path) -> None:
    teacher = find("musicnn")
    with pytest.raises(GenredError, match=r"No such file.*; give the teacher's weights"):
        teacher.open(tmp_path / "none.h5")
    with pytest.raises(GenredError, match="give the teacher's weights"):
        teacher.open(tmp_path)
    cut = tmp_path / "cut.h5"
    cut.write_bytes(weights.read_bytes()[:100_000])
    with pytest.raises(GenredError, match="no whole HDF5 file"):
        teacher.open(cut)
