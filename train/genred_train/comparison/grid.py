"""A grid of trials, as a TOML file tells it: data, what all share, and lists to combine."""

import difflib
import itertools
from pathlib import Path
from typing import Any, Literal

import msgspec

from genred.errors import GenredError, UsageError
from genred_train.baselines.named import BASELINES
from genred_train.fitting.options import FitOptions

SplitName = Literal["border", "track", "segments", "augmented-first"]
"""border: one file fitted on, the other scored. The rest join the two first: `track` keeps tracks
whole, `segments` does not, `augmented-first` splits segments after changed versions were made."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of a table."""

    row: str
    column: str
    split: SplitName
    options: FitOptions
    versions: int = 1
    """changed versions of each clip beside the plain one, plus that one"""
    baseline: str | None = None
    """instead of the network"""

    @property
    def slug(self) -> str:
        """A folder's name."""
        plain = f"{self.row} {self.column} {self.options.seed}".lower()
        return "-".join("".join(c if c.isalnum() else " " for c in plain).split())


class GridData(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Paths, below the folder that `--data` names."""

    train: str
    valid: str
    audio: list[str]


class Theirs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Figures of others, to stand beside ours."""

    source: str
    figures: dict[str, float]
    """per cent, by row"""


class Grid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a TOML file holds."""

    title: str
    data: GridData
    row: str
    """name of a row, with fields of a trial in braces"""
    column: str = "{split}"
    same: dict[str, Any] = {}
    """fields of a fit that all trials share"""
    grid: list[dict[str, Any]]
    """each: fields, and lists of fields; every combination of the lists is a trial"""
    theirs: Theirs | None = None


def load_grid(path: Path) -> Grid:
    """Read the file; raises UsageError naming it and the field."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Grid)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise UsageError(f"{path}: {error}") from error


def trials(grid: Grid) -> list[Trial]:
    """List all trials in the order of the file; raises UsageError for a field that is none."""
    made = [_trial(grid, fields) for block in grid.grid for fields in _combined(grid.same | block)]
    slugs = [trial.slug for trial in made]
    twice = {slug for slug in slugs if slugs.count(slug) > 1}
    if twice:
        raise UsageError(f"grid: two trials are called {min(twice)}; name more fields in `row`")
    return made


def _combined(block: dict[str, Any]) -> list[dict[str, Any]]:
    lists = {name: value for name, value in block.items() if isinstance(value, list)}
    plain = {name: value for name, value in block.items() if name not in lists}
    chosen = itertools.product(*lists.values())
    return [plain | dict(zip(lists, values, strict=True)) for values in chosen]


def _trial(grid: Grid, fields: dict[str, Any]) -> Trial:
    own = dict(fields)
    split, versions = own.pop("split", "border"), own.pop("versions", 1)
    baseline = own["model"] if own.get("model") in BASELINES else None
    if baseline:
        own["model"] = FitOptions().model
    _check_fields(fields)
    try:
        options = msgspec.convert(own, FitOptions).filled()
        names = {**msgspec.to_builtins(options), **fields, "split": split, "versions": versions}
        return msgspec.convert(
            {
                "row": _called("row", grid.row, names),
                "column": _called("column", grid.column, names),
                "split": split,
                "options": msgspec.to_builtins(options),
                "versions": versions,
                "baseline": baseline,
            },
            Trial,
        )
    except UsageError as error:
        raise UsageError(f"grid: {error}") from error
    except (msgspec.ValidationError, GenredError) as error:
        raise UsageError(f"grid: {error} (in {fields})") from error


def _check_fields(fields: dict[str, Any]) -> None:
    """Raise UsageError for the first field that no trial has."""
    known = [*FitOptions.__struct_fields__, "split", "versions"]
    for name in fields:
        if name not in known:
            raise UsageError(f'grid: a trial has no field "{name}"; {_nearest(name, known)}')


def _called(what: str, template: str, names: dict[str, Any]) -> str:
    """Fill in the name of a row or column; raises UsageError where it can't be."""
    try:
        return template.format(**names)
    except KeyError as error:
        wrong = str(error.args[0])
        raise UsageError(
            f'{what} "{template}": a trial has no field "{wrong}"; {_nearest(wrong, list(names))}'
        ) from error
    except (ValueError, IndexError, AttributeError, TypeError) as error:
        raise UsageError(
            f'{what} "{template}": {error}; name fields in braces, as in "{{model}}"'
        ) from error


def _nearest(wrong: str, known: list[str]) -> str:
    return f'the nearest is "{difflib.get_close_matches(wrong, known, n=1, cutoff=0.0)[0]}"'
