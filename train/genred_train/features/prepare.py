"""A collection in, a prepared folder out: what changed is computed, by whatever scheduler."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from pathlib import Path

import msgspec

from genred.audio.file import FileSource
from genred.errors import GenredError
from genred.features.mel import mel_filterbank
from genred_train.collection.tracks import Collection, Track
from genred_train.features.lock import LOCK, locked
from genred_train.features.ranges import audio_files
from genred_train.features.recipe import FORMAT, Recipe, digest
from genred_train.features.schedulers import Scheduler
from genred_train.features.shard_task import Done, ShardTask, make_shard, sha256_of
from genred_train.features.shards import (
    DATASET,
    Dataset,
    bucket,
    index_path,
    is_part,
    listing,
    read,
    rows_path,
    sweep,
    write,
    writing,
)

_TRACKS_A_SHARD = 32
_FEWEST_SHARDS = 16  # where there are as many tracks: something to do for every core


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A track that is of no use."""

    id: str
    error: str


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to."""

    folder: str
    tracks: int
    """that can be used"""
    hours: float
    """of sound in the folder, all pieces and versions"""
    computed: int
    """tracks that were heard in this run; the others had not changed"""
    computed_hours: float
    taken_s: float
    megabytes: float
    changed: bool
    """whether anything in the folder was written"""
    unreadable: list[Unreadable]

    @property
    def real_time_factor(self) -> float:
        """Seconds of sound that a second of this run made rows of."""
        return 3600 * self.computed_hours / max(self.taken_s, 1e-9)


def prepare(
    collection: Collection,
    recipe: Recipe,
    folder: Path,
    scheduler: Scheduler,
    told: Callable[[Done], None] = lambda _: None,
    now: Callable[[], float] = lambda: 0.0,
    *,
    anew: bool = False,
) -> Summary:
    """Bring a prepared folder up to date with its collection; `told` hears of each shard done.

    Whatever the scheduler, the files are the same byte for byte. `anew` removes first what is
    there. Raises GenredError, one line, if the folder holds anything else, or other rows than
    `recipe` would store, or can't be written, or if another run works in it.
    """
    begun = now()
    mel_filterbank(recipe.stored)  # a band without a bin is said before anything is begun
    wanted = _wanted(collection, recipe)
    _check_own(folder)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        if anew:
            _clear(folder)
        dataset, changed = _begun(wanted, folder)
        found = _done(dataset, collection.tracks, folder, scheduler, told)
    return _summary(folder, found, now() - begun, changed=changed)


def clear(folder: Path) -> None:
    """Remove a prepared folder's own files, and nothing else."""
    if (folder / DATASET).exists():
        with locked(folder):
            _clear(folder)


def _clear(folder: Path) -> None:
    sweep(folder)
    for path in [*folder.glob("shard-*.json"), *folder.glob("shard-*.bin")]:
        path.unlink(missing_ok=True)
    (folder / DATASET).unlink(missing_ok=True)


def _done(
    dataset: Dataset,
    tracks: Sequence[Track],
    folder: Path,
    scheduler: Scheduler,
    told: Callable[[Done], None],
) -> list[Done]:
    """Have all shards made; raises GenredError if one is not there afterwards."""
    found: list[Done] = []
    sweep(folder)
    try:
        for done in scheduler(make_shard, _tasks(dataset, tracks, folder.absolute())):
            told(done)
            found.append(done)
    finally:
        sweep(folder)
    sizes = {done.shard: done.size for done in found}
    lost = [shard for shard in range(dataset.n_shards) if not _whole(folder, shard, sizes)]
    if lost:
        raise GenredError(
            f"{rows_path(folder, lost[0])}: not as it was written ({len(lost)} of "
            f"{dataset.n_shards} shards); let nothing else work in the folder, and run the same "
            "command again"
        )
    return found


def _whole(folder: Path, shard: int, sizes: Mapping[int, int]) -> bool:
    """Whether a shard was done, and lies there with so many bytes of rows."""
    try:
        size = rows_path(folder, shard).stat().st_size
    except OSError:
        return False
    return index_path(folder, shard).is_file() and sizes.get(shard) == size


def _wanted(collection: Collection, recipe: Recipe) -> Dataset:
    return Dataset(
        name=collection.name,
        recipe=recipe,
        genres=tuple(collection.genres),
        n_shards=_shards(len(collection.tracks)),
        listing=listing([(t.id, tuple(t.labels), t.artist, t.part) for t in collection.tracks]),
        sounds=_sounds_digest(recipe),
    )


def _check_own(folder: Path) -> None:
    """Raise GenredError for a folder in which no prepare has begun."""
    if not folder.is_dir() or (folder / DATASET).exists():
        return
    if not all(path.name == LOCK or is_part(path) for path in folder.iterdir()):
        raise GenredError(f"{folder}: holds other files; give an empty or a new --out")


def _begun(wanted: Dataset, folder: Path) -> tuple[Dataset, bool]:
    """Return what the folder shall hold, and whether that had to be written."""
    path = folder / DATASET
    if path.exists():
        found = read(path, Dataset)
        _check_same(folder, found, wanted)
        wanted = msgspec.structs.replace(wanted, n_shards=found.n_shards)
        if found == wanted:
            return wanted, False
    write(path, wanted)
    return wanted, True


def _check_same(folder: Path, found: Dataset, wanted: Dataset) -> None:
    """Raise GenredError naming the first thing that would be stored otherwise."""
    if found.format != FORMAT:
        raise GenredError(f"{folder}: format {found.format} is not this genred's; give --anew")
    stored, asked = found.recipe.storage(found.sounds), wanted.recipe.storage(wanted.sounds)
    for name in sorted(stored | asked):
        before, after = stored.get(name), asked.get(name)
        if before != after:
            what = f"was prepared with {_told(name, before)}, now it is {_told(name, after)}"
            if name == "sounds":
                what = "was prepared with other noises or rooms"
            raise GenredError(f"{folder}: {what}; give another --out, or --anew to begin again")


def _told(name: str, value: object) -> str:
    if isinstance(value, list | tuple):
        return f"{name} {','.join(value)}"
    return f"no {name}" if value is None else f"{name} {value}"


def _shards(tracks: int) -> int:
    return max(ceil(tracks / _TRACKS_A_SHARD), min(tracks, _FEWEST_SHARDS))


def _sounds_digest(recipe: Recipe) -> str:
    if recipe.versions == 1:
        return ""
    found = {}
    for name, folder in (("noises", recipe.noises), ("rooms", recipe.rooms)):
        paths = audio_files([Path(folder)]) if folder else []
        for path in paths:
            # A bad one is no fault of the tracks that it would be added to.
            FileSource(path, recipe.features.sample_rate).close()
        found[name] = [(path.name, sha256_of(path)) for path in paths]
    return digest(found)


def _tasks(dataset: Dataset, tracks: Sequence[Track], folder: Path) -> list[ShardTask]:
    buckets: list[list[Track]] = [[] for _ in range(dataset.n_shards)]
    for track in tracks:
        absolute = Track(track.id, track.path.absolute(), track.labels, track.artist, track.part)
        buckets[bucket(track.id, dataset.n_shards)].append(absolute)
    storage = digest(dataset.recipe.storage(dataset.sounds))
    return [
        ShardTask(folder, shard, dataset.recipe, storage, tuple(own))
        for shard, own in enumerate(buckets)
    ]


def _summary(folder: Path, found: Sequence[Done], taken_s: float, *, changed: bool) -> Summary:
    errors = sorted(error for done in found for error in done.errors)
    return Summary(
        folder=str(folder),
        tracks=sum(done.tracks for done in found) - len(errors),
        hours=sum(done.held_s for done in found) / 3600,
        computed=sum(done.computed for done in found),
        computed_hours=sum(done.computed_s for done in found) / 3600,
        taken_s=taken_s,
        megabytes=sum(done.size for done in found) / 1e6,
        changed=changed or any(done.written for done in found),
        unreadable=[Unreadable(id=track, error=error) for track, error in errors],
    )
