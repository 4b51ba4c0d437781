"""Clips that any learner can tell apart: loud below, or loud above."""

from pathlib import Path

import numpy as np
import pytest

from array_files import write_arrays
from genred.features.spec import FeatureSpec
from genred_train.collection.arrays import load_arrays
from genred_train.collection.clips import Clips


def write_low_high(path: Path, seed: int) -> Path:
    """Write 20 clips of 120 frames: two low, two high, and so on."""
    y = np.arange(20) % 4 // 2
    x = np.random.default_rng(seed).integers(0, 100, (20, 120, 128))
    for clip, genre in enumerate(y):
        x[clip, :, 70 * genre : 70 * genre + 50] += 120
    genres = np.array(["low", "high"])
    return write_arrays(path, X=x.astype(np.uint8), y=y.astype(np.int16), genres=genres)


@pytest.fixture(scope="session")
def low_high_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_low_high(tmp_path_factory.mktemp("arrays") / "low-high.npz", seed=0)


@pytest.fixture(scope="session")
def others_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_low_high(tmp_path_factory.mktemp("arrays") / "others.npz", seed=1)


@pytest.fixture(scope="session")
def low_high(low_high_file: Path) -> Clips:
    return load_arrays(low_high_file, FeatureSpec())
