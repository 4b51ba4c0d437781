"""`genred-train evaluate --through`: what is asked for, and its figures as a table."""

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from genred.errors import GenredError, UsageError
from genred.model.metadata import Figure
from genred_train.augment.audio import check_names
from genred_train.augment.boxes import can_be_made
from genred_train.evaluation.condition import KINDS, Condition
from genred_train.evaluation.through import Through
from genred_train.features.ranges import audio_files

_ALL = "all"
_NEEDS = {
    "microphone": ("microphones",),
    "room": ("rooms",),
    "noise": ("noises",),
    "together": ("rooms", "microphones", "noises"),
}
_GIVEN_BY = {
    "rooms": "--rooms FOLDER with room_* in it",
    "microphones": "--rooms FOLDER with device_* in it",
    "noises": "--noises FOLDER",
}
_NAMED = 4
"""conditions of a kind; of more only the worst are"""
_WORST = 3


class Asked(NamedTuple):
    """What the options say."""

    through: str | None
    rooms: Path | None
    noises: Path | None
    most: int | None


def ways(asked: Asked, *, sound: bool, seed: int) -> list[Condition]:
    """Return the conditions of kinds named with commas, or of all that can be made; else none.

    `sound` tells whether recordings are measured. Raises UsageError for a kind that is none or
    that lacks its folder, and for options without a sense.
    """
    if asked.through is None:
        _check_alone(asked)
        return []
    if not sound:
        raise UsageError("--through changes sound: give --audio")
    recorded = _recorded(asked.rooms, asked.noises)
    kinds = _kinds(asked.through, recorded)
    if importlib.util.find_spec("audiomentations") is None:
        raise GenredError("--through needs audiomentations: pip install 'genred[train]'")

    # Imported late: half a second of libraries that other figures need not wait for.
    from genred_train.evaluation.conditions import Recorded, conditions  # noqa: PLC0415

    return conditions(kinds, Recorded(**recorded, most=asked.most), seed)


def _check_alone(asked: Asked) -> None:
    for name in ("rooms", "most"):
        if getattr(asked, name) is not None:
            raise UsageError(f"--{name} is for --through; give both")


def _recorded(rooms: Path | None, noises: Path | None) -> dict[str, list[Path]]:
    responses = audio_files([rooms]) if rooms else []
    return {
        "rooms": [path for path in responses if path.name.startswith("room_")],
        "microphones": [path for path in responses if path.name.startswith("device_")],
        "noises": audio_files([noises]) if noises else [],
    }


def _kinds(through: str, recorded: dict[str, list[Path]]) -> list[str]:
    if through == _ALL:
        return [kind for kind in KINDS if not _lack(kind, recorded)]
    kinds = [kind.strip() for kind in through.split(",")]
    check_names(kinds, (*KINDS, _ALL), "way")
    for kind in kinds:
        if lack := _lack(kind, recorded):
            raise UsageError(f"--through {kind} needs {lack}")
    return kinds


def _lack(kind: str, recorded: dict[str, list[Path]]) -> str:
    """Tell what a kind lacks, nothing if it can be made."""
    if kind == "box" and not can_be_made():
        return "pyroomacoustics: pip install pyroomacoustics"
    return " and ".join(_GIVEN_BY[name] for name in _NEEDS.get(kind, ()) if not recorded[name])


def show_through(found: Sequence[Through]) -> None:
    """Print a line for each kind and group, and for some conditions of it; nothing of nothing."""
    if not found:
        return
    title = "through rooms and devices: right, and what is lost of what is right clean"
    table = Table(title=title, box=None, padding=(0, 1, 0, 0), title_justify="left")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name in ("by window", "points lost (95 %)", "tracks", "same label"):
        table.add_column(name, justify="right", no_wrap=True)
    for kind in dict.fromkeys(one.kind for one in found):
        for one in _shown([one for one in found if one.kind == kind]):
            table.add_row(
                "" if one.name else kind,
                one.name or f"all {one.conditions}",
                f"{one.window_accuracy.value:.1%}",
                _points(one.windows_lost),
                f"{100 * one.tracks_lost.value:+.1f}",
                f"{one.same_label.value:.1%}",
            )
    Console(highlight=False, markup=False).print(table)


def _shown(found: Sequence[Through]) -> Iterator[Through]:
    together = [one for one in found if one.conditions > 1 or not one.name]
    alone = [one for one in found if one not in together]
    yield from together
    if len(alone) <= _NAMED:
        yield from alone
    else:
        yield from sorted(alone, key=lambda one: -one.windows_lost.value)[:_WORST]


def _points(lost: Figure) -> str:
    value, low, high = (100 * share for share in (lost.value, lost.low, lost.high))
    return f"{value:+.1f} ({low:+.1f} to {high:+.1f})"
