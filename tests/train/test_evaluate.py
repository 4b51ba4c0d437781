"""`genred-train evaluate` as anyone can run it, and audio against arrays."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from array_files import GENRES, write_arrays
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec
from genred.model.classifier import Classifier
from genred.model.shipped import load_model
from genred_train.collection.arrays import load_arrays
from genred_train.features.rows import to_rows, window_starts

TRAIN = [sys.executable, "-m", "genred_train"]


def evaluated(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TRAIN, "evaluate", "--data", str(path), *options],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_json_holds_what_was_promised(tmp_path: Path) -> None:
    found = evaluated(write_arrays(tmp_path / "some.npz"), "--model", "base", "--json")
    assert found.returncode == 0, found.stderr
    report = json.loads(found.stdout)
    for figure in (report["track_accuracy"], report["window_accuracy"]):
        assert 0 <= figure["low"] <= figure["value"] <= figure["high"] <= 1
    assert report["track_accuracy"]["n"] == 20
    assert set(report["recall"]) == set(GENRES)
    assert np.array(report["confusion"]).sum() == 20
    assert report["data"] == f"{tmp_path.name}/some"


def test_people_get_a_table(tmp_path: Path) -> None:
    found = evaluated(write_arrays(tmp_path / "some.npz"))
    assert found.returncode == 0, found.stderr
    assert "by track" in found.stdout
    assert "recall" in found.stdout


def test_a_genre_without_a_label_is_said_to_be_an_error(tmp_path: Path) -> None:
    genres = np.array([*GENRES[:-1], "electronic"])
    found = evaluated(write_arrays(tmp_path / "some.npz", genres=genres), "--json")
    assert json.loads(found.stdout)["not_in_model"] == {"electronic": 2}


def test_a_file_that_is_not_there_is_one_line_and_exit_1(tmp_path: Path) -> None:
    found = evaluated(tmp_path / "none.npz")
    assert found.returncode == 1
    assert found.stderr.startswith("genred-train: ")
    assert found.stderr.count("\n") == 1


@pytest.mark.data
def test_the_shipped_models_card_figure_is_what_evaluate_finds(data: Path) -> None:
    found = evaluated(data / "gtzan" / "valid.npz", "--model", "base", "--json")
    report = json.loads(found.stdout)
    said = load_model("base").metadata.accuracy
    assert said is not None
    # LiteRT's kernels differ from processor to processor by a rounding here and there.
    assert report["track_accuracy"]["value"] == pytest.approx(said.track.value, abs=0.011)
    assert report["window_accuracy"]["value"] == pytest.approx(said.window.value, abs=0.005)
    assert report["track_accuracy"]["value"] >= 0.68


@pytest.mark.data
def test_audio_at_the_arrays_frames_gives_the_arrays_label(data: Path) -> None:
    model = Classifier(load_model("base"))
    spec = model.metadata.features
    arrays = [load_arrays(data / "gtzan" / f"{part}.npz", spec) for part in ("train", "valid")]
    exact: list[bool] = []
    daemon: list[bool] = []
    for path in sorted((data / "gtzan" / "audio").glob("*.flac")):
        clips, clip = next((a, a.ids.index(path.stem)) for a in arrays if path.stem in a.ids)
        assert clips.frame_index is not None
        rows = to_rows(clips.levels_db(clip), spec)
        samples = soundfile.read(path, dtype="float32")[0]
        at_frames = exact_rows(samples, clips.frame_index[clip])
        # The arrays' first column starts at sample 512 of the clip.
        streamed = StreamingMfcc(spec).push(samples[512:])
        for start in window_starts(min(len(rows), len(streamed)), spec):
            span = slice(start, start + spec.window_frames)
            said = model.probabilities(rows[span]).argmax()
            exact.append(bool(model.probabilities(at_frames[span]).argmax() == said))
            daemon.append(bool(model.probabilities(streamed[span]).argmax() == said))
    print(f"same label: {np.mean(exact):.2%} at the arrays' frames, {np.mean(daemon):.2%} at 914")
    assert np.mean(exact) >= 0.95


def exact_rows(samples: np.ndarray, frame_index: np.ndarray) -> np.ndarray:
    """Rows of frames that start at 512 * index - 1024, not in a stream's even steps."""
    side_by_side = FeatureSpec(hop_length=2048)
    padded = np.concatenate([np.zeros(1024, np.float32), samples, np.zeros(4096, np.float32)])
    frames = [padded[512 * index : 512 * index + 2048] for index in frame_index]
    mfcc = StreamingMfcc(side_by_side)
    return np.concatenate([mfcc.push(np.concatenate(frames)), mfcc.flush()])
