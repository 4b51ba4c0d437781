"""What is found by reading each clip of a collection once, one after the other.

Of a clip its length, a digest and a fingerprint are kept, two kilobytes for half a minute.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genred.audio.file import FileSource
from genred.errors import GenredError
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec
from genred_train.collection.clips import Clips
from genred_train.collection.fingerprints import Fingerprint, coarse_bands, fingerprint, of_bands
from genred_train.collection.levels import seconds
from genred_train.collection.tracks import Collection, Track

_SPEC = FeatureSpec(kind="logmel")
_BLOCK_S = 5.0

Progress = Callable[[Iterable[int]], Iterable[int]]
"""passes on what it is given, and shows how far it is"""


@dataclass(frozen=True)
class Heard:
    """What reading one clip told."""

    length_s: float
    digest: str
    """of the samples, whatever kind of file they come from; of the mel bands, for arrays"""
    fingerprint: Fingerprint
    sample_rate: int | None = None
    """of the file, Hz; None for clips of arrays"""


@dataclass(frozen=True)
class Survey:
    """Clips that could be read, what is said of each, and what was found."""

    name: str
    genres: list[str]
    ids: list[str]
    tracks: list[str]
    targets: NDArray[np.float32]
    """(clips, genres), 1 where a clip is of a genre"""
    artists: list[str]
    """`""` where unknown; empty if none is known"""
    parts: list[str]
    """`""` where nobody says; empty if nobody says of any"""
    heard: list[Heard]
    unreadable: dict[str, str] = field(default_factory=dict)
    """one line each, by id"""
    is_audio: bool = True


def survey_collection(collection: Collection, progress: Progress = iter) -> Survey:
    """Read all files of a collection; what can't be read is told, not raised."""
    tracks: list[Track] = []
    heard: list[Heard] = []
    unreadable: dict[str, str] = {}
    for number in progress(range(len(collection.tracks))):
        track = collection.tracks[number]
        try:
            heard.append(hear_file(track.path))
            tracks.append(track)
        except GenredError as error:
            unreadable[track.id] = str(error)
    return _of_tracks(collection, tracks, heard, unreadable)


def survey_clips(clips: Clips, progress: Progress = iter) -> Survey:
    """Read all clips of arrays, or of a prepared folder: mel bands, no audio."""
    return Survey(
        name=clips.name,
        genres=clips.genres,
        ids=clips.ids,
        tracks=clips.tracks,
        targets=clips.targets,
        artists=clips.artists,
        parts=clips.parts,
        heard=[hear_clip(clips, clip) for clip in progress(range(len(clips)))],
        is_audio=False,
    )


def hear_file(path: Path) -> Heard:
    """Read one sound file, block by block; raises GenredError, one line, if that fails."""
    mfcc, digest, samples = StreamingMfcc(_SPEC), hashlib.sha256(), 0
    bands = []
    with FileSource(path, _SPEC.sample_rate, _BLOCK_S) as source:
        for block in source:
            digest.update(block.samples.tobytes())
            samples += len(block.samples)
            bands.append(coarse_bands(mfcc.push(block.samples), _SPEC))
        name, sample_rate = source.name, source.sample_rate
    if not samples:
        raise GenredError(f"{name}: holds no sound; take it out, or fetch it anew")
    bands.append(coarse_bands(mfcc.flush(), _SPEC))
    return Heard(
        samples / _SPEC.sample_rate,
        digest.hexdigest(),
        of_bands(np.concatenate(bands), _SPEC),
        sample_rate,
    )


def hear_clip(clips: Clips, clip: int) -> Heard:
    """Read one clip's mel bands."""
    levels_db = clips.levels_db(clip)
    return Heard(
        seconds(len(levels_db), clips.spec),
        hashlib.sha256(np.ascontiguousarray(levels_db).tobytes()).hexdigest(),
        fingerprint(levels_db, clips.spec),
    )


def _of_tracks(
    collection: Collection,
    tracks: Sequence[Track],
    heard: list[Heard],
    unreadable: dict[str, str],
) -> Survey:
    genres = collection.genres
    targets = [[float(genre in track.labels) for genre in genres] for track in tracks]
    ids = [track.id for track in tracks]
    return Survey(
        name=collection.name,
        genres=genres,
        ids=ids,
        tracks=ids,
        targets=np.array(targets, np.float32).reshape(len(tracks), len(genres)),
        artists=_known([track.artist for track in tracks]),
        parts=_known([track.part for track in tracks]),
        heard=heard,
        unreadable=unreadable,
    )


def _known(said: list[str]) -> list[str]:
    return said if any(said) else []
