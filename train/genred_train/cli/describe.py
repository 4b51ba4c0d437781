"""`genred-train describe`: what a collection holds, before anything is made of it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from genred.cli.options import Json
from genred.errors import UsageError
from genred.features.spec import FeatureSpec
from genred_train.cli.grouping import check_bands, found_groups
from genred_train.cli.grouping import show as show_groups
from genred_train.collection.arrays import load_arrays
from genred_train.collection.describe import describe_survey
from genred_train.collection.description import Description, GenreFigures
from genred_train.collection.open import open_collection
from genred_train.collection.splits import Kind, Split
from genred_train.collection.survey import Survey, survey_clips, survey_collection

_SHOWN = 10


def describe(
    path: Annotated[
        Path,
        typer.Argument(help="Folder per genre, manifest (.csv, .parquet), FMA, .npz or prepared."),
    ],
    split: Annotated[
        str, typer.Option(help="Look at a split: parts, track, artist or gtzan-fault-filtered.")
    ] = "",
    genres: Annotated[str, typer.Option(help="The labels there may be, with commas.")] = "",
    all_genres: Annotated[
        bool, typer.Option("--all-genres", help="All genres of FMA's tracks, not the top one.")
    ] = False,
    plot: Annotated[Path | None, typer.Option(help="Write the picture: .png or .svg.")] = None,
    cluster: Annotated[
        int | None, typer.Option(min=2, help="Find so many groups without the labels.")
    ] = None,
    method: Annotated[str, typer.Option(help="Of --cluster: k-means or gaussian-mixture.")] = (
        "k-means"
    ),
    cluster_plot: Annotated[
        Path | None, typer.Option(help="Picture of the groups: .png or .svg.")
    ] = None,
    json: Json = False,
) -> None:
    """Tell clips, hours, rates and lengths per genre, and what would spoil or flatter a model."""
    how = _split(split)
    _check_picture("--plot", plot)
    _check_picture("--cluster-plot", cluster_plot)
    if cluster:
        check_bands(path)
    known = [name.strip() for name in genres.split(",")] if genres else None
    survey = _survey(path, known, all_genres)
    found = describe_survey(survey, how)
    if plot is not None:
        # matplotlib takes a second to import; only a picture needs it.
        from genred_train.plots.collection import draw_collection  # noqa: PLC0415

        draw_collection(survey, plot)
    groups = found_groups(path, cluster, method, cluster_plot) if cluster else None
    if json:
        told = msgspec.to_builtins(found) | ({"groups": groups} if groups else {})
        print(msgspec.json.encode(told).decode())
        return
    _show(found)
    if groups:
        show_groups(groups)


def _split(kind: str) -> Split | None:
    """Read the kind of a split; segments are cut by no description, so `leaky` is none."""
    if not kind:
        return None
    try:
        chosen = msgspec.convert(kind, Kind)
    except msgspec.ValidationError:
        chosen = "leaky"
    if chosen == "leaky":
        raise UsageError(f"--split {kind}: give parts, track, artist or gtzan-fault-filtered")
    return Split(kind=chosen)


def _check_picture(option: str, plot: Path | None) -> None:
    """Refuse a picture that could not be written, before hours of reading."""
    if plot is None:
        return
    if plot.suffix.lower() not in {".png", ".svg"}:
        raise UsageError(f"{option} {plot}: give a name that ends in .png or .svg")
    if not plot.parent.is_dir():
        raise UsageError(f"{option} {plot}: there is no folder {plot.parent}; make it first")


def _survey(path: Path, genres: list[str] | None, all_genres: bool) -> Survey:
    if path.suffix == ".npz":
        return survey_clips(load_arrays(path, FeatureSpec()), _progress)
    if (path / "dataset.json").is_file():
        # Prepared folders bring their own way of reading; a plain collection needs none of it.
        from genred_train.collection.prepared import load_prepared  # noqa: PLC0415

        return survey_clips(load_prepared(path), _progress)
    return survey_collection(open_collection(path, genres=genres, all_genres=all_genres), _progress)


def _progress(numbers: Iterable[int]) -> Iterable[int]:
    return track(numbers, description="reading", console=Console(stderr=True))


def _show(found: Description) -> None:
    # Names of files may hold brackets, which are no markup.
    out = Console(highlight=False, markup=False)
    out.print(f"{found.name}: {found.clips} clips of {found.tracks} tracks, {found.hours:.2f} h")
    out.print(_table(found))
    if found.parts:
        counts = ", ".join(f"{part} {n}" for part, n in found.parts.items())
        out.print(f"split by {found.split}: {counts}")
    _list(out, "unreadable", list(found.unreadable.values()))
    _list(out, "exact copies", [" = ".join(group) for group in found.exact])
    _list(
        out,
        "near copies",
        [
            f"{pair.first} ~ {pair.second} ({pair.agreement:.0%} of bits, {pair.offset_s:+.1f} s)"
            for pair in found.near
        ],
    )
    _list(out, "artists on both sides", found.artists_on_both_sides)
    _list(out, "not told", found.not_told)
    for warning in found.warnings:
        out.print(f"warning: {warning}", style="yellow")


def _table(found: Description) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("genre", no_wrap=True)
    for name in ("clips", "tracks", "artists", "hours", "length in s"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("rate in Hz")
    for one in found.genres:
        table.add_row(*_cells(one))
    return table


def _cells(one: GenreFigures) -> list[str]:
    counts = [str(one.clips), str(one.tracks), str(one.artists or "·")]
    return [one.genre, *counts, f"{one.hours:.2f}", _lengths(one), _rates(one)]


def _lengths(one: GenreFigures) -> str:
    if f"{one.shortest_s:.1f}" == f"{one.longest_s:.1f}":
        return f"{one.median_s:.1f}"
    return f"{one.shortest_s:.1f} to {one.longest_s:.1f}, median {one.median_s:.1f}"


def _rates(one: GenreFigures) -> str:
    if len(one.sample_rates) < 2:  # noqa: PLR2004 - nothing to count
        return next(iter(one.sample_rates), "·")
    return ", ".join(f"{rate} ({n})" for rate, n in one.sample_rates.items())


def _list(out: Console, title: str, lines: list[str]) -> None:
    if not lines:
        return
    out.print(f"{title}:")
    for line in lines[:_SHOWN]:
        out.print(f"  {line}", soft_wrap=True)
    if len(lines) > _SHOWN:
        out.print(f"  and {len(lines) - _SHOWN} more (--json tells all)")
