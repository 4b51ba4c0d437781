"""A manifest: a CSV or Parquet table with the columns path, labels, artist and split.

Paths are relative to the manifest. Several labels are joined by `|` (in Parquet a list will do).
Artist and split may be left out.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from genred.audio.file import printable
from genred.errors import GenredError
from genred_train.collection.folders import track_id
from genred_train.collection.tables import Row, read_csv, read_parquet
from genred_train.collection.tracks import Collection, Track, collected

_NEEDED = ("path", "labels")
_OTHERS = ("artist", "split")
_SEPARATOR = "|"
_PARTS = {
    "": "",
    "train": "train", "training": "train",
    "valid": "valid", "validation": "valid", "val": "valid", "dev": "valid",
    "test": "test", "testing": "test",
}  # fmt: skip


def open_manifest(path: Path, genres: Sequence[str] | None) -> Collection:
    """Read a manifest; raises GenredError, naming the line, for what fits no collection."""
    if path.suffix.lower() == ".csv":
        rows = read_csv(path, _NEEDED)
    else:
        rows = read_parquet(path, _NEEDED, _OTHERS)
    tracks = [_track(path, row) for row in rows]
    _check_once(path, rows, tracks)
    _check_there(path, rows, tracks)
    return collected(path, tracks, genres)


def part_of(said: str) -> str | None:
    """Return `train`, `valid`, `test` or `""` for a manifest's word, None if it is no such word."""
    return _PARTS.get(said.strip().lower())


def _track(manifest: Path, row: Row) -> Track:
    root = manifest.parent
    given = _text(row.fields.get("path"))
    labels = _labels(row.fields.get("labels"))
    part = part_of(_text(row.fields.get("split")))
    if not given:
        raise _wrong(manifest, row, "no path")
    if not labels:
        raise _wrong(manifest, row, f"{given} has no label; name one, or take the track out")
    if part is None:
        said = _text(row.fields.get("split"))
        raise _wrong(manifest, row, f'split is "{said}"; it may be train, valid, test or empty')
    # Not resolve(): a link's target may bear any name, and its own is the one in the manifest.
    path = Path(os.path.normpath(root / given))
    artist = _text(row.fields.get("artist"))
    return Track(track_id(path, Path(os.path.normpath(root))), path, labels, artist, part)


def _text(field: Any) -> str:
    return "" if field is None else str(field).strip()


def _labels(field: Any) -> tuple[str, ...]:
    """Labels in their order, each once: of a text with `|` between, or of a list."""
    said: Iterable[Any] = field if isinstance(field, list) else _text(field).split(_SEPARATOR)
    return tuple(dict.fromkeys(label for label in map(_text, said) if label))


def _check_once(manifest: Path, rows: Sequence[Row], tracks: Sequence[Track]) -> None:
    first: dict[str, str] = {}
    for row, track in zip(rows, tracks, strict=True):
        if track.id in first:
            raise _wrong(manifest, row, f"{track.id} again ({first[track.id]} names it already)")
        first[track.id] = row.place


def _check_there(manifest: Path, rows: Sequence[Row], tracks: Sequence[Track]) -> None:
    pairs = zip(rows, tracks, strict=True)
    lost = [(row, track) for row, track in pairs if not track.path.exists()]
    if lost:
        row, track = lost[0]
        others = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
        raise _wrong(
            manifest, row, f"no file {track.id}{others}; paths are relative to the manifest"
        )


def _wrong(manifest: Path, row: Row, what: str) -> GenredError:
    return GenredError(f"{printable(manifest)}: {row.place}: {what}")
