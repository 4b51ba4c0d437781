"""`genred teach` and `genred taught`: from a folder of songs to what the daemon says."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genred.cli import taught as taught_command
from genred.cli.options import open_model, wishes
from genred.cli.teach import open_store, teach
from genred.errors import GenredError, UsageError
from genred.model.shipped import load_model
from genred.recording import classify
from genred.taught.lesson import Lesson
from genred.taught.opened import Wishes
from genred.taught.store import Store
from lessons import songs, teachable
from programs import genred

RATE = 22050
LABELS = load_model("base").metadata.labels


def tone(path: Path, seed: int, pitch: float) -> Path:
    """Write four seconds of a pulsed tone, no two the same."""
    rng = np.random.default_rng(seed)
    time = np.arange(4 * RATE) / RATE
    hum = sum(np.sin(2 * np.pi * n * pitch * (1 + 0.02 * seed) * time) / n for n in (1, 2, 3))
    beat = 0.5 + 0.5 * np.sign(np.sin(2 * np.pi * (1.5 + 0.1 * seed) * time))
    sound = 0.1 * hum * beat + 0.005 * rng.standard_normal(len(time))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, RATE, subtype="PCM_16")
    return path


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two kinds of songs in a folder each, with what else lies about in one."""
    folder = tmp_path_factory.mktemp("music")
    for seed in range(4):
        tone(folder / "low" / f"{seed}.wav", seed, 70.0)
        tone(folder / "high" / "deep" / f"{seed}.wav", seed, 900.0)
    (folder / "low" / "cover.jpg").touch()
    (folder / "low" / "._0.wav").touch()
    (folder / "low" / "broken.wav").write_text("no sound")
    soundfile.write(folder / "low" / "silent.wav", np.zeros(RATE * 4), RATE)
    return folder


@pytest.fixture(scope="module")
def taught(music: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("taught") / "dir"
    found = genred("teach", "drone", music / "low", "--others", music, "--taught-dir", folder)
    assert found.returncode == 0, found.stderr
    assert "drone: learnt from 4 songs; left out in turn, " in found.stdout
    assert "of 4 other songs are taken for it" in found.stdout
    told = found.stderr.splitlines()
    assert len(told) == 2, told
    assert "broken.wav" in told[0]
    assert "silent.wav: holds no sound" in told[1]
    return folder


def probabilities(song: Path, wished: Wishes) -> dict[str, float]:
    said = classify(song, open_model("base", wished)).probabilities
    assert sum(said.values()) == pytest.approx(1.0, abs=1e-3)
    return said


def test_what_was_taught_is_said_of_new_songs_and_not_of_others(
    taught: Path, tmp_path: Path
) -> None:
    low = probabilities(tone(tmp_path / "l.wav", 9, 70.0), Wishes(taught))
    high = probabilities(tone(tmp_path / "h.wav", 9, 900.0), Wishes(taught))
    assert set(low) >= {*LABELS, "drone"}
    # A model may rightly say that a bare tone is no music: what it is of genres is asked here.
    for said in (low, high):
        genres = 1 - said["not_music"]
        said.update({label: said[label] / genres for label in {*LABELS, "drone"}})
        said["not_music"] = 0.0
    assert max(low, key=lambda label: low[label]) == "drone"
    assert high["drone"] < 0.3


def test_weights_and_names_go_for_taught_labels_too(taught: Path, music: Path) -> None:
    asked = wishes(taught, False, ["drone=0"], ["drone=hum", "jazz=rock"])
    said = probabilities(music / "low" / "0.wav", asked)
    assert said["hum"] == 0
    assert not {"drone", "jazz"} & set(said)


def test_the_default_folder_is_the_users_and_can_be_left_out(
    taught: Path, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    song = music / "low" / "0.wav"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert "drone" not in probabilities(song, Wishes())
    place = tmp_path / "genred"
    place.mkdir()
    (place / "taught").symlink_to(taught)
    assert "drone" in probabilities(song, Wishes())
    assert "drone" not in probabilities(song, Wishes(no_taught=True))


@pytest.mark.parametrize("command", ["run", "replay"])
def test_the_daemon_says_it_too(taught: Path, music: Path, tmp_path: Path, command: str) -> None:
    where = ["--control", "none", "--source"] if command == "run" else ["--speed", "max"]
    options = ["--json", "--taught-dir", str(taught), "--bind", f"ipc://{tmp_path}/e"]
    source = f"pipe:{music / 'low' / '0.wav'}?rate=22050&channels=1&format=s16le"
    found = genred(command, *where, source, *options, "--name", "drone=hum")
    assert found.returncode == 0, found.stderr
    events = [json.loads(line) for line in found.stdout.splitlines()]
    heard = [event for event in events if event["type"] == "prediction"]
    assert heard
    assert all("hum" in event["probabilities"] for event in heard)


@pytest.mark.slow
def test_other_music_of_another_model_is_heard_again_by_this_one(
    music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path / "t")
    store.save_others(songs(0, 3), [str(music / "high")], teachable())
    teach("drone", music / "low", taught_dir=store.folder)
    assert "of 4 other songs are taken for it" in capsys.readouterr().out
    found = store.load(load_model("base").metadata)
    assert (found.names, len(found.others)) == (["drone"], 4)


def test_it_is_listed_and_removed(
    music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "t"
    taught_command.show(taught_dir=folder)
    assert "nothing is taught" in capsys.readouterr().out
    metadata = load_model("base").metadata
    Store(folder).save(Lesson("rock", str(music / "high"), songs(0, 4)), metadata)
    taught_command.show(taught_dir=folder, json=True)
    said = json.loads(capsys.readouterr().out)
    assert (said["name"], len(said["songs"]), said["usable"]) == ("rock", 4, True)
    taught_command.show(taught_dir=folder)
    assert "rock" in capsys.readouterr().out
    taught_command.remove(["rock"], taught_dir=folder)
    with pytest.raises(GenredError, match=r'"rock" is not taught \(taught is nothing\)'):
        taught_command.remove(["rock"], taught_dir=folder)
    with pytest.raises(UsageError, match="or --others"):
        taught_command.remove([], taught_dir=folder)


@pytest.mark.parametrize(
    ("name", "folder", "kind", "why"),
    [
        ("silence", "low", UsageError, "word of genred's own"),
        ("Rock", "low", UsageError, 'is there as "rock"'),
        ("x", "none", GenredError, "no such folder"),
        ("x", "empty", GenredError, "no sound file"),
        ("x", "few", GenredError, "2 songs could be heard, 3 are the fewest"),
    ],
)
def test_what_can_not_be_taught_is_told_and_nothing_is_kept(
    music: Path, tmp_path: Path, name: str, folder: str, kind: type[GenredError], why: str
) -> None:
    (tmp_path / "empty").mkdir()
    for seed in range(2):
        tone(tmp_path / "few" / f"{seed}.wav", seed, 300.0)
    (tmp_path / "low").symlink_to(music / "low")
    with pytest.raises(kind, match=why):
        teach(name, tmp_path / folder, taught_dir=tmp_path / "t")
    assert not (tmp_path / "t").exists()


@pytest.mark.parametrize(
    ("command", "options", "why"),
    [
        ("classify", ["--weight", "jaz=1"], 'did you mean "jazz"'),
        ("replay", ["--name", "jazz"], "give LABEL=NAME"),
        ("run", ["--no-taught", "--taught-dir", "x"], "does not go with"),
    ],
)
def test_options_that_can_not_be_met_are_wrong_use(
    demo: Path, tmp_path: Path, command: str, options: list[str], why: str
) -> None:
    words = [command, "--source", str(demo)] if command == "run" else [command, str(demo)]
    found = genred(*words, *options, cwd=tmp_path)
    assert (found.returncode, found.stdout) == (2, "")
    assert why in found.stderr
    assert found.stderr.count("\n") == 1


def test_a_folder_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(GenredError, match="no such folder; teach into it first"):
        open_model("base", Wishes(tmp_path / "none"))


def test_lessons_lie_where_the_config_of_the_daemon_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENRED_TAUGHT_DIR", str(tmp_path / "ours"))
    assert open_store(None).folder == tmp_path / "ours"
    assert open_store(tmp_path / "other").folder == tmp_path / "other"
