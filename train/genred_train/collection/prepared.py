"""A prepared folder as clips: mel bands stay on disk and are mapped as they are asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred_train.collection.clips import Clips
from genred_train.features.pieces import filled
from genred_train.features.recipe import FORMAT, digest
from genred_train.features.shard_task import row_bytes, too_short
from genred_train.features.shards import (
    DATASET,
    ROW_TYPE,
    Dataset,
    Held,
    Index,
    Part,
    index_path,
    listing,
    read,
    rows_path,
)


@dataclass(frozen=True)
class ShardLevels:
    """Rows of shards, float16 on disk; `places` are (shard, first row, rows) of each clip."""

    folder: Path
    places: Sequence[tuple[int, int, int]]
    n_mels: int
    shortest: int
    """frames that every clip has: one that is a little shorter is filled with its own"""

    def __len__(self) -> int:
        return len(self.places)

    def frames(self, clip: int) -> int:
        """Frames of one clip."""
        return max(self.places[clip][2], self.shortest)

    def __getitem__(self, clip: int) -> NDArray[np.float32]:
        return self.span(clip, 0, self.frames(clip))

    def span(self, clip: int, start: int, stop: int) -> NDArray[np.float32]:
        """Mel bands of some frames of one clip, (stop - start, n_mels), in dB: only they are read.

        Raises GenredError if the folder has changed.
        """
        shard, offset, frames = self.places[clip]
        if frames < self.shortest:
            whole = self._rows(shard, offset, frames)
            return filled(whole, self.shortest)[start:stop]
        return self._rows(shard, offset + start, max(0, min(stop, frames) - start))

    def _rows(self, shard: int, offset: int, count: int) -> NDArray[np.float32]:
        """Map rows, copy them, and let go of the map: what was read does not stay in memory."""
        path = rows_path(self.folder, shard)
        try:
            mapped = np.memmap(path, ROW_TYPE, "r", offset * 2 * self.n_mels, (count, self.n_mels))
        except (OSError, ValueError) as error:
            raise GenredError(f"{path}: changed while it was read ({error})") from error
        return mapped.astype(np.float32)


def load_prepared(folder: Path) -> Clips:
    """Read what a prepared folder holds, no rows; raises GenredError, one line, for none.

    A clip is a piece in one version: its id is the track's, `#piece` where there are excerpts, and
    `~version` where it is a changed one. Tracks that could not be read are left out.
    """
    dataset = _dataset(folder)
    indexes = [_index(folder, shard, dataset) for shard in range(dataset.n_shards)]
    _check_finished(folder, dataset, indexes)
    found = sorted(_pieces(dataset, indexes), key=lambda piece: piece[0])
    if not found:
        raise GenredError(f"{folder}: holds no track that can be used")
    held = [track for _, track, _, _ in found]
    spec = dataset.recipe.features
    return Clips(
        name=dataset.name,
        genres=list(dataset.genres),
        ids=[clip for clip, _, _, _ in found],
        tracks=[track.id for track in held],
        targets=_targets(held, dataset.genres),
        levels=ShardLevels(
            folder,
            [(shard, part.offset, part.frames) for _, _, shard, part in found],
            spec.n_mels,
            spec.window_frames,
        ),
        spec=spec,
        sha256=_sha256(dataset, held),
        artists=_if_any([track.artist for track in held]),
        parts=_if_any([track.part for track in held]),
        versions=_versions([part.version for _, _, _, part in found]),
        recordings=[track.sha256 for track in held],
    )


def _dataset(folder: Path) -> Dataset:
    if not (folder / DATASET).is_file():
        raise GenredError(f"{folder}: is no prepared folder; make one: genred-train prepare")
    dataset = read(folder / DATASET, Dataset)
    if dataset.format != FORMAT:
        raise GenredError(
            f"{folder}: format {dataset.format} is not this genred's; prepare it anew"
        )
    return dataset


def _index(folder: Path, shard: int, dataset: Dataset) -> Index:
    path = index_path(folder, shard)
    if not path.exists():
        raise _unfinished(folder)
    index = read(path, Index)
    needed = index.rows * row_bytes(dataset.recipe)
    try:
        size = rows_path(folder, shard).stat().st_size
    except OSError as error:
        raise _unfinished(folder) from error
    if size != needed:
        raise GenredError(
            f"{rows_path(folder, shard)}: has {size} bytes, its index tells of {needed}; "
            "run genred-train prepare again, it makes it anew"
        )
    return index


def _check_finished(folder: Path, dataset: Dataset, indexes: Sequence[Index]) -> None:
    storage = digest(dataset.recipe.storage(dataset.sounds))
    tracks = [track for index in indexes for track in index.tracks]
    told = listing([(track.id, track.labels, track.artist, track.part) for track in tracks])
    if told != dataset.listing or any(index.storage != storage for index in indexes):
        raise _unfinished(folder)


def _unfinished(folder: Path) -> GenredError:
    return GenredError(
        f"{folder}: is not finished; run genred-train prepare again, it goes on where it stopped"
    )


def _pieces(dataset: Dataset, indexes: Sequence[Index]) -> Iterator[tuple[str, Held, int, Part]]:
    for shard, index in enumerate(indexes):
        for track in index.tracks:
            if track.parts and not too_short(track, dataset.recipe):
                for part in track.parts:
                    yield _clip_id(track.id, part, dataset.recipe.pieces), track, shard, part


def _clip_id(track: str, part: Part, pieces: str) -> str:
    piece = f"#{part.piece}" if pieces == "excerpts" else ""
    version = f"~{part.version}" if part.version else ""
    return f"{track}{piece}{version}"


def _targets(tracks: Sequence[Held], genres: Sequence[str]) -> NDArray[np.float32]:
    place = {genre: number for number, genre in enumerate(genres)}
    targets = np.zeros((len(tracks), len(genres)), np.float32)
    for row, track in enumerate(tracks):
        targets[row, [place[label] for label in track.labels]] = 1
    return targets


def _sha256(dataset: Dataset, tracks: Sequence[Held]) -> str:
    storage = dataset.recipe.storage(dataset.sounds)
    keys = sorted({(track.id, track.key) for track in tracks})
    return digest([storage, dataset.genres, dataset.listing, keys])


def _versions(numbers: list[int]) -> list[int]:
    return numbers if any(numbers) else []


def _if_any(values: list[str]) -> list[str]:
    return values if any(values) else []
