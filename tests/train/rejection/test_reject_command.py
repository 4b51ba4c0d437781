"""`genred-train reject` from arrays and noises to a model file that knows what is no music."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from array_files import write_arrays
from genred.cli.run import run_app
from genred.model.classifier import Classifier
from genred.model.package import load
from genred.model.shipped import find
from genred.recording import classify
from genred_train.cli.main import app
from genred_train.collection.arrays import load_arrays
from genred_train.rejection.sounds import of_clips, of_folder
from noise_files import RATE, write_noises

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `genred-train` here: exit code, stdout, stderr."""

    def run(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["genred-train", *map(str, words)])
        code = run_app(app, "genred-train")
        found = capsys.readouterr()
        return code, found.out, found.err

    return run


def refused(found: tuple[int, str, str], code: int) -> str:
    assert found[0] == code, found
    return found[2].splitlines()[-1]


def test_a_model_learns_that_hiss_is_no_music(tmp_path: Path, command: Command) -> None:
    music, noises = write_arrays(tmp_path / "some.npz"), write_noises(tmp_path / "noises")
    out = tmp_path / "knows.tflite"
    code, told, err = command("reject", "--music", music, "--noises", noises, "--out", out)
    assert code == 0, err
    assert "`not_music`, 95 % of tracks" in told
    assert "| kind1 |" in told
    known = load(out)
    rejection = known.metadata.rejection
    assert rejection.unknown is None
    assert rejection.not_music is not None
    assert rejection.not_music.rejects is not None
    assert rejection.not_music.rejects.value > 0.9
    uses = [use for use in known.metadata.training.data if use.split == "rejection fitted on"]
    assert [(use.name, use.clips) for use in uses] == [(f"{tmp_path.name}/some", 20), ("noises", 6)]
    assert known.metadata.model_sha256 == load(find("base")).metadata.model_sha256

    recording = classify(noises / "kind0" / "a.wav", Classifier(known))
    assert recording.genre == "not_music"
    assert sum(recording.probabilities.values()) == pytest.approx(1.0, abs=1e-5)

    options = ("--data", music, "-m", out)
    plain = json.loads(command("evaluate", *options, "--json")[1])
    assert "not_music" not in plain["labels"]
    assert "rejected" not in plain
    found = command("evaluate", *options, "--reject", "--noises", noises, "--json")
    report = json.loads(found[1])
    assert report["labels"][-1] == "not_music"
    assert report["rejected"]["passing_tracks"]["value"] >= 0.9
    assert report["rejected"]["noises"]["all"]["files"]["value"] >= 0.8
    assert report["rejected"]["noises"]["kinds"]["kind1"]["files"]["n"] == 3
    assert sum("rejection was fitted on" in doubt for doubt in report["doubts"]) == 2
    shown = command("evaluate", *options, "--reject", "--noises", noises)[1]
    assert "noises rejected, by file" in shown


@pytest.mark.slow
def test_a_folder_of_what_is_no_music_stands_between_the_music(
    tmp_path: Path, demo: Path, command: Command
) -> None:
    sounds = tmp_path / "sounds"
    (sounds / "classical").mkdir(parents=True)
    (sounds / "classical" / "demo.ogg").symlink_to(demo)
    noises = write_noises(tmp_path / "noises") / "kind0"
    noises.rename(sounds / "not_music")
    options = ("--audio", sounds, "-m", find("base"), "--streams", "--json")
    code, out, err = command("evaluate", *options, "--reject")
    assert code == 0, err
    report = json.loads(out)
    assert report["recall"]["not_music"] == 1.0
    assert report["not_in_model"] == {}
    streams = report["streams"]
    assert {stream["pieces"] for stream in streams} == {
        len(list((sounds / "not_music").iterdir())) + 1
    }
    assert all(stream["changes"] >= 1 for stream in streams)


@pytest.mark.slow
def test_only_some_kinds_of_music_may_be_unknown(tmp_path: Path, command: Command) -> None:
    kind = np.array(["near", "far"] * 10)
    music = write_arrays(tmp_path / "some.npz")
    steep = np.broadcast_to(np.linspace(0, 250, 128), (20, 120, 128)).astype(np.uint8)
    odd = write_arrays(tmp_path / "odd.npz", X=steep, y=None, genres=None, kind=kind)
    asked = ("reject", "--music", music, "--unlike", odd, "--out", tmp_path / "knows.tflite")
    code, out, err = command(*asked, "--kind", "far", "--json")
    assert code == 0, err
    (study,) = json.loads(out)
    assert (study["name"], list(study["kinds"])) == ("unknown", ["far"])
    assert "no such kind (kinds: far, near)" in refused(command(*asked, "--kind", "none"), 2)
    assert "has no such kind (kinds: none)" in refused(
        command("reject", "--music", music, "--unlike", music, "--kind", "x", "--out", "a.tflite"),
        2,
    )


def test_what_cant_be_done_is_one_line(tmp_path: Path, command: Command) -> None:
    music, out = write_arrays(tmp_path / "some.npz"), tmp_path / "out.tflite"
    (tmp_path / "empty").mkdir()
    short = tmp_path / "short" / "kind"
    short.mkdir(parents=True)
    soundfile.write(short / "short.wav", np.zeros(100, np.float32), RATE)
    cases: list[tuple[list[str | Path], int, str]] = [
        (["reject", "--music", music, "--out", out], 2, "give --noises, --unlike, or both"),
        (
            ["reject", "--music", music, "--noises", tmp_path, "--out", "a.wav"],
            2,
            "ends in .tflite",
        ),
        (
            ["reject", "--music", music, "--noises", tmp_path / "empty", "--out", out],
            1,
            "no sound file there",
        ),
        (
            ["reject", "--music", music, "--noises", short.parent, "--out", out],
            1,
            "short.wav: is shorter than a frame",
        ),
        (["evaluate", "--data", music, "--noises", short], 2, "--noises is of --reject"),
        (["evaluate", "--run", tmp_path, "--reject"], 2, "give --model without --run"),
    ]
    for words, code, why in cases:
        assert why in refused(command(*words), code)
    assert not out.exists()


def test_a_model_that_can_reject_nothing_says_so(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genred_train.cli.rejecting.by_name", lambda _: {})
    music = write_arrays(tmp_path / "some.npz")
    why = refused(command("evaluate", "--data", music, "--reject"), 2)
    assert "can reject nothing; make one that can: genred-train reject" in why


def test_names_tell_recordings_and_artists(tmp_path: Path) -> None:
    model = Classifier(load(find("base")))
    folder = write_noises(tmp_path / "noises", kinds=1, each=1)
    sound = (folder / "kind0" / "a.wav").read_bytes()
    for name in ("rain_0", "rain_1", "street-12"):
        (folder / "kind0" / f"{name}.wav").write_bytes(sound)
    found = of_folder(model, folder)
    assert found.groups == ["kind0/a", "kind0/rain", "kind0/rain", "kind0/street"]
    assert found.use.hours == pytest.approx(4 * 3.5 / 3600)
    artists = np.array(["A  b", "a B", *[""] * 18])
    clips = load_arrays(
        write_arrays(tmp_path / "some.npz", artists=artists), model.metadata.features
    )
    some = of_clips(model, clips.pick(range(3)))
    assert some.groups[0] == some.groups[1] != some.groups[2]
    assert some.labelled == [True] * 3
    assert all(len(one.logits) == 5 for one in some.heard)
