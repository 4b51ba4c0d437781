"""`genred-train prepare`: recorded music in, a folder of features out that a model is fitted on."""

import sys
import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from genred.cli.options import Json
from genred.errors import GenredError, UsageError
from genred.features.spec import FeatureSpec
from genred_train.cli.asked import features_asked
from genred_train.collection.open import open_collection
from genred_train.features import prepare as folders
from genred_train.features.recipe import Recipe
from genred_train.features.schedulers import scheduler_for
from genred_train.features.shard_task import Done
from genred_train.features.study import study_recipe

_SHOWN = 20
_VERSIONS = 3
_INTERRUPTED = 130


def prepare(
    collection: Annotated[
        Path,
        typer.Argument(help="A folder with one a genre, a manifest (.csv, .parquet), or FMA's."),
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder to make, or to bring up to date.")],
    genres: Annotated[
        str | None, typer.Option(help="Genres in this order, joined by commas.")
    ] = None,
    all_genres: Annotated[
        bool, typer.Option("--all-genres", help="FMA: all genres of a track, not its top one.")
    ] = False,
    segment: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds that a model hears: 3, 5, 10, 30.")
    ] = None,
    overlap: Annotated[
        float | None,
        typer.Option(min=0, max=0.99, help="Share of a segment.", show_default="5/6"),
    ] = None,
    excerpts: Annotated[
        bool | None, typer.Option("--excerpts", help="Only around 1/4, 1/2 and 3/4 of a track.")
    ] = None,
    excerpt_s: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds of each.", show_default="a segment")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="mfcc or logmel.", show_default="mfcc")] = None,
    n_mfcc: Annotated[int | None, typer.Option(min=1, show_default="all, at most 128")] = None,
    n_mels: Annotated[int | None, typer.Option(min=1, show_default="128")] = None,
    deltas: Annotated[
        int | None, typer.Option(min=0, max=2, help="Derivatives as channels.", show_default="0")
    ] = None,
    sample_rate: Annotated[
        int | None, typer.Option(min=1000, max=48000, help="Hz.", show_default="22050")
    ] = None,
    n_fft: Annotated[int | None, typer.Option(min=2, show_default="2048")] = None,
    hop_length: Annotated[int | None, typer.Option(min=1, show_default="914")] = None,
    augment: Annotated[
        str | None, typer.Option(help="Changes of the sound, joined by commas: pitch,noise ...")
    ] = None,
    versions: Annotated[
        int | None,
        typer.Option(min=1, help="The plain one and others.", show_default="3 with --augment"),
    ] = None,
    noises: Annotated[Path | None, typer.Option(help="Folder of noise to add.")] = None,
    rooms: Annotated[Path | None, typer.Option(help="Folder of impulse responses.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn.")] = 0,
    study: Annotated[
        str | None,
        typer.Option(help="One of the study's 24 sets instead: mel-30s-plain ... mfcc-3s-both."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes.", show_default="cores")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="A Dask cluster: tcp://HOST:PORT, or local.")
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Begin again what --out holds.")] = False,
    json: Json = False,
) -> None:
    """Compute the features of a COLLECTION, as the daemon does, into a folder for `fit`.

    Run again, it computes only what changed; stopped at any moment, it goes on from there.
    """
    features = _given(
        kind=_kind(kind),
        n_mfcc=n_mfcc,
        n_mels=n_mels,
        deltas=deltas,
        sample_rate=sample_rate,
        n_fft=n_fft,
        hop_length=hop_length,
    )
    cut = _given(segment=segment, overlap=overlap)
    pieces = _given(excerpts=excerpts, excerpt_s=excerpt_s, augment=augment, versions=versions)
    sounds = _given(noises=noises, rooms=rooms)
    if study:
        _only_study(features | cut | pieces | _given(rooms=rooms))
        recipe = study_recipe(study, seed, str(noises) if noises else None)
    else:
        recipe = _recipe(features_asked(features, **cut), seed, sounds, **pieces)
    _check_used(recipe)
    try:
        found = open_collection(
            collection, genres=_names(genres) if genres else None, all_genres=all_genres
        )
        with _Bar(len(found.tracks)) as bar:
            workers = scheduler_for(scheduler, jobs)
            summary = folders.prepare(
                found, recipe, out, workers, bar.told, time.monotonic, anew=anew
            )
    except KeyboardInterrupt:
        print("genred-train: stopped; the same command goes on from there", file=sys.stderr)
        raise typer.Exit(_INTERRUPTED) from None
    _show(summary, json=json)


class _Bar:
    """Tracks done so far, on a terminal's stderr."""

    def __init__(self, tracks: int) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("preparing"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(
            *columns,
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=tracks)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def told(self, done: Done) -> None:
        """Move on by a shard."""
        self._progress.advance(self._task, done.tracks)


def _given(**options: Any) -> dict[str, Any]:
    """Keep the options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def _only_study(options: dict[str, Any]) -> None:
    if options:
        name = next(iter(options)).replace("_", "-")
        raise UsageError(f"--study says all of that itself; leave out --{name}")


def _kind(name: str | None) -> Literal["mfcc", "logmel"] | None:
    kinds: dict[str | None, Literal["mfcc", "logmel"] | None]
    kinds = {None: None, "mfcc": "mfcc", "logmel": "logmel"}
    if name in kinds:
        return kinds[name]
    raise UsageError(f'--kind "{name}" is none; give mfcc or logmel')


def _recipe(
    features: FeatureSpec,
    seed: int,
    sounds: dict[str, Path],
    excerpts: bool = False,
    excerpt_s: float | None = None,
    augment: str = "",
    versions: int | None = None,
) -> Recipe:
    if excerpt_s is not None and not excerpts:
        raise UsageError("--excerpt-s is the length of --excerpts; give both")
    changes = _names(augment)
    return Recipe(
        features=features,
        pieces="excerpts" if excerpts else "whole",
        excerpt_s=excerpt_s,
        augment=changes,
        versions=versions or (_VERSIONS if changes else 1),
        seed=seed,
        **{name: str(path) for name, path in sounds.items()},
    )


def _check_used(recipe: Recipe) -> None:
    """Raise UsageError for sounds that no change would take."""
    if recipe.noises and "noise" not in recipe.augment:
        raise UsageError("--noises is for --augment noise; give both")
    if recipe.rooms and not {"room", "microphone"} & set(recipe.augment):
        raise UsageError("--rooms is for --augment room,microphone; give both")


def _names(joined: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in joined.split(",") if name.strip())


def _show(summary: folders.Summary, *, json: bool) -> None:
    """Print what a run came to; raises GenredError if none of the tracks is of use."""
    if summary.unreadable:
        _warn(summary)
    if json:
        told = msgspec.to_builtins(summary) | {"real_time_factor": summary.real_time_factor}
        print(msgspec.json.encode(told).decode())
    if not summary.tracks:
        raise GenredError(
            f"{summary.folder}: none of its tracks can be used; see above why, and mend or replace "
            "them"
        )
    if json:
        return
    print(f"{summary.folder}: {summary.tracks} tracks, {summary.hours:.1f} h of sound,")
    print(f"  {summary.megabytes:.1f} MB, {len(summary.unreadable)} tracks left out")
    if summary.computed:
        print(
            f"  {summary.computed} tracks heard in {summary.taken_s:.1f} s, "
            f"{summary.real_time_factor:.0f} times real time"
        )
    elif summary.changed:
        print("  none had to be heard: only tracks that are gone, labels or settings changed")
    else:
        print("  nothing had changed")


def _warn(summary: folders.Summary) -> None:
    console = Console(stderr=True, highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for one in summary.unreadable[:_SHOWN]:
        table.add_row(one.id, one.error)
    console.print(table, markup=False)
    more = len(summary.unreadable) - _SHOWN
    if more > 0:
        console.print(f"... and {more} more: --json has them all")
    count = len(summary.unreadable)
    console.print(f"warning: {count} {'track' if count == 1 else 'tracks'} can't be used")
