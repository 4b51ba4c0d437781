"""`genred-train prepare` as a command: what its options mean, what it says, how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from genred.errors import GenredError, UsageError
from genred_train.cli import prepare as command
from genred_train.collection.prepared import load_prepared
from genred_train.features.schedulers import in_this_process
from prepared_folders import write_collection, write_sound

SMALL = ["--sample-rate", "8000", "--n-fft", "512", "--hop-length", "256", "--n-mels", "20"]


@pytest.fixture(autouse=True)
def _no_other_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "scheduler_for", lambda *_: in_this_process)


def ran(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(command.prepare)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def spec_of(tmp_path: Path, *options: str) -> dict[str, Any]:
    """What a model that is fitted on it would hear."""
    found = ran(tmp_path / "music", "--out", tmp_path / "out", *options)
    assert found.exit_code == 0, found.exception
    made: dict[str, Any] = json.loads((tmp_path / "out" / "dataset.json").read_text())["recipe"]
    return made


def test_it_tells_what_it_did_and_that_nothing_had_changed(tmp_path: Path) -> None:
    write_collection(tmp_path / "music", 4, 4.0)
    write_sound(tmp_path / "music" / "jazz" / "short.wav", 0.3, 1)
    first = ran(tmp_path / "music", "--out", tmp_path / "out", *SMALL)
    assert first.exit_code == 0
    assert "4 tracks" in first.stdout
    assert "times real time" in first.stdout
    assert "jazz/short.wav" in first.stderr
    assert "warning: 1 track can't be used" in first.stderr
    assert (
        "nothing had changed" in ran(tmp_path / "music", "--out", tmp_path / "out", *SMALL).stdout
    )


def test_the_json_holds_the_figures(tmp_path: Path) -> None:
    write_collection(tmp_path / "music", 4, 4.0)
    told = json.loads(ran(tmp_path / "music", "--out", tmp_path / "out", "--json", *SMALL).stdout)
    assert (told["tracks"], told["computed"], told["unreadable"]) == (4, 4, [])
    assert told["hours"] * 3600 == pytest.approx(16, rel=0.03)
    assert told["real_time_factor"] > 1


def test_without_options_it_is_for_the_shipped_models(tmp_path: Path) -> None:
    write_collection(tmp_path / "music", 2, 3.1)
    spec_of(tmp_path)
    assert load_prepared(tmp_path / "out").spec == type(load_prepared(tmp_path / "out").spec)()


def test_options_become_the_recipe(tmp_path: Path) -> None:
    write_collection(tmp_path / "music", 2, 8.0)
    options = ["--segment", "2", "--overlap", "0.5", "--kind", "logmel", "--deltas", "2"]
    made = spec_of(tmp_path, *SMALL, *options, "--excerpts", "--augment", "gain", "--seed", "3")
    features = made["features"]
    assert (features["window_frames"], features["interval_frames"]) == (62, 31)
    assert (features["kind"], features["deltas"], features["n_mfcc"]) == ("logmel", 2, 20)
    assert features["fmax"] == 4000
    assert (made["pieces"], made["versions"], made["seed"]) == ("excerpts", 3, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--kind", "mel"], 'kind "mel" is none; give mfcc or logmel'),
        (["--study", "mel-3s-plain", "--n-mels", "64"], "leave out --n-mels"),
        (["--study", "mel-3s-plain", "--excerpts"], "leave out --excerpts"),
        (["--study", "mel-4s-plain"], "none of its 24"),
        (["--n-mfcc", "500"], "--n-mfcc 500: give 1 to 128 (--n-mels)"),
        (["--n-mfcc", "50", "--n-mels", "40"], "--n-mfcc 50: give 1 to 40"),
        (["--n-mels", "99999"], "--n-mels 99999: give 1 to 65536"),
        (["--hop-length", "4096"], "give a --hop-length of 1 to 2048"),
        (["--n-fft", "3"], "or an --n-fft of 914 to 65536"),
        (["--n-fft", "99999"], "--n-fft 99999: give 914 (--hop-length) to 65536"),
        (["--segment", "9999"], "--segment is 241223 frames long: give 0.041 to 2717 s"),
        (["--segment", "0.2", "--deltas", "1"], "give 0.37 to"),
        (["--augment", "foo"], 'no change "foo"'),
        (["--noises", "nowhere"], "--noises is for --augment noise; give both"),
        (["--noises", "nowhere", "--augment", "gain"], "--noises is for --augment noise"),
        (["--rooms", "nowhere", "--augment", "noise"], "--rooms is for --augment room,microphone"),
        (["--study", "mel-3s-plain", "--noises", "nowhere"], "--noises is for --augment noise"),
        (["--excerpt-s", "5"], "give both"),
        (["--versions", "3"], "go together"),
    ],
)
def test_wrong_use_is_one_line(tmp_path: Path, options: list[str], message: str) -> None:
    write_collection(tmp_path / "music", 2)
    found = ran(tmp_path / "music", "--out", tmp_path / "out", *options)
    assert isinstance(found.exception, UsageError)
    assert message in str(found.exception)
    assert "\n" not in str(found.exception)
    assert not (tmp_path / "out").exists()


def test_bands_too_narrow_for_the_transform_are_said_before_anything_is_made(
    tmp_path: Path,
) -> None:
    write_collection(tmp_path / "music", 2)
    found = ran(
        tmp_path / "music", "--out", tmp_path / "out", "--n-fft", "256", "--hop-length", "64"
    )
    assert isinstance(found.exception, GenredError)
    assert "covers no FFT bin" in str(found.exception)
    assert not (tmp_path / "out").exists()


def test_nothing_that_can_be_used_is_a_failure_that_json_tells_too(tmp_path: Path) -> None:
    for genre in ("a", "b"):
        write_sound(tmp_path / "music" / genre / "1.wav", 0.2, 0)
    found = ran(tmp_path / "music", "--out", tmp_path / "out", "--json")
    assert isinstance(found.exception, GenredError)
    assert "none of its tracks can be used" in str(found.exception)
    told = json.loads(found.stdout)
    assert (told["tracks"], len(told["unreadable"])) == (0, 2)


def test_a_track_that_is_gone_is_a_change(tmp_path: Path) -> None:
    write_collection(tmp_path / "music", 5, 4.0)
    arguments = (tmp_path / "music", "--out", tmp_path / "out", *SMALL)
    assert "5 tracks heard" in ran(*arguments).stdout
    next((tmp_path / "music" / "blues").iterdir()).unlink()
    assert "none had to be heard" in ran(*arguments).stdout
    assert "nothing had changed" in ran(*arguments).stdout
    assert not json.loads(ran(*arguments, "--json").stdout)["changed"]


def test_ctrl_c_is_one_line_and_130(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_collection(tmp_path / "music", 2)

    def pressed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "open_collection", pressed)
    found = ran(tmp_path / "music", "--out", tmp_path / "out")
    assert found.exit_code == 130
    assert found.stderr == "genred-train: stopped; the same command goes on from there\n"


def test_anew_begins_again(tmp_path: Path) -> None:
    write_collection(tmp_path / "music", 2, 4.0)
    spec_of(tmp_path, *SMALL)
    refused = ran(tmp_path / "music", "--out", tmp_path / "out")
    assert "--anew" in str(refused.exception)
    assert spec_of(tmp_path, "--anew")["features"]["n_mels"] == 128
