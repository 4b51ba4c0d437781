"""`genred-train evaluate --through`: what may be asked for, and what is shown."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genred.cli.run import run_app
from genred_train.cli.main import app

Evaluate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def evaluate(
    music: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Evaluate:
    """Run the command on two recordings: exit code, stdout, stderr."""

    def run(*options: str | Path) -> tuple[int, str, str]:
        words = ["genred-train", "evaluate", "--audio", music, *options]
        monkeypatch.setattr(sys, "argv", [str(word) for word in words])
        code = run_app(app, "genred-train")
        found = capsys.readouterr()
        return code, found.out, found.err

    return run


@pytest.fixture
def music(tmp_path: Path) -> Path:
    for number, genre in enumerate(("jazz", "rock")):
        (tmp_path / "music" / genre).mkdir(parents=True)
        sound(tmp_path / "music" / genre / "some.wav", 3.2, number)
    return tmp_path / "music"


@pytest.fixture
def rooms(tmp_path: Path) -> Path:
    (tmp_path / "rooms").mkdir()
    for name in ("room_hall", "room_hut", "device_mic_A"):
        sound(tmp_path / "rooms" / f"{name}.wav", 0.05)
    return tmp_path / "rooms"


@pytest.fixture
def noises(tmp_path: Path) -> Path:
    (tmp_path / "noises" / "rain").mkdir(parents=True)
    sound(tmp_path / "noises" / "rain" / "1.wav", 1.0)
    return tmp_path / "noises"


def sound(path: Path, length_s: float, seed: int = 0) -> None:
    samples = 0.1 * np.random.default_rng(seed).standard_normal(round(length_s * 22050))
    soundfile.write(path, samples.astype(np.float32), 22050)


def test_kinds_are_chosen_by_name_and_told_as_json(evaluate: Evaluate) -> None:
    code, out, err = evaluate("--through", "gain, agc", "--json")
    assert code == 0, err
    through = json.loads(out)["through"]
    assert [one["kind"] for one in through if not one["name"]] == ["gain", "agc"]
    gains = through[0]
    assert gains["conditions"] == 4
    assert 0 <= gains["same_label"]["value"] <= 1
    assert gains["windows_lost"]["low"] <= gains["windows_lost"]["value"]


def test_people_get_a_table_of_all_that_there_are_recordings_for(
    evaluate: Evaluate, rooms: Path, noises: Path
) -> None:
    code, out, err = evaluate("--through", "all", "--rooms", rooms, "--most", 1)
    assert code == 0, err
    for word in ("gain", "codec", "microphone", "room", "points lost"):
        assert word in out
    assert "together" not in out
    some = ["--rooms", rooms, "--noises", noises, "--most", 1]
    out = evaluate("--through", "together", *some)[1]
    assert "together all 3" in " ".join(out.split())
    assert "20 dB SNR" in out


def test_without_it_nothing_is_said_of_it(evaluate: Evaluate) -> None:
    assert "through" not in json.loads(evaluate("--json")[1])
    assert "through rooms" not in evaluate()[1]


def test_what_cant_be_asked_for_is_one_line(
    evaluate: Evaluate, rooms: Path, noises: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases: list[tuple[list[str | Path], str]] = [
        (["--through", "gian"], 'no way "gian"; did you mean "gain"'),
        (["--through", "room"], "--through room needs --rooms FOLDER with room_"),
        (["--through", "noise", "--rooms", rooms], "--through noise needs --noises FOLDER"),
        (["--through", "together", "--noises", noises], "with room_.* and .* with device_"),
        (["--rooms", rooms], "--rooms is for --through; give both"),
        (["--most", "3"], "--most is for --through; give both"),
    ]
    monkeypatch.setattr("genred_train.cli.through.can_be_made", lambda: False)
    cases.append((["--through", "box"], "needs pyroomacoustics: pip install"))
    for words, told in cases:
        code, _, err = evaluate(*words)
        assert code == 2, words
        assert len(err.splitlines()) == 1
        assert re.search(told, err), err
