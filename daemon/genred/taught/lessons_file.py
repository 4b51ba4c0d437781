"""One file of songs that were heard: windows as arrays, all else as JSON beside them (.npz)."""

import io
import os
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.taught.lesson import Song

FORMAT = 1
_BAD = (
    ValueError,
    KeyError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""what numpy and zipfile raise for bytes that are no such archive, or a damaged one"""


class SongInfo(msgspec.Struct, frozen=True):
    """A song's file, and how many windows of it were kept."""

    file: str
    windows: int


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a file of songs is."""

    format: int = FORMAT
    name: str
    """the label; empty for other music"""
    folders: list[str]
    """where the songs were"""
    model: str
    """name and version"""
    model_sha256: str
    songs: list[SongInfo]


def about(path: Path) -> About:
    """Read what a file is; raises GenredError, one line with the mend."""
    return _read(path)[0]


def read(path: Path) -> tuple[About, list[Song]]:
    """Read a file whole; raises GenredError, one line with the mend."""
    said, arrays = _read(path)
    ends = np.cumsum([song.windows for song in said.songs])[:-1]
    columns = [np.split(arrays[key], ends) for key in ("embeddings", "probabilities")]
    pairs = zip(said.songs, *columns, strict=True)
    return said, [Song(info.file, vectors, shares) for info, vectors, shares in pairs]


def write(path: Path, said: About, songs: Sequence[Song]) -> None:
    """Write a file whole or not at all; `said.songs` is filled in. Raises GenredError."""
    infos = [SongInfo(song.name, len(song.embeddings)) for song in songs]
    text = msgspec.json.encode(msgspec.structs.replace(said, songs=infos))
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        about=np.frombuffer(text, np.uint8),
        embeddings=np.concatenate([song.embeddings for song in songs]),
        probabilities=np.concatenate([song.probabilities for song in songs]),
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_atomically(path, buffer.getvalue())
    except OSError as error:
        raise GenredError(
            f"{path}: {error.strerror}; nothing was kept; --taught-dir names another folder"
        ) from error


def _read(path: Path) -> tuple[About, dict[str, NDArray[np.float32]]]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise GenredError(f"{path}: {error.strerror}") from error
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in ("about", "embeddings", "probabilities")}
        said = msgspec.json.decode(arrays.pop("about").tobytes(), type=About)
    except (*_BAD, msgspec.MsgspecError) as error:
        raise GenredError(f"{path}: damaged, or not of genred; remove it and teach anew") from error
    if said.format != FORMAT:
        raise GenredError(f"{path}: format {said.format} is not {FORMAT}; teach anew")
    count = sum(song.windows for song in said.songs)
    good = said.songs and all(song.windows > 0 for song in said.songs)
    if not good or not all(_is_sound(array, count) for array in arrays.values()):
        raise GenredError(f"{path}: its windows are not what it says; remove it and teach anew")
    return said, arrays


def _is_sound(array: NDArray[np.float32], count: int) -> bool:
    return (
        array.dtype == np.float32
        and array.ndim == 2  # noqa: PLR2004 - windows, numbers
        and len(array) == count
        and bool(np.isfinite(array).all())
    )


def _write_atomically(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".genred-", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            # The service may run as another user than whoever teaches it.
            temporary.chmod(0o644)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
