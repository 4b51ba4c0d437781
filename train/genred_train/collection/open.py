"""A collection of recorded music, however it is laid out on disk."""

from collections.abc import Sequence
from pathlib import Path

from genred.audio.file import printable
from genred.errors import GenredError, UsageError
from genred_train.collection.fma import fma_root, open_fma
from genred_train.collection.folders import open_folder
from genred_train.collection.manifest import open_manifest
from genred_train.collection.tracks import Collection

_MANIFESTS = {".csv", ".parquet", ".pq"}


def open_collection(
    path: Path, *, genres: Sequence[str] | None = None, all_genres: bool = False
) -> Collection:
    """List the tracks of a folder per genre, a manifest (.csv, .parquet) or FMA's layout.

    `genres` are the labels that may occur, in the order that is wanted; `all_genres` takes all
    genres of FMA's tracks instead of the top one. No sound is read. Raises GenredError, one line,
    for what is no such collection.
    """
    name = printable(path)
    if genres is not None and len(set(genres)) < len(genres):
        raise UsageError(f"genres: {', '.join(genres)} names one twice")
    try:
        return _opened(path, genres, all_genres)
    except OSError as error:
        raise GenredError(f"{name}: {error.strerror}") from error


def _opened(path: Path, genres: Sequence[str] | None, all_genres: bool) -> Collection:
    name = printable(path)
    if not path.exists():
        raise GenredError(f"{name}: no such folder or manifest")
    if fma_root(path):
        return open_fma(path, genres, all_genres=all_genres)
    if all_genres:
        raise UsageError(f"{name}: all genres are FMA's to name, and there is no fma_metadata")
    if path.is_dir():
        return open_folder(path, genres)
    if path.suffix.lower() in _MANIFESTS:
        return open_manifest(path, genres)
    raise GenredError(f"{name}: neither a folder nor a manifest (.csv or .parquet)")
