"""`genred-train baseline`: on arrays, and on a small collection of recordings."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genred.errors import UsageError
from genred_train.cli.baseline import baseline
from genred_train.cli.options import SplitName


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Two genres, noise below and above 2 kHz, six recordings each and one that is none."""
    rng = np.random.default_rng(0)
    for number in range(12):
        genre = ("below", "above")[number % 2]
        spectrum = np.fft.rfft(rng.normal(0, 0.1, 22050))
        spectrum[slice(2000, None) if genre == "below" else slice(0, 2000)] = 0
        (tmp_path / "music" / genre).mkdir(parents=True, exist_ok=True)
        path = tmp_path / "music" / genre / f"{number}.wav"
        soundfile.write(path, np.fft.irfft(spectrum), 22050)
    (tmp_path / "music" / "below" / "broken.wav").write_bytes(b"no sound")
    return tmp_path / "music"


def test_the_json_has_both_figures_and_the_data(
    low_high_file: Path, others_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline("svm-mfcc", train=low_high_file, valid=others_file, seed=3, json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["track_accuracy"]["value"] == 1
    assert found["track_accuracy"]["n"] == 20
    assert found["window_accuracy"]["n"] == 20 * 5
    assert found["seed"] == 3
    assert len(found["fitted_on"]["sha256"]) == 64
    assert found["confusion"] == [[10, 0], [0, 10]]


def test_people_get_lines(
    low_high_file: Path, others_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline("knn-mfcc-gauss", train=low_high_file, valid=others_file)
    said = capsys.readouterr().out
    assert "by track     100.0 %" in said
    assert "by window    none: hears whole tracks" in said


@pytest.mark.slow
@pytest.mark.parametrize("name", ["svm-features", "ann-features"])
def test_recordings_are_split_and_what_is_none_is_told(
    name: str, recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline(name, audio=recordings, json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["track_accuracy"]["value"] == 1
    assert found["fitted_on"]["tracks"] + found["measured_on"]["tracks"] == 12
    assert found["measured_on"]["name"] == "music/valid (by track)"
    assert "window_accuracy" not in found
    assert list(found["unreadable"]) == ["below/broken.wav"]


@pytest.mark.slow
def test_it_says_what_is_heard_of_recordings_and_of_bands(
    recordings: Path, low_high_file: Path, others_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline("svm-features", audio=recordings)
    assert "SVM on the full features of whole recordings" in capsys.readouterr().out
    baseline("svm-features", train=low_high_file, valid=others_file)
    assert "SVM on features of the mel bands" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "svm"}, 'no baseline "svm"; choose knn-mfcc-gauss'),
        ({"name": "svm-mfcc"}, "give --train and --valid, or --audio"),
        ({"name": "svm-mfcc", "train": Path("a"), "audio": Path("b")}, "give --train and --valid"),
        ({"name": "svm-mfcc", "audio": Path("b")}, "--audio is for ann-features and svm-features"),
        (
            {"name": "svm-features", "audio": Path("b"), "split": SplitName.LEAKY},
            "recordings are heard whole",
        ),
    ],
)
def test_wrong_use_is_one_line(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        baseline(**options)  # type: ignore[arg-type] # as a person may mix them


def test_measuring_on_what_was_fitted_on_is_refused(low_high_file: Path) -> None:
    with pytest.raises(UsageError, match="is what is fitted on"):
        baseline("svm-mfcc", train=low_high_file, valid=low_high_file)
