"""`genred-train teach-targets`: what a teacher says of recordings, for a student to learn."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import track

from genred.audio.file import printable
from genred.cli.options import Json
from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred_train.cli.checks import need_tensorflow, wake_tensorflow
from genred_train.collection.targets_file import check_writable, write_targets
from genred_train.teachers.named import TEACHERS, find
from genred_train.teachers.taught import Taught, recordings, teach

_SHOWN = 20


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to."""

    file: str
    teacher: str
    tracks: int
    windows: int
    hours: float
    taken_s: float
    unreadable: dict[str, str]

    def text(self) -> str:
        """Say it in one line."""
        return (
            f"{self.file}: {self.tracks} tracks, {self.windows} windows, {self.hours:.1f} h of "
            f"sound heard by {self.teacher} in {self.taken_s:.1f} s"
        )


def teach_targets(
    collection: Annotated[
        Path, typer.Argument(help="Any folder of music, or a manifest (.csv, .parquet).")
    ],
    *,
    teacher: Annotated[str, typer.Option(help=f"One of {', '.join(TEACHERS)}.")],
    weights: Annotated[Path, typer.Option(help="The teacher's file of weights.", readable=False)],
    out: Annotated[Path, typer.Option(help="The .npz to write.")],
    jobs: Annotated[int, typer.Option(min=1, help="Tracks heard at the same time.")] = 1,
    json: Json = False,
) -> None:
    """Write what a TEACHER says of each window of all tracks, to learn from.

    A window begins every 12 frames, as windows do everywhere here; the teacher's are 3 s.
    """
    chosen = find(teacher)
    check_writable(out)
    spec, tracks = FeatureSpec(), recordings(collection)
    need_tensorflow()
    wake_tensorflow()
    hearing = chosen.open(weights)
    begun = time.monotonic()
    results = _watched(teach(tracks, chosen, hearing, spec, jobs), len(tracks))
    said = [one for one in results if not one.error]
    unreadable = {one.id: one.error for one in results if one.error}
    _warn(unreadable)
    if not said:
        raise GenredError(f"{printable(collection)}: none of its tracks can be used")
    answers = [one.answers for one in said]
    write_targets(out, [one.id for one in said], answers, chosen.tags, spec.interval_frames)
    summary = Summary(
        file=str(out),
        teacher=chosen.name,
        tracks=len(said),
        windows=sum(one.windows for one in said),
        hours=sum(one.length_s for one in said) / 3600,
        taken_s=time.monotonic() - begun,
        unreadable=unreadable,
    )
    print(msgspec.json.encode(summary).decode() if json else summary.text())


def _watched(results: Iterator[Taught], total: int) -> list[Taught]:
    console = Console(stderr=True)
    return list(track(results, description="listening", total=total, console=console))


def _warn(unreadable: dict[str, str]) -> None:
    console = Console(stderr=True, highlight=False)
    for name in list(unreadable)[:_SHOWN]:
        console.print(f"{name}: {unreadable[name]}", markup=False)
    if unreadable:
        console.print(f"warning: {len(unreadable)} of the tracks can't be used")
