"""`genred-train evaluate` as anyone can run it, and audio against arrays."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from array_files import GENRES, write_arrays
from conftest import ROOT
from genred.cli.run import run_app
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec
from genred.model.classifier import Classifier
from genred.model.metadata import DataUse
from genred.model.package import save
from genred.model.shipped import load_model
from genred_train.cli.main import app
from genred_train.collection.arrays import load_arrays
from genred_train.collection.splits import Split
from genred_train.features.rows import to_rows, window_starts
from genred_train.fitting.options import FitOptions
from genred_train.fitting.parts import DataSource
from genred_train.fitting.run import RunConfig
from genred_train.fitting.run import start as begin_run
from prepared_folders import prepared, write_collection

Evaluate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def evaluate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Evaluate:
    """Run the command here: exit code, stdout, stderr."""

    def run(*options: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["genred-train", "evaluate", *map(str, options)])
        code = run_app(app, "genred-train")
        found = capsys.readouterr()
        return code, found.out, found.err

    return run


def refused(found: tuple[int, str, str], code: int) -> str:
    """Return the one line that says why."""
    assert found[0] == code, found
    (line,) = found[2].splitlines()
    assert line.startswith("genred-train: ")
    return line


def test_the_json_holds_what_was_promised(tmp_path: Path, evaluate: Evaluate) -> None:
    path = write_arrays(tmp_path / "some.npz")
    code, out, err = evaluate("--data", path, "--model", "base", "--json")
    assert code == 0, err
    report = json.loads(out)
    for figure in (report["track_accuracy"], report["window_accuracy"], report["macro_f1"]):
        assert 0 <= figure["low"] <= figure["value"] <= figure["high"] <= 1
    assert report["track_accuracy"]["n"] == 20
    assert set(report["recall"]) == set(GENRES) == set(report["genres"])
    assert np.array(report["confusion"]).sum() == 20
    assert report["data"] == f"{tmp_path.name}/some"
    assert sum(point["count"] for point in report["calibration"]) == report["window_accuracy"]["n"]
    assert report["model_sha256"] == load_model("base").metadata.model_sha256
    absent = {"several", "streams", "against_float", "made"}
    assert not absent & set(report)


def test_people_get_a_table(tmp_path: Path, evaluate: Evaluate) -> None:
    code, out, err = evaluate("--data", write_arrays(tmp_path / "some.npz"))
    assert code == 0, err
    assert "by track" in out
    assert "recall" in out


def test_a_genre_without_a_label_is_said_to_be_an_error(tmp_path: Path, evaluate: Evaluate) -> None:
    genres = np.array([*GENRES[:-1], "zouk"])
    path = write_arrays(tmp_path / "some.npz", genres=genres)
    _, out, _ = evaluate("--data", path, "--json")
    assert json.loads(out)["not_in_model"] == {"zouk": 2}
    assert "zouk: 2 clips, no label of the model fits" in evaluate("--data", path)[1]


@pytest.mark.slow
def test_a_report_is_written_and_streams_are_in_it(tmp_path: Path, evaluate: Evaluate) -> None:
    path = write_arrays(tmp_path / "some.npz")
    code, out, err = evaluate("--data", path, "--streams", "--report", tmp_path / "a" / "b")
    assert code == 0, err
    assert "tracker over windows of arrays, hard cuts" in out
    data = json.loads((tmp_path / "a" / "b" / "report.json").read_text())
    assert data["made"]["command"].startswith("genred-train evaluate --data")
    assert data["streams"][0]["joined_by"] == "hard cuts"
    assert "<svg" in (tmp_path / "a" / "b" / "report.html").read_text()


def test_recordings_go_through_the_daemons_pipeline(tmp_path: Path, evaluate: Evaluate) -> None:
    rng = np.random.default_rng(0)
    for genre in ("jazz", "polka"):
        (tmp_path / "music" / genre).mkdir(parents=True)
        noise = (0.1 * rng.standard_normal(4 * 22050)).astype(np.float32)
        soundfile.write(tmp_path / "music" / genre / "noise.wav", noise, 22050)
    (tmp_path / "music" / "jazz" / "broken.wav").write_bytes(b"RIFF")
    found = evaluate("--audio", tmp_path / "music", "--streams", "--fade-s", "0", "--json")
    report = json.loads(found[1])
    assert (report["tracks"], report["window_accuracy"]["n"]) == (2, 4)
    assert list(report["unreadable"]) == ["jazz/broken.wav"]
    joins = [live["joined_by"] for live in report["streams"]]
    assert joins == ["hard cuts", "silences of 5 s"]
    assert {live["through"] for live in report["streams"]} == {"pipeline over audio"}
    assert report["streams"][1]["silences"] == 1


def test_only_a_part_may_be_measured(tmp_path: Path, evaluate: Evaluate) -> None:
    rows = ["path,labels,split"]
    for number, part in enumerate(("train", "test", "test")):
        path = tmp_path / f"{number}.wav"
        noise = np.random.default_rng(number).standard_normal(4 * 22050)
        soundfile.write(path, (0.1 * noise).astype(np.float32), 22050)
        rows.append(f"{path},{'jazz' if number else 'rock'},{part}")
    manifest = tmp_path / "some.csv"
    manifest.write_text("\n".join(rows) + "\n")
    _, out, _ = evaluate("--audio", manifest, "--part", "test", "--json")
    assert (json.loads(out)["tracks"], list(json.loads(out)["recall"])) == (2, ["jazz"])
    found = evaluate("--audio", manifest, "--part", "valid")
    assert "parts: test, train" in refused(found, 2)


def test_what_cant_be_measured_is_one_line(tmp_path: Path, evaluate: Evaluate) -> None:
    arrays = write_arrays(tmp_path / "some.npz")
    spec = json.dumps({"sample_rate": 16000})
    slow = write_arrays(tmp_path / "slow.npz", spec=np.array(spec))
    polka = write_arrays(tmp_path / "polka.npz", genres=np.array([f"polka{n}" for n in range(10)]))
    made = tmp_path / "made"
    prepared(write_collection(tmp_path / "music", tracks=2), made)
    (tmp_path / "file").write_text("")
    cases: list[tuple[list[str | Path], int, str]] = [
        (["--data", tmp_path / "none.npz"], 1, "none.npz"),
        (["--data", slow], 1, "sample_rate is 16000, the model's is 22050"),
        (["--data", polka], 1, "none of its genres"),
        (["--data", made], 1, "sample_rate is 8000, the model's is 22050"),
        (["--data", tmp_path], 1, "is no prepared folder"),
        (["--data", arrays, "--report", tmp_path / "file" / "in"], 1, "give another folder"),
        (["--data", arrays, "--audio", tmp_path], 2, "give either --data"),
        ([], 2, "give either --data"),
        (["--data", arrays, "--part", "test"], 2, "nothing of it is of part test (parts: none)"),
        (["--part", "test", "--run", tmp_path], 2, "--part is of --data or --audio"),
        (["--data", arrays, "--run", tmp_path], 1, "no run there"),
        (["--data", arrays, "--run", tmp_path, "--streams"], 2, "give --model too"),
        (["--audio", tmp_path / "nowhere"], 1, "no such folder"),
    ]
    for options, code, why in cases:
        assert why in refused(evaluate(*options), code)


def test_clips_that_are_others_by_now_are_not_measured_as_the_runs_own(
    tmp_path: Path, evaluate: Evaluate
) -> None:
    path = write_arrays(tmp_path / "some.npz")
    config = RunConfig(
        options=FitOptions(), labels=GENRES, features=FeatureSpec(), offset=[], scale=[],
        data=[DataUse(name="v", split="chosen by", digest="0" * 64, clips=1, hours=1.0)],
        source=DataSource(train=str(path), split=Split(kind="track", valid_share=0.5)),
        audio=[], command="", git="", versions={},
    )  # fmt: skip
    begin_run(tmp_path / "run", config)
    why = refused(evaluate("--run", tmp_path / "run"), 2)
    assert "is not what" in why
    assert "was chosen by: its digest differs" in why


def test_the_clips_that_a_model_was_chosen_by_are_told(tmp_path: Path, evaluate: Evaluate) -> None:
    arrays = write_arrays(tmp_path / "some.npz")
    package = load_model("base")
    digest = load_arrays(arrays, package.metadata.features).sha256
    use = DataUse(name="x/valid (leaky)", split="chosen by", digest=digest, clips=1, hours=1.0)
    training = msgspec.structs.replace(package.metadata.training, data=[use])
    own = tmp_path / "own.tflite"
    save(own, package.flatbuffer, msgspec.structs.replace(package.metadata, training=training))
    out = evaluate("--data", arrays, "--model", own)[1]
    assert "warning: Its split put segments of the same recordings on both sides" in out
    assert "warning: These are the clips that its best epoch was chosen by" in out
    assert "warning" not in evaluate("--data", arrays)[1]
    assert len(json.loads(evaluate("--data", arrays, "--model", own, "--json")[1])["doubts"]) == 2


def test_without_a_report_nothing_heavy_is_imported(tmp_path: Path) -> None:
    path = write_arrays(tmp_path / "some.npz")
    code = (
        "import sys\nfrom genred_train.cli.main import app\n"
        f"sys.argv = ['genred-train', 'evaluate', '--json', '--data', {str(path)!r}]\n"
        "try:\n    app()\nexcept SystemExit as ended:\n    assert not ended.code\n"
        "heavy = {'tensorflow', 'keras', 'librosa', 'matplotlib', 'sklearn', 'scipy', 'pandas'}\n"
        "print(heavy & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "set()"


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize("name", ["base", "tiny"])
def test_the_shipped_models_are_known_to_know_these_clips(
    data: Path, evaluate: Evaluate, name: str
) -> None:
    path = data / "feast" / "dev.npz"
    report = json.loads(evaluate("--data", path, "--model", name, "--json")[1])
    assert report["not_in_model"] == {}
    assert any("by heart" in doubt for doubt in report["doubts"])
    # What it is on clips that it never heard is its twin's figure, and the card's.
    said = load_model(name).metadata.accuracy
    assert said is not None
    assert report["track_accuracy"]["value"] > said.track.value + 0.1
    assert str(said.track) in (ROOT / "tflite_models" / f"genred-{name}.md").read_text(
        encoding="utf-8"
    )
    assert said.track.value > {"base": 0.64, "tiny": 0.61}[name]
    assert said.window.value >= said.float_window - 0.005


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
    assert np.mean(exact) >= 0.97


def exact_rows(samples: np.ndarray, frame_index: np.ndarray) -> np.ndarray:
    """Rows of frames that start at 512 * index - 1024, not in a stream's even steps."""
    side_by_side = FeatureSpec(hop_length=2048)
    padded = np.concatenate([np.zeros(1024, np.float32), samples, np.zeros(4096, np.float32)])
    frames = [padded[512 * index : 512 * index + 2048] for index in frame_index]
    mfcc = StreamingMfcc(side_by_side)
    return np.concatenate([mfcc.push(np.concatenate(frames)), mfcc.flush()])
