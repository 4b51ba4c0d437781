"""Trials carried out: a network and a baseline, and none twice."""

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from array_files import GENRES, write_arrays
from clip_makers import loud_band_clips
from genred.cli.run import run_app
from genred.errors import GenredError
from genred_train.augment.chosen import Augmentation
from genred_train.cli.main import app
from genred_train.comparison.contest import Contest
from genred_train.comparison.grid import Grid, GridData, Theirs, Trial
from genred_train.comparison.results import read, write
from genred_train.comparison.table import table
from genred_train.fitting.options import FitOptions
from genred_train.fitting.parts import FitParts
from genred_train.fitting.run import Run
from genred_train.plots.comparison import draw_comparison

NETWORK = FitOptions(
    model="cnn-48-32-16-72",
    epochs=1,
    batch_size=32,
    learning_rate=1e-3,
    judge_every=1,
    windows_per_clip=1,
    augmentation=Augmentation(changes=(), mixup_alpha=0.0, label_smoothing=0.0),
)


def contest(folder: Path, demo: Path) -> Contest:
    train, valid = loud_band_clips(), loud_band_clips(seed=5, clips=6)
    names = [f"valid-{name}" for name in valid.ids]
    ticks = itertools.count()
    now_s = lambda: float(next(ticks))  # noqa: E731 - a clock of whole seconds
    return Contest(train, replace(valid, ids=names, tracks=names), [demo], folder, now_s)


def replaced(**changed: object) -> FitOptions:
    return msgspec.structs.replace(NETWORK, **changed)


def trial(row: str, baseline: str | None = None) -> Trial:
    return Trial(row=row, column="border", split="border", options=NETWORK, baseline=baseline)


@pytest.mark.slow
def test_a_trial_is_carried_out_once_and_made_anew_for_other_clips(
    tmp_path: Path, demo: Path
) -> None:
    held = contest(tmp_path, demo)
    network, baseline = held.result(trial("network")), held.result(trial("svm", "svm-mfcc"))
    assert network.parameters
    assert baseline.parameters is None
    assert baseline.window.value > 0.8
    assert network.taken_s == 1.0
    again = contest(tmp_path, demo)
    assert again.result(trial("network")) == network
    assert again.known == {}, "nothing was measured again"
    others = replace(again, train=loud_band_clips(seed=7))
    assert others.result(trial("svm", "svm-mfcc")).digest != baseline.digest


def test_a_table_shows_rows_columns_and_the_figures_of_others(tmp_path: Path, demo: Path) -> None:
    held = contest(tmp_path, demo)
    found = [held.result(trial(row, "svm-mfcc")) for row in ("one", "two")]
    grid = Grid(
        title="T",
        data=GridData(train="a", valid="b", audio=[]),
        row="r",
        grid=[],
        theirs=Theirs(source="they said so", figures={"two": 65.13}),
    )
    lines = table(grid, found, "genred-train compare x").splitlines()
    (one,), (two,) = ([line for line in lines if f"| {row} |" in line] for row in ("one", "two"))
    assert "| 65.1 |" in two
    assert "| 65.1 |" not in one
    assert f"{100 * found[0].window.value:.1f} (" in one
    assert "Theirs: they said so." in lines
    draw_comparison(found, tmp_path / "chart.svg")
    assert b"<svg" in (tmp_path / "chart.svg").read_bytes()


def test_a_table_with_a_network_says_what_flatters_it(tmp_path: Path, demo: Path) -> None:
    result = contest(tmp_path, demo).result(trial("svm", "svm-mfcc"))
    grid = Grid(title="T", data=GridData(train="a", valid="b", audio=[]), row="r", grid=[])
    network = msgspec.structs.replace(result, trial=trial("network"), parameters=5)
    said = "best epoch is chosen on the part that is scored"
    assert said in table(grid, [result, network], "x")
    assert said not in table(grid, [result], "x")


def test_results_hold_for_the_sound_that_ranges_came_from(tmp_path: Path) -> None:
    sound = tmp_path / "sound.wav"
    sound.write_bytes(b"one")
    one = contest(tmp_path, sound).digest
    elsewhere = tmp_path / "elsewhere.wav"
    sound.rename(elsewhere)
    assert contest(tmp_path, elsewhere).digest == one
    elsewhere.write_bytes(b"other")
    assert contest(tmp_path, elsewhere).digest != one
    with pytest.raises(GenredError, match=r"sound\.wav: .*; give --data its folder"):
        assert contest(tmp_path, sound).digest


@pytest.mark.slow
def test_a_trial_that_was_killed_goes_on_and_one_of_other_options_begins_anew(
    tmp_path: Path, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    went_on: list[bool] = []

    def killed(run: Run, parts: FitParts, **how: Any) -> None:
        went_on.append(how["resume"] and run.last.exists())
        assert len(parts.train)
        assert len(parts.valid)
        run.last.touch()
        raise KeyboardInterrupt

    monkeypatch.setattr("genred_train.comparison.contest.fit", killed)
    other = msgspec.structs.replace(trial("network"), options=replaced(seed=0, batch_size=16))
    held = contest(tmp_path, demo)
    for asked in (trial("network"), trial("network"), other):
        with pytest.raises(KeyboardInterrupt):
            held.result(asked)
    assert went_on == [False, True, False]


def test_a_folder_with_anything_of_others_is_left_alone(tmp_path: Path, demo: Path) -> None:
    folder = tmp_path / trial("svm", "svm-mfcc").slug
    folder.mkdir()
    for name in ("config.json", "last.dropout.3.npy", "thesis.md"):
        (folder / name).write_text("mine")
    with pytest.raises(GenredError, match=r"holds thesis\.md, which is of no trial; move it"):
        contest(tmp_path, demo).result(trial("svm", "svm-mfcc"))
    assert len(list(folder.iterdir())) == 3
    (folder / "thesis.md").unlink()
    contest(tmp_path, demo).result(trial("svm", "svm-mfcc"))
    assert [path.name for path in folder.iterdir()] == ["result.json"]


def test_who_stops_a_comparison_is_told_how_it_goes_on(
    tmp_path: Path, demo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(_: Contest, __: Trial) -> None:
        print("valid: of a fit")
        raise KeyboardInterrupt

    monkeypatch.setattr(Contest, "result", stopped)
    write_arrays(tmp_path / "a.npz")
    grid = tmp_path / "grid.toml"
    grid.write_text(
        'title = "T"\nrow = "{model}"\n[data]\ntrain = "a.npz"\nvalid = "a.npz"\n'
        f'audio = ["{demo.parent}"]\n[[grid]]\nmodel = "svm-mfcc"\n'
    )
    given = ["genred-train", "compare", grid, "--data", tmp_path, "--out", tmp_path / "out"]
    monkeypatch.setattr("sys.argv", list(map(str, given)))
    assert run_app(app, "genred-train") == 130
    told = capsys.readouterr()
    assert "stopped; 0 of 1 trials are done, the same command goes on" in told.err
    assert told.out == "", "that is for the results alone"


def test_a_last_layer_that_cant_be_refitted_is_refused_before_the_first_trial(
    tmp_path: Path,
    demo: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_arrays(tmp_path / "a.npz", genres=np.array([*GENRES, "zouk"]))
    grid = tmp_path / "grid.toml"
    grid.write_text(
        'title = "T"\nrow = "{model}"\n[data]\ntrain = "a.npz"\nvalid = "a.npz"\n'
        f'audio = ["{demo.parent}"]\n[[grid]]\nmodel = "svm-mfcc"\n'
        '[[grid]]\nmodel = "cnn-48-32-16-72"\nrefit_head = 0.1\n'
    )
    given = ["genred-train", "compare", grid, "--data", tmp_path, "--out", tmp_path / "out"]
    monkeypatch.setattr("sys.argv", list(map(str, given)))
    assert run_app(app, "genred-train") == 2
    assert "refit_head: no clip to fit on is zouk" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_result_that_is_half_written_or_of_another_trial_is_none(
    tmp_path: Path, demo: Path
) -> None:
    result = contest(tmp_path, demo).result(trial("svm", "svm-mfcc"))
    folder = tmp_path / result.trial.slug
    assert read(folder, result.trial, result.digest) == result
    assert read(folder, trial("svm"), result.digest) is None
    assert read(folder, result.trial, "other") is None
    (folder / "result.json").write_text('{"trial": ')
    assert read(folder, result.trial, result.digest) is None


def test_a_folder_that_takes_no_result_is_one_line(tmp_path: Path, demo: Path) -> None:
    result = contest(tmp_path, demo).result(trial("svm", "svm-mfcc"))
    (tmp_path / "file").write_text("")
    with pytest.raises(GenredError, match="give another --out"):
        write(tmp_path / "file" / "trial", result)
