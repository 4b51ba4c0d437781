"""From arrays to a model file, in small: what a run leaves, repeats, and goes on from."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from array_files import write_arrays
from genred.model.classifier import Classifier
from genred.model.package import load

TRAIN = [sys.executable, "-m", "genred_train"]


def trained(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TRAIN, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def fitted(folder: Path, demo: Path, run: str, *options: str) -> Path:
    arrays = write_arrays(folder / "train.npz"), write_arrays(folder / "valid.npz")
    found = trained(
        "fit", "--train", arrays[0], "--valid", arrays[1], "--audio", demo.parent,
        "--run", folder / run, *options,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    return folder / run


def lines(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "epochs.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_arrays_become_a_model_that_the_daemon_runs(tmp_path: Path, demo: Path) -> None:
    run = fitted(tmp_path, demo, "run", "--epochs", "2")
    out = tmp_path / "small.tflite"
    found = trained("export", "--run", run, "--valid", tmp_path / "valid.npz", "--out", out)
    assert found.returncode == 0, found.stderr
    metadata = load(out).metadata
    assert metadata.input.dtype == metadata.output.dtype == "int8"
    assert metadata.training.data[0].clips == 20
    assert metadata.training.command.startswith(("genred-train", "__main__.py"))
    assert metadata.accuracy is not None
    window = np.zeros(metadata.features.input_shape[:2], np.float32)
    assert Classifier(load(out)).probabilities(window).sum() == pytest.approx(1.0)
    card = out.with_suffix(".md").read_text()
    assert metadata.model_sha256 in card
    assert str(metadata.accuracy.track) in card


@pytest.mark.slow
def test_a_seed_repeats_a_run_and_another_does_not(tmp_path: Path, demo: Path) -> None:
    first = fitted(tmp_path, demo, "first", "--epochs", "2", "--seed", "3")
    again = fitted(tmp_path, demo, "again", "--epochs", "2", "--seed", "3")
    other = fitted(tmp_path, demo, "other", "--epochs", "2", "--seed", "4")
    assert lines(first) == lines(again)
    assert lines(first) != lines(other)


@pytest.mark.slow
def test_a_run_that_was_cut_off_goes_on_to_the_same_end(tmp_path: Path, demo: Path) -> None:
    whole = fitted(tmp_path, demo, "whole", "--epochs", "6")
    cut = tmp_path / "cut"
    shutil.copytree(fitted(tmp_path, demo, "once", "--epochs", "5"), cut)
    config = json.loads((cut / "config.json").read_text())
    (cut / "config.json").write_text(json.dumps(config | {"epochs": 6}))
    fitted(tmp_path, demo, "cut", "--resume")
    assert [line["epoch"] for line in lines(cut)] == [5, 6]
    assert (cut / "best.keras").exists()
    assert len(lines(whole)) == len(lines(cut))


def test_a_run_that_is_there_is_not_overwritten(tmp_path: Path, demo: Path) -> None:
    arrays = write_arrays(tmp_path / "a.npz")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text("{}")
    found = trained(
        "fit", "--train", arrays, "--valid", arrays, "--audio", demo.parent,
        "--run", tmp_path / "run",
    )  # fmt: skip
    assert found.returncode == 1
    assert "holds a run already" in found.stderr
    assert found.stderr.count("\n") == 1


def test_a_folder_without_sound_is_one_line(tmp_path: Path) -> None:
    arrays = write_arrays(tmp_path / "a.npz")
    (tmp_path / "none").mkdir()
    found = trained(
        "fit", "--train", arrays, "--valid", arrays, "--audio", tmp_path / "none",
        "--run", tmp_path / "run",
    )  # fmt: skip
    assert found.returncode == 1
    assert "no sound file to take ranges from" in found.stderr
