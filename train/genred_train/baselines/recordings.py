"""Whole recordings, each a row of librosa's classical features: what mel bands can't give too."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred_train.baselines.features import file_features
from genred_train.collection.tracks import Collection, Track


@dataclass(frozen=True)
class Recordings:
    """Recordings of one genre each, and what they sound like; to `splits.assign`, clips."""

    name: str
    genres: list[str]
    read: list[Track]
    features: NDArray[np.float32]
    """(recordings, features)"""
    unreadable: dict[str, str]
    """the others of the collection, and why"""

    def __len__(self) -> int:
        return len(self.read)

    @property
    def ids(self) -> list[str]:
        """Names, unique."""
        return [track.id for track in self.read]

    @property
    def tracks(self) -> list[str]:
        """Each is a track of its own."""
        return self.ids

    @property
    def artists(self) -> list[str]:
        """Of each, `""` where unknown."""
        return [track.artist for track in self.read]

    @property
    def parts(self) -> list[str]:
        """Of each, `""` where nobody says."""
        return [track.part for track in self.read]

    @property
    def y(self) -> NDArray[np.int64]:
        """Index of each one's genre."""
        return np.array([self.genres.index(track.labels[0]) for track in self.read], np.int64)

    @property
    def targets(self) -> NDArray[np.float32]:
        """(recordings, genres), 1 where one is of a genre."""
        return np.eye(len(self.genres), dtype=np.float32)[self.y]

    def pick(self, chosen: Sequence[int], name: str) -> "Recordings":
        """Return some of them; what could not be read goes with none."""
        read = [self.read[one] for one in chosen]
        return Recordings(name, self.genres, read, self.features[list(chosen)], {})

    def sha256(self) -> str:
        """Digest of names, labels and features."""
        said = "\n".join(f"{track.id}\t{track.labels[0]}" for track in self.read)
        return hashlib.sha256(said.encode() + self.features.tobytes()).hexdigest()


def listened(collection: Collection, tracks: Iterable[Track], sample_rate: int) -> Recordings:
    """Read the collection's tracks, one after the other; who can't be read is noted, not fatal.

    Raises GenredError for a track of several genres, or if none can be read.
    """
    read: list[Track] = []
    rows: list[NDArray[np.float32]] = []
    unreadable: dict[str, str] = {}
    for track in tracks:
        if len(track.labels) != 1:
            raise GenredError(f"{track.path}: a baseline takes one genre a track; leave it out")
        try:
            rows.append(file_features(track.path, sample_rate)[1])
            read.append(track)
        except GenredError as error:
            unreadable[track.id] = str(error)
    if not read:
        reason = next(iter(unreadable.values()), "it holds no track")
        raise GenredError(f"{collection.name}: none of it can be read ({reason})")
    return Recordings(collection.name, collection.genres, read, np.stack(rows), unreadable)
