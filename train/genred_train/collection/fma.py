"""FMA's layout: `fma_metadata/tracks.csv` beside `fma_small/000/000002.mp3` and its like.

The table names every track of the archive; a collection is those whose audio is there. Source:
Defferrard, Benzi, Vandergheynst, Bresson, FMA: A Dataset for Music Analysis (2017).
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from genred.audio.file import printable
from genred.errors import GenredError
from genred_train.collection.folders import track_id
from genred_train.collection.manifest import part_of
from genred_train.collection.tables import read_csv, read_lines
from genred_train.collection.tracks import Collection, Track, collected

METADATA = "fma_metadata"
_TRACKS = Path(METADATA) / "tracks.csv"
_GENRES = Path(METADATA) / "genres.csv"
_HEADER_ROWS = 3
_ARTIST, _SPLIT = ("artist", "name"), ("set", "split")
_TOP, _ALL = ("track", "genre_top"), ("track", "genres_all")


def fma_root(path: Path) -> Path | None:
    """Return the folder that holds `fma_metadata` if `path` is of FMA's layout, else None.

    It may be that folder itself, one of its sets (`fma_small`) or `tracks.csv`.
    """
    path = path.absolute()
    roots = [path]
    if path.name.startswith("fma_"):
        roots.append(path.parent)
    if path.parts[-2:] == _TRACKS.parts:
        roots.append(path.parent.parent)
    return next((root for root in roots if (root / _TRACKS).is_file()), None)


def open_fma(path: Path, genres: Sequence[str] | None, *, all_genres: bool) -> Collection:
    """Take all tracks whose audio is there: with their top genre, or with all of their genres.

    A track without a top genre, as many of `fma_large` are, is left out unless `all_genres`.
    """
    root = fma_root(path) or path
    titles = _titles(root) if all_genres else {}
    one_set = path.name.startswith("fma_") and path.name != METADATA and path.absolute() != root
    audio = _audio(path.absolute() if one_set else root)
    return collected(root, _tracks(root, audio, titles), genres)


def _audio(folder: Path) -> dict[int, Path]:
    """Audio files by their track's number; the first one where two sets hold the same track."""
    found: dict[int, Path] = {}
    for path in sorted(folder.rglob("*.mp3")):
        if path.stem.isdecimal():
            found.setdefault(int(path.stem), path)
    return found


def _tracks(root: Path, audio: dict[int, Path], titles: dict[str, str]) -> Iterator[Track]:
    table = root / _TRACKS
    lines = read_lines(table)
    header = [next(lines, (0, []))[1] for _ in range(_HEADER_ROWS)]
    columns = {pair: place for place, pair in enumerate(zip(*header[:2], strict=False))}
    for pair in (_ARTIST, _SPLIT, _TOP, _ALL):
        if pair not in columns:
            raise GenredError(f"{printable(table)}: lacks the column {pair[0]}/{pair[1]} of FMA's")
    for number, fields in lines:
        said = {pair: fields[place] for pair, place in columns.items() if place < len(fields)}
        path = audio.get(_number(table, number, fields))
        labels = _labels(said, titles)
        if path is not None and labels:
            part = part_of(said[_SPLIT]) or ""
            yield Track(track_id(path, root), path, labels, said[_ARTIST].strip(), part)


def _number(table: Path, line: int, fields: Sequence[str]) -> int:
    if not fields or not fields[0].isdecimal():
        raise GenredError(f"{printable(table)}: line {line}: no track's number; fetch it anew")
    return int(fields[0])


def _labels(said: dict[tuple[str, str], str], titles: dict[str, str]) -> tuple[str, ...]:
    if not titles:
        return (said[_TOP],) if said.get(_TOP) else ()
    numbers = re.findall(r"\d+", said.get(_ALL, ""))
    return tuple(titles[number] for number in numbers if number in titles)


def _titles(root: Path) -> dict[str, str]:
    """Names of genres by their number."""
    rows = read_csv(root / _GENRES, ("genre_id", "title"))
    return {row.fields["genre_id"]: row.fields["title"] for row in rows}
