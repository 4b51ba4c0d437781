"""A prepared folder: `dataset.json`, and shards of rows, each with an index.

`shard-NNNN.bin` holds rows (n, n_mels) float16, little-endian, one after the other, and
`shard-NNNN.json` which of them are what. A file is complete or not there: both are written beside
their place and renamed, the rows first, after the old index is gone.
"""

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from genred.errors import GenredError
from genred_train.features.recipe import FORMAT, Recipe, digest

DATASET = "dataset.json"
ROW_TYPE = "<f2"
_PART = ".part-"  # how a file is called that is not complete
_FULL = {errno.ENOSPC, errno.EDQUOT}
_Record = TypeVar("_Record", bound=msgspec.Struct)


class Dataset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a folder holds, when it is finished."""

    format: int = FORMAT
    name: str
    recipe: Recipe
    genres: tuple[str, ...]
    n_shards: int
    listing: str
    """digest of all tracks with their labels, artists and parts"""
    sounds: str = ""
    """digest of the noises and rooms"""


class Part(msgspec.Struct, frozen=True):
    """Rows of one piece of a track in one version."""

    piece: int
    version: int
    offset: int
    """rows before it in its shard"""
    frames: int


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One track in a shard: its parts, or why it has none."""

    id: str
    labels: tuple[str, ...]
    artist: str = ""
    part: str = ""
    size: int
    """bytes of the recording; -1 where there is none"""
    mtime_ns: int
    sha256: str = ""
    """of the recording"""
    key: str = ""
    """of all that decides the rows"""
    parts: tuple[Part, ...] = ()
    error: str = ""


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """All tracks of one shard, by id."""

    format: int = FORMAT
    storage: str
    rows: int
    tracks: tuple[Held, ...] = ()


class WriteError(GenredError):
    """What was prepared could not be written: the end of the run, not of one track."""


def bucket(track: str, n_shards: int) -> int:
    """Shard that a track belongs to, by its name alone: new tracks move no other ones."""
    return int.from_bytes(hashlib.sha256(track.encode()).digest()[:8]) % n_shards


def listing(tracks: Sequence[tuple[str, tuple[str, ...], str, str]]) -> str:
    """Digest of all tracks: id, labels, artist, part of each."""
    return digest(sorted(tracks))


def rows_path(folder: Path, shard: int) -> Path:
    """Where a shard's rows lie."""
    return folder / f"shard-{shard:04d}.bin"


def index_path(folder: Path, shard: int) -> Path:
    """Where it is told what they are."""
    return folder / f"shard-{shard:04d}.json"


def read(path: Path, kind: type[_Record]) -> _Record:
    """Read a record; raises GenredError, one line, if there is none of this format."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError as error:
        raise GenredError(f"{path}: is not there; run genred-train prepare") from error
    except OSError as error:
        raise GenredError(f"{path}: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise GenredError(f"{path}: not as this genred writes it ({error})") from error


@contextmanager
def beside(path: Path, *, instead_of: Path | None = None) -> Iterator[BinaryIO]:
    """Write a file whole: what is written appears under its name at the end, or not at all.

    `instead_of` is another file that goes the moment before. Raises WriteError, one line, where it
    can't be written.
    """
    part = path.with_name(f"{_PART}{secrets.token_hex(6)}-{path.name}")
    with writing(path.parent):
        try:
            with part.open("x+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if instead_of:
                instead_of.unlink(missing_ok=True)
            part.replace(path)
            _sync_folder(path.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def write(path: Path, record: msgspec.Struct) -> None:
    """Write a record whole; raises WriteError."""
    with beside(path) as file:
        file.write(msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")


def is_part(path: Path) -> bool:
    """Whether a file is one that a run has not finished."""
    return path.name.startswith(_PART)


def sweep(folder: Path) -> None:
    """Remove what a run that was killed left unfinished."""
    for path in folder.glob(f"{_PART}*"):
        path.unlink(missing_ok=True)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say in one line what kept us from writing."""
    try:
        yield
    except OSError as error:
        again = "then run the same command again, it goes on where it stopped"
        if error.errno in _FULL:
            raise WriteError(f"{folder}: the disk is full; make room, {again}") from error
        raise WriteError(f"{folder}: {error.strerror or error}; mend that, {again}") from error


def _sync_folder(folder: Path) -> None:
    """Make a new name last through a power cut, where a folder can be opened (not Windows)."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
