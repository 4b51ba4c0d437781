"""Fitted with PyTorch under Keras, written out with TensorFlow: one network, whichever computes."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from array_files import write_arrays
from genred.model.package import load

DRAW = """
import sys, keras, numpy as np
network = keras.models.load_model(sys.argv[1], compile=False)
rows = np.load(sys.argv[2])
np.save(sys.argv[3], keras.ops.convert_to_numpy(network(rows, training=False)))
"""


def ran(backend: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def trained(backend: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return ran(backend, "-m", "genred_train", *arguments)


def arguments(folder: Path, sound: Path, run: str) -> list[str | Path]:
    clips = write_arrays(folder / "train.npz")
    others = write_arrays(folder / "valid.npz", 1, ids=np.array([f"o.{n:05d}" for n in range(20)]))
    quick = ["--epochs", "1", "--steps-per-epoch", "2", "--batch-size", "8"]
    return [
        "fit", "--train", clips, "--valid", others, "--audio", sound, "--run", folder / run, *quick,
    ]  # fmt: skip


def said(backend: str, network: Path, rows: Path) -> np.ndarray:
    out = rows.with_name(f"{backend}.npy")
    found = ran(backend, "-c", DRAW, network, rows, out)
    assert found.returncode == 0, found.stderr
    values: np.ndarray = np.load(out)
    return values


@pytest.mark.long  # PyTorch is not installed for it: hundreds of megabytes at the least
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch: pip install it")
def test_two_steps_under_pytorch_become_a_model_file_under_tensorflow(
    tmp_path: Path, demo: Path
) -> None:
    run = tmp_path / "run"
    fitted = trained("torch", *arguments(tmp_path, demo.parent, "run"))
    assert fitted.returncode == 0, fitted.stderr
    assert '"torch"' in (run / "config.json").read_text()

    config = run / "config.json"
    config.write_text(config.read_text().replace('"epochs": 1,', '"epochs": 2,'))
    resumed = trained("torch", "fit", "--run", run, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert len((run / "epochs.jsonl").read_text().splitlines()) == 2

    rows = tmp_path / "rows.npy"
    np.save(rows, np.random.default_rng(0).normal(0, 0.3, (4, 72, 128, 1)).astype(np.float32))
    one, other = (said(backend, run / "best.keras", rows) for backend in ("torch", "tensorflow"))
    assert np.ptp(one) > 0
    np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3)

    out = tmp_path / "model.tflite"
    written = trained("tensorflow", "export", "--run", run, "--out", out, "--bound", "100")
    assert written.returncode == 0, written.stderr
    assert load(out).metadata.input.dtype == "int8"

    # What one began, the other goes on with: it teaches, and it is gone on from.
    on = [*arguments(tmp_path, demo.parent, "on"), "--from", run, "--teacher", run]
    gone_on = trained("tensorflow", *on)
    assert gone_on.returncode == 0, gone_on.stderr
    back = [*arguments(tmp_path, demo.parent, "back"), "--teacher", tmp_path / "on"]
    taught = trained("torch", *back)
    assert taught.returncode == 0, taught.stderr


def test_a_backend_that_nothing_is_tried_with_is_refused(tmp_path: Path) -> None:
    found = trained("jax", "fit", "--run", tmp_path / "run")
    assert found.returncode == 2
    assert found.stderr.splitlines()[-1] == (
        "genred-train: KERAS_BACKEND is jax: give one of tensorflow, torch"
    )


def test_what_only_tensorflow_writes_is_refused_under_another(tmp_path: Path) -> None:
    found = trained("torch", "export", "--run", tmp_path / "run", "--out", tmp_path / "a.tflite")
    assert found.returncode == 2
    assert "KERAS_BACKEND: this command needs TensorFlow; unset the variable" in found.stderr


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="torch is there")
def test_a_backend_that_is_missing_is_told(tmp_path: Path) -> None:
    found = trained("torch", "fit", "--run", tmp_path / "run")
    assert found.returncode == 1
    assert "needs torch: install the extra, pip install 'genred[gpu]'" in found.stderr
