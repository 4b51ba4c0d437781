"""A folder of music becomes a model that the daemon runs: every command, one after the other."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

GENRES = ("classical", "rock")


def command(*arguments: str | Path, module: str = "genred_train") -> str:
    found = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.mark.slow
@pytest.mark.data
def test_a_folder_of_music_becomes_a_running_model(tmp_path: Path, data: Path) -> None:
    music = tmp_path / "music"
    for genre in GENRES:
        shutil.copytree(data / "emotify" / "audio" / genre, music / genre)
    described = json.loads(command("describe", music, "--json"))
    assert described["clips"] == 12
    prepared = tmp_path / "prepared"
    command("prepare", music, "--out", prepared)
    run, model = tmp_path / "run", tmp_path / "mine.tflite"
    command(
        "fit", "--train", prepared, "--split", "track", "--valid-share", "0.34", "--run", run,
        "--model", "cnn-48-32-16-72", "--n-mfcc", "20", "--epochs", "10", "--steps-per-epoch", "40",
        "--batch-size", "16", "--learning-rate", "0.002",
    )  # fmt: skip
    assert {"config.json", "best.keras", "epochs.jsonl", "curves.svg", "tensorboard"} <= {
        path.name for path in run.iterdir()
    }
    command("export", "--run", run, "--out", model)
    figures = json.loads(command("evaluate", "--model", model, "--data", prepared, "--json"))
    print(f"{figures['track_accuracy']} of the tracks that it was mostly fitted on")
    assert figures["track_accuracy"]["value"] > 0.75
    for genre in GENRES:
        song = next((music / genre).glob("*.ogg"))
        lines = command("replay", "--model", model, "--json", song, module="genred").splitlines()
        events = [json.loads(line) for line in lines]
        assert {event["genre"] for event in events if event["type"] == "genre"} & set(GENRES)
