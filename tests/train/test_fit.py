"""From arrays to a model file, in small: what a run leaves, repeats, and goes on from."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from array_files import write_arrays
from genred.model.classifier import Classifier
from genred.model.package import load
from programs import started

TRAIN = [sys.executable, "-m", "genred_train"]


def trained(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TRAIN, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def fit_arguments(folder: Path, demo: Path, run: str) -> list[str | Path]:
    train = write_arrays(folder / "train.npz")
    others = np.array([f"other.{clip:05d}" for clip in range(20)])
    valid = write_arrays(folder / "valid.npz", 1, ids=others)
    return [
        "fit", "--train", train, "--valid", valid, "--audio", demo.parent, "--run", folder / run,
    ]  # fmt: skip


def fitted(folder: Path, demo: Path, run: str, *options: str) -> Path:
    found = trained(*fit_arguments(folder, demo, run), *options)
    assert found.returncode == 0, found.stderr
    return folder / run


def lines(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "epochs.jsonl").read_text().splitlines()]


def scored(run: Path) -> list[dict[str, float]]:
    return [line for line in lines(run) if "valid" in line]


@pytest.mark.slow
def test_arrays_become_a_model_that_the_daemon_runs(tmp_path: Path, demo: Path) -> None:
    run = fitted(tmp_path, demo, "run", "--epochs", "2")
    out = tmp_path / "small.tflite"
    found = trained("export", "--run", run, "--out", out, "--bound", "100")
    assert found.returncode == 0, found.stderr
    metadata = load(out).metadata
    assert metadata.input.dtype == metadata.output.dtype == "int8"
    assert metadata.training.data[0].clips == 20
    assert metadata.training.command.startswith("genred-train fit --train ")
    assert metadata.accuracy is not None
    window = np.zeros(metadata.features.input_shape[:2], np.float32)
    assert Classifier(load(out)).probabilities(window).sum() == pytest.approx(1.0)
    card = out.with_suffix(".md").read_text()
    assert metadata.model_sha256 in card
    assert str(metadata.accuracy.track) in card


@pytest.mark.slow
def test_export_takes_the_clips_of_then_and_no_others(tmp_path: Path, demo: Path) -> None:
    run = fitted(tmp_path, demo, "run", "--epochs", "1", "--model", "cnn-48-32-16-72")
    out = tmp_path / "model.tflite"
    same = trained("export", "--run", run, "--out", out, "--also", tmp_path / "train.npz")
    assert same.returncode == 2
    assert "is what" in same.stderr
    renamed = [f"new{clip}" for clip in range(20)]
    copy = write_arrays(tmp_path / "copy.npz", ids=renamed)
    again = trained("export", "--run", run, "--out", out, "--also", copy)
    assert again.returncode == 2
    assert "it is no other collection" in again.stderr
    (tmp_path / "valid.npz").rename(tmp_path / "moved.npz")
    gone = trained("export", "--run", run, "--out", out)
    assert gone.returncode == 1
    other = write_arrays(tmp_path / "other.npz", 7, ids=renamed)
    changed = trained("export", "--run", run, "--out", out, "--valid", other)
    assert changed.returncode == 2
    assert "its digest differs" in changed.stderr
    moved = trained("export", "--run", run, "--out", out, "--valid", tmp_path / "moved.npz")
    assert moved.returncode in {0, 1}, moved.stderr
    assert moved.returncode == 0 or "a loss of more than" in moved.stderr


@pytest.mark.slow
def test_a_seed_repeats_a_run_and_another_does_not(tmp_path: Path, demo: Path) -> None:
    first = fitted(tmp_path, demo, "first", "--epochs", "2", "--seed", "3")
    again = fitted(tmp_path, demo, "again", "--epochs", "2", "--seed", "3")
    other = fitted(tmp_path, demo, "other", "--epochs", "2", "--seed", "4")
    assert lines(first) == lines(again)
    assert lines(first) != lines(other)


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_to_the_same_end(tmp_path: Path, demo: Path) -> None:
    whole = fitted(tmp_path, demo, "whole", "--epochs", "30")
    cut = tmp_path / "cut"
    with started(
        [*TRAIN, *map(str, fit_arguments(tmp_path, demo, "cut")), "--epochs", "30"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None and not (cut / "last.dropout.10.npy").exists():
            time.sleep(0.01)  # a file that another process writes can't be waited for
        process.kill()
    assert 1 <= len(scored(cut)) < len(scored(whole)) == 6
    resumed = trained("fit", "--run", cut, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert lines(cut) == lines(whole)


@pytest.mark.slow
def test_resuming_with_other_data_or_figures_is_refused(tmp_path: Path, demo: Path) -> None:
    arguments = fit_arguments(tmp_path, demo, "run")
    run = tmp_path / "run"
    run.mkdir()
    source = {"train": str(tmp_path / "train.npz"), "valid": str(tmp_path / "valid.npz")}
    config = {
        "options": {}, "labels": [], "features": {}, "offset": [], "scale": [], "audio": [],
        "command": "", "git": "", "versions": {}, "data": [], "source": source,
    }  # fmt: skip
    (run / "config.json").write_text(json.dumps(config))
    other = trained("fit", "--run", run, "--resume")
    assert other.returncode == 2
    assert "its digest differs" in other.stderr
    for given in (["--epochs", "7"], ["--leaky"], arguments[1:3], ["--from", "nowhere"]):
        figures = trained("fit", "--run", run, "--resume", *given)
        assert figures.returncode == 2
        assert "leave all but --run out" in figures.stderr


@pytest.mark.parametrize("name", ["nowhere", "nowhere/best.keras"])
def test_a_run_to_go_on_from_that_is_none_is_one_line(
    tmp_path: Path, demo: Path, name: str
) -> None:
    found = trained(*fit_arguments(tmp_path, demo, "run"), "--from", tmp_path / name)
    assert found.returncode == 1
    assert f"{tmp_path / 'nowhere'}: no run there" in found.stderr
    assert found.stderr.count("\n") == 1


def test_what_is_fitted_on_is_not_chosen_by(tmp_path: Path, demo: Path) -> None:
    arguments = fit_arguments(tmp_path, demo, "run")
    arguments[4] = arguments[2]
    found = trained(*arguments)
    assert found.returncode == 2
    assert "choose by other clips" in found.stderr


def test_a_run_that_is_there_is_not_overwritten(tmp_path: Path, demo: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text("{}")
    found = trained(*fit_arguments(tmp_path, demo, "run"))
    assert found.returncode == 1
    assert "holds a run already" in found.stderr
    assert found.stderr.count("\n") == 1


def test_a_folder_without_sound_is_one_line(tmp_path: Path, demo: Path) -> None:
    arguments = fit_arguments(tmp_path, demo, "run")
    (tmp_path / "none").mkdir()
    arguments[6] = tmp_path / "none"
    found = trained(*arguments)
    assert found.returncode == 1
    assert "no sound file there" in found.stderr
