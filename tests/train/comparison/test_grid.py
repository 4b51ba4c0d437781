"""Grids of trials: what a file stands for, and what is said of wrong ones."""

from pathlib import Path

import pytest

from genred.errors import UsageError
from genred_train.comparison.grid import load_grid, trials

GRIDS = Path(__file__).resolve().parents[3] / "examples" / "grids"
HEAD = """title = "T"
row = "{model} {segment_s}"
[data]
train = "a.npz"
valid = "b.npz"
audio = ["c"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "grid.toml"
    path.write_text(HEAD + text)
    return path


def test_every_combination_of_the_lists_is_a_trial(tmp_path: Path) -> None:
    text = '[same]\nsplit = ["border", "segments"]\n[[grid]]\nsegment_s = [3.0, 10.0, 30.0]\n'
    made = trials(load_grid(written(tmp_path, text)))
    assert [(trial.column, trial.options.segment_s) for trial in made] == [
        (split, length) for split in ("border", "segments") for length in (3.0, 10.0, 30.0)
    ]
    assert len({trial.slug for trial in made}) == 6


def test_a_baseline_is_a_trial_too(tmp_path: Path) -> None:
    (made,) = trials(load_grid(written(tmp_path, '[[grid]]\nmodel = "svm-mfcc"\n')))
    assert made.baseline == "svm-mfcc"
    assert made.row == "svm-mfcc None"


def test_the_study_has_its_24_rows_and_their_figures() -> None:
    grid = load_grid(GRIDS / "study.toml")
    made = trials(grid)
    assert grid.theirs is not None
    assert {trial.row for trial in made} == set(grid.theirs.figures)
    assert len({trial.row for trial in made}) == 24
    leaky = [trial for trial in made if trial.split == "augmented-first"]
    assert {trial.versions for trial in leaky} == {3}
    assert len(leaky) == 12


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[grid]]\nmodle = "residual"\n', 'no field "modle"; the nearest is "model"'),
        ('[[grid]]\nmodel = "residul"\n', 'nearest is "residual"'),
        ('[[grid]]\nsplit = "bordr"\n', "split"),
        ("[[grid]]\nseed = [0, 1]\nepochs = [1, 2]\n", "two trials are called"),
        ('[more]\nx = 1\n[[grid]]\nmodel = "residual"\n', "unknown field `more`"),
    ],
)
def test_a_wrong_grid_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        trials(load_grid(written(tmp_path, text)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{modl}", 'row "{modl}": a trial has no field "modl"; the nearest is "model"'),
        ("{model", "row \"{model\": expected '}' before end of string; name fields in braces"),
        ("{}", 'row "{}": .*; name fields in braces, as in "{model}"'),
        ("{seed.x}", 'row "{seed.x}": .*; name fields in braces'),
    ],
)
def test_a_wrong_name_of_rows_is_one_line(tmp_path: Path, row: str, message: str) -> None:
    path = written(tmp_path, '[[grid]]\nmodel = "residual"\n')
    path.write_text(path.read_text().replace("{model} {segment_s}", row))
    with pytest.raises(UsageError, match=message) as caught:
        trials(load_grid(path))
    assert "\n" not in str(caught.value)
