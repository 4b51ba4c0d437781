"""Recorded tracks of a collection and what is known of each, before any of it is read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from genred.audio.file import printable
from genred.errors import GenredError


@dataclass(frozen=True)
class Track:
    """One recording: where it lies and what it is said to be."""

    id: str
    """unique in the collection: the path relative to its root, with forward slashes"""
    path: Path
    labels: tuple[str, ...]
    artist: str = ""
    """`""` where it is not known"""
    part: str = ""
    """`train`, `valid`, `test`, or `""` where nobody says"""


@dataclass(frozen=True)
class Collection:
    """Tracks and the genres that they are of: sorted, or in the order in which they were given."""

    name: str
    tracks: list[Track]
    genres: list[str]


def collected(where: Path, tracks: Iterable[Track], genres: Sequence[str] | None) -> Collection:
    """Put tracks together, in the order of their ids, if they make a collection.

    Raises GenredError for none at all, for two of one id, for one genre only, and for labels
    that are none of `genres`.
    """
    found = sorted(tracks, key=lambda track: track.id)
    name = printable(where)
    if not found:
        raise GenredError(f"{name}: holds no track; give a folder with one sub-folder per genre")
    twice = [one for one, count in Counter(track.id for track in found).items() if count > 1]
    if twice:
        raise GenredError(f"{name}: {twice[0]} is there twice; take one of the two out")
    labels = sorted({label for track in found for label in track.labels})
    _check_known(name, found, genres)
    if len(set(labels) | set(genres or ())) < 2:  # noqa: PLR2004 - nothing to tell apart
        raise GenredError(
            f'{name}: one genre only ("{labels[0]}"); to tell genres apart two or more are needed: '
            "give the folder that holds one sub-folder per genre, or a manifest that names more"
        )
    known = labels if genres is None else list(genres)
    plain = where.resolve()
    return Collection(printable(Path(plain.name if plain.is_dir() else plain.stem)), found, known)


def _check_known(name: str, tracks: Sequence[Track], genres: Sequence[str] | None) -> None:
    if genres is None:
        return
    for track in tracks:
        for label in track.labels:
            if label not in genres:
                raise GenredError(
                    f'{name}: {track.id} is labelled "{label}", none of {", ".join(genres)}; '
                    "correct the label, or add it to the genres"
                )
