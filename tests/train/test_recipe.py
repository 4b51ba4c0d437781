"""A recipe from music without labels to a model file, in small; and mistakes on the way."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from clip_makers import loud_band_clips
from genred.model.package import load
from genred_train.cli.main import app
from recipe_files import PRE, write_recipe
from runs import begun

TRAIN = [sys.executable, "-m", "genred_train"]


def trained(*arguments: str | Path) -> str:
    found = subprocess.run(
        [*TRAIN, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


def lines(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "epochs.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_a_recipe_becomes_a_model_with_its_twins_figures(tmp_path: Path, demo: Path) -> None:
    pre, fine = write_recipe(tmp_path, PRE), write_recipe(tmp_path)
    data: list[str | Path] = ["--data", tmp_path]
    early = tmp_path / "pre"
    out = trained(
        "pretrain", "--recipe", pre, *data, "--fold", "0", "--audio", demo.parent, "--run", early
    )
    assert "11 values to learn of each window" in out
    assert all("valid" not in line for line in lines(early))
    asked = tmp_path / "asked.toml"
    asked.write_text(
        re.sub(r"\n(answers|part|scale) = .*", "", pre.read_text()).replace(
            "ema_mom", "teacher_answers = true\nema_mom"
        )
    )
    again: list[str | Path] = ["--recipe", asked, *data, "--fold", "0", "--teacher", early]
    assert "what a teacher says" in trained("pretrain", *again, "--run", tmp_path / "again")
    assert lines(tmp_path / "again")[-1]["loss"] > 0
    for run, fold in (("twin", ("--fold", "0")), ("whole", ())):
        trained(
            "fit", "--recipe", fine, *data, *fold, "--from", early, "--run", tmp_path / run,
            "--seed", "3",
        )  # fmt: skip
    (first, *_) = lines(tmp_path / "twin")
    names = [f"{tmp_path.name}/{name}" for name in "bd"]
    assert first["valid"] == pytest.approx(np.mean([first[name] for name in names]))
    assert first["side_loss"] > 0
    assert "valid" not in lines(tmp_path / "whole")[-1]
    model = tmp_path / "small.tflite"
    trained(
        "export", "--run", tmp_path / "whole", "--twin", tmp_path / "twin", "--out", model,
        "--bound", "100",
    )  # fmt: skip
    metadata = load(model).metadata
    assert metadata.accuracy is not None
    # d.npz is all apart, of b.npz a third.
    assert metadata.accuracy.split == names[1]
    assert metadata.labels[4] == "electronic"
    uses = metadata.training.data
    assert [(use.name, use.split, use.clips) for use in uses] == [
        (f"{tmp_path.name}/{name}", "fitted on", 20) for name in "abcd"
    ]
    digest = hashlib.sha256((tmp_path / "b.npz").read_bytes()).hexdigest()
    assert uses[1].digest == digest
    card = model.with_suffix(".md").read_text()
    assert all(f"### `{name}`" in card for name in names)
    assert "twin" in card.split("## Figures")[0]


def refused(*arguments: str | Path) -> str:
    found = CliRunner().invoke(app, [*map(str, arguments)], standalone_mode=False)
    assert found.exception is not None
    assert "\n" not in str(found.exception)
    return str(found.exception)


def test_noises_without_music_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    run, out = begun(tmp_path / "run", loud_band_clips()).folder, tmp_path / "out.tflite"
    for option in ("--noises", "--music"):
        said = refused("export", "--run", run, "--out", out, option, tmp_path / "some")
        assert "--noises and --music go together" in said
    assert "give both" in refused("export", "--run", run, "--out", out, "--pass", "97")
    assert not out.exists()


def test_mistakes_with_a_recipe_are_one_line(tmp_path: Path) -> None:
    pre, fine = write_recipe(tmp_path, PRE), write_recipe(tmp_path)
    run: list[str | Path] = ["--run", tmp_path / "run", "--data", tmp_path]
    assert "is a recipe for genred-train pretrain" in refused("fit", "--recipe", pre, *run)
    assert "is a recipe for genred-train fit" in refused("pretrain", "--recipe", fine, *run)
    assert "leave --train out" in refused("fit", "--recipe", fine, "--train", "x.npz", *run)
    assert "give --recipe FILE" in refused("pretrain", *run)
    assert "leave --batch-size out" in refused("fit", "--recipe", fine, "--batch-size", "9", *run)
    patient: list[str | Path] = ["--audio", tmp_path, "--patience", "2"]
    assert "give --fold" in refused("fit", "--recipe", fine, *patient, *run)
    weights: list[str | Path] = ["--weights", tmp_path / "none.h5"]
    assert "fill the model musicnn, not cnn" in refused("pretrain", "--recipe", pre, *weights, *run)
    assert "folds 0 to 2" in refused("fit", "--recipe", fine, "--fold", "7", *run)
    assert "give --audio FOLDER" in refused("fit", "--recipe", fine, *run)
    whole = fine.read_text()
    fine.write_text(whole.replace("ema_mom", "teacher_answers = true\nema_mom"))
    assert "nobody is there to ask; give --teacher" in refused("fit", "--recipe", fine, *run)
    headed = "refit_head = 0.1\nema_mom"
    early = pre.read_text()
    pre.write_text(early.replace("ema_mom", headed))
    assert "not for pretrain" in refused("pretrain", "--recipe", pre, "--audio", tmp_path, *run)
    pre.write_text(early)
    unsaid = whole.replace("ema_mom", headed).replace("labels = [", 'labels = ["polka", ')
    assert unsaid.count("polka") == 1
    fine.write_text(unsaid)
    sound: list[str | Path] = ["--audio", tmp_path]
    assert "no clip to fit on is polka" in refused("fit", "--recipe", fine, *sound, *run)
    taught: list[str | Path] = ["--teacher", begun(tmp_path / "teacher", loud_band_clips()).folder]
    assert "a recipe with teacher_answers" in refused("pretrain", "--recipe", pre, *taught, *run)
    pre.write_text(pre.read_text().replace("cnn-48-32-16-72", "musicnn"))
    assert "none.h5: no such file" in refused("pretrain", "--recipe", pre, *weights, *run)
    fine.write_text(whole.replace("answers", "# answers"))
    pre.write_text(pre.read_text().replace("answers", "# answers"))
    assert "none of its files has answers" in refused("pretrain", "--recipe", pre, *run)
    assert not (tmp_path / "run").exists()
