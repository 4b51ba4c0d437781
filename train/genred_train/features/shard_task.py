"""One shard made: the unit of work, the same for a loop, a pool of processes and a cluster.

What did not change since the shard was last written is copied, not computed; a shard in which
nothing changed is not touched.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import msgspec

from genred.audio.file import printable
from genred.errors import GenredError
from genred_train.collection.levels import seconds
from genred_train.collection.tracks import Track
from genred_train.features.blame import is_of_the_recording
from genred_train.features.pieces import ENOUGH, Piece, Rows, Sounds, pieces
from genred_train.features.ranges import audio_files
from genred_train.features.recipe import Recipe
from genred_train.features.shards import (
    Held,
    Index,
    Part,
    WriteError,
    beside,
    index_path,
    read,
    rows_path,
    write,
    writing,
)

_BYTES_AT_ONCE = 1 << 20
_AGAIN = "the next run tries again"


@dataclass(frozen=True)
class ShardTask:
    """All that a worker needs to be told; paths are as it sees them."""

    folder: Path
    shard: int
    recipe: Recipe
    storage: str
    """digest of what decides the rows, see `Recipe.storage`"""
    tracks: tuple[Track, ...]


@dataclass
class Done:
    """What became of a shard."""

    shard: int
    tracks: int
    computed: int = 0
    """tracks that were heard now"""
    computed_s: float = 0.0
    """sound that was heard now"""
    held_s: float = 0.0
    """sound that the shard holds, in all versions"""
    size: int = 0
    """bytes of its rows"""
    written: bool = False
    """whether anything of it was written now"""
    errors: list[tuple[str, str]] = field(default_factory=list)
    """tracks that are of no use, and why"""


def make_shard(task: ShardTask) -> Done:
    """Bring one shard up to date; what is wrong with a track is noted in its index.

    Raises GenredError if it can't be written, or if a library is missing.
    """
    before = _before(task)
    old = {held.id: held for held in before.tracks} if before else {}
    tracks = sorted(task.tracks, key=lambda track: track.id)
    seen = [_look(track, old.get(track.id), task.storage) for track in tracks]
    if before and tuple(seen) == before.tracks:
        return _done(task, before, 0, 0.0)
    if before and [_rows_of(held) for held in seen] == [_rows_of(held) for held in before.tracks]:
        # Only what is said of the tracks changed: their rows stay where they are.
        index = msgspec.structs.replace(before, tracks=tuple(seen))
        write(index_path(task.folder, task.shard), index)
        return replace(_done(task, index, 0, 0.0), written=True)
    return _written(task, tracks, seen)


def _written(task: ShardTask, tracks: Sequence[Track], seen: Sequence[Held]) -> Done:
    path = rows_path(task.folder, task.shard)
    held: list[Held] = []
    computed_s = 0.0
    index_name = index_path(task.folder, task.shard)
    with beside(path, instead_of=index_name) as file:
        shard = _RowsFile(file, task)
        for track, known in zip(tracks, seen, strict=True):
            if _known(known):
                held.append(shard.copied(known))
            else:
                held.append(shard.heard(track, known))
                computed_s += _length_s(held[-1], task.recipe)
        index = Index(storage=task.storage, rows=shard.rows, tracks=tuple(held))
    write(index_name, index)
    done = _done(task, index, sum(not _known(known) for known in seen), computed_s)
    return replace(done, written=True)


class _RowsFile:
    """Rows that are being written, track by track."""

    def __init__(self, file: BinaryIO, task: ShardTask) -> None:
        self._file = file
        self._task = task
        self._row_bytes = row_bytes(task.recipe)
        self._sounds = _sounds(task.recipe)
        self.rows = 0

    def copied(self, held: Held) -> Held:
        """Append the rows that the shard has of a track already."""
        if not held.parts:
            return held
        first, base = held.parts[0].offset, self.rows
        count = sum(part.frames for part in held.parts)
        with (
            writing(self._task.folder),
            rows_path(self._task.folder, self._task.shard).open("rb") as old,
        ):
            old.seek(first * self._row_bytes)
            self._file.writelines(_blocks(old, count * self._row_bytes))
        self.rows += count
        moved = [
            msgspec.structs.replace(part, offset=part.offset - first + base) for part in held.parts
        ]
        return msgspec.structs.replace(held, parts=tuple(moved))

    def heard(self, track: Track, held: Held) -> Held:
        """Append the rows of a track; of one that can't be read, none and the reason.

        What is no fault of the recording is told, but not held against it: without its key, the
        next run hears it again.
        """
        base = self.rows
        if held.error:
            return held
        try:
            return msgspec.structs.replace(held, parts=self._parts(track))
        except (WriteError, MemoryError):
            raise
        except ImportError as error:
            raise GenredError(
                f"needs {error.name}: install the extra, pip install 'genred[train]', wherever "
                "tracks are changed"
            ) from error
        except Exception as error:  # noqa: BLE001 - whatever a decoder or a disk may do
            self._back_to(base)
            reason = _reason(error, track.path)
            if is_of_the_recording(error):
                return msgspec.structs.replace(held, error=reason)
            return msgspec.structs.replace(held, error=f"{reason}; {_AGAIN}", key="")

    def _parts(self, track: Track) -> tuple[Part, ...]:
        found = pieces(track.path, track.id, self._task.recipe, self._sounds)
        parts = tuple(self._appended(piece) for piece in found)
        if not all(part.frames for part in parts):
            raise GenredError("too short for a single frame; leave it out")
        return parts

    def _appended(self, piece: Piece) -> Part:
        offset = self.rows
        for rows in piece.rows:
            self._append(rows)
        return Part(piece.piece, piece.version, offset, self.rows - offset)

    def _append(self, rows: Rows) -> None:
        with writing(self._task.folder):
            self._file.write(rows.astype("<f2", copy=False).tobytes())
        self.rows += len(rows)

    def _back_to(self, rows: int) -> None:
        with writing(self._task.folder):
            self._file.seek(rows * self._row_bytes)
            self._file.truncate()
        self.rows = rows


def row_bytes(recipe: Recipe) -> int:
    """Bytes of one row on disk."""
    return 2 * recipe.features.n_mels


def too_short(held: Held, recipe: Recipe) -> str:
    """Say why a track that was stored is of no use for windows as long as these, or nothing."""
    frames, needed = held.parts[0].frames, recipe.features.window_frames
    if frames >= ENOUGH * needed:
        return ""
    spec = recipe.features
    return (
        f"{seconds(frames, spec):.1f} s are too short for a window of {seconds(needed, spec):.1f} s"
    )


def _before(task: ShardTask) -> Index | None:
    """Return the index of a shard that is there and whole."""
    try:
        index = read(index_path(task.folder, task.shard), Index)
        size = rows_path(task.folder, task.shard).stat().st_size
    except (GenredError, OSError):
        return None
    fits = index.storage == task.storage and size == index.rows * row_bytes(task.recipe)
    return index if fits else None


def _look(track: Track, old: Held | None, storage: str) -> Held:
    """Return what is known of a track before it is heard: all, where its recording is the same."""
    held = Held(
        id=track.id,
        labels=tuple(track.labels),
        artist=track.artist,
        part=track.part,
        size=-1,
        mtime_ns=0,
    )
    try:
        stat = track.path.stat()
        held = msgspec.structs.replace(held, size=stat.st_size, mtime_ns=stat.st_mtime_ns)
        same = old is not None and (old.size, old.mtime_ns) == (held.size, held.mtime_ns)
        sha256 = old.sha256 if old and same and old.sha256 else sha256_of(track.path)
    except OSError as error:
        # Without a key: the next run looks again.
        return msgspec.structs.replace(held, error=error.strerror or str(error))
    key = hashlib.sha256(f"{storage}:{sha256}".encode()).hexdigest()
    held = msgspec.structs.replace(held, sha256=sha256, key=key)
    if old and old.key == key:
        held = msgspec.structs.replace(held, parts=old.parts, error=old.error)
    return held


def _known(held: Held) -> bool:
    """Whether a track need not be heard (again)."""
    return bool(held.parts or held.error)


def _rows_of(held: Held) -> tuple[str, tuple[Part, ...], bool]:
    return held.id, held.parts, _known(held)


def _sounds(recipe: Recipe) -> Sounds:
    if recipe.versions == 1:
        return Sounds()
    noises, rooms = (
        audio_files([Path(folder)]) if folder else [] for folder in (recipe.noises, recipe.rooms)
    )
    return Sounds(noises, rooms)


def sha256_of(path: Path) -> str:
    """Digest of a file's bytes; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _blocks(file: BinaryIO, count: int) -> Iterator[bytes]:
    while count > 0:
        block = file.read(min(count, _BYTES_AT_ONCE))
        if not block:
            raise OSError("a shard ended too early")
        yield block
        count -= len(block)


def _length_s(held: Held, recipe: Recipe) -> float:
    return seconds(sum(part.frames for part in held.parts), recipe.features)


def _reason(error: Exception, path: Path) -> str:
    text = " ".join(str(error).split()).removeprefix(f"{printable(path)}: ")
    return text if isinstance(error, GenredError) else f"{type(error).__name__}: {text}"


def _done(task: ShardTask, index: Index, computed: int, computed_s: float) -> Done:
    recipe = task.recipe
    errors = [(held.id, held.error or too_short(held, recipe)) for held in index.tracks]
    return Done(
        shard=task.shard,
        tracks=len(index.tracks),
        computed=computed,
        computed_s=computed_s,
        held_s=sum(_length_s(held, recipe) for held in index.tracks),
        size=index.rows * row_bytes(recipe),
        errors=[(track, error) for track, error in errors if error],
    )
