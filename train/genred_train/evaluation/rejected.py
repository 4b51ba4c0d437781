"""How well a model knows what it does not know: music that passes, noise that does not.

A window or a track is rejected where one of `unknown` and `not_music` is more probable, in the
mean over its windows, than every label. Files go through the daemon's whole pipeline too, gate and
all, as `genred classify` has them: there `silence` is as good an answer.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.events import NOT_MUSIC, SILENCE, UNKNOWN
from genred.model.metadata import Figure
from genred.pipeline import Model
from genred.recording import classify
from genred_train.collection.folders import track_id
from genred_train.evaluation.audio import AudioTrack, windows
from genred_train.evaluation.bootstrap import ratio
from genred_train.evaluation.figures import Windows, track_probabilities
from genred_train.evaluation.listener import Listener
from genred_train.features.ranges import audio_files

REJECTED = frozenset({SILENCE, UNKNOWN, NOT_MUSIC})


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """Files of a kind that no label fits."""

    files: Figure
    """share that the daemon calls `not_music`, `unknown` or `silence`"""
    windows: Figure
    """share rejected, the gate left out; files are drawn, whole"""


class Noises(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of files that are no music."""

    data: str
    data_sha256: str
    all: Noise
    kinds: dict[str, Noise]
    """by the folder that a file lies in"""
    said: dict[str, int]
    """files by what the daemon said of them"""
    unreadable: dict[str, str]


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """What `evaluate --reject` adds."""

    passing_tracks: Figure
    """of the music that is measured: share that is given a label, right or wrong"""
    passing_windows: Figure
    noises: Noises | UnsetType = UNSET


class _File(msgspec.Struct, frozen=True):
    kind: str
    genre: str
    rejected: int
    """windows"""
    windows: int


def passing(said: Windows, n_labels: int, seed: int = 0) -> Rejected:
    """Count the tracks and windows that are given a label, (windows, states) each, labels first."""
    tracks = track_probabilities(said).argmax(axis=1) < n_labels
    kept = np.array([(track.argmax(axis=1) < n_labels).sum() for track in said], np.float64)
    counts = np.array([len(track) for track in said], np.float64)
    return Rejected(
        passing_tracks=ratio(tracks.astype(np.float64), np.ones(len(tracks)), len(tracks), seed),
        passing_windows=ratio(kept, counts, int(counts.sum()), seed),
    )


def noises(model: Model, listening: Listener, folder: Path, seed: int = 0) -> Noises:
    """Hear all sound files below a folder, which are no music; `listening` must reject.

    Raises GenredError if none of them can be read.
    """
    unreadable: dict[str, str] = {}
    files = list(_heard(model, listening, folder, unreadable))
    if not files:
        why = next(iter(unreadable.values()))
        raise GenredError(f"{folder}: no file of it can be read; {why}")
    kinds = sorted({file.kind for file in files})
    return Noises(
        data=folder.name,
        data_sha256=digest(folder),
        all=_noise(files, seed),
        kinds={kind: _noise([f for f in files if f.kind == kind], seed) for kind in kinds},
        said=_counted([file.genre for file in files]),
        unreadable=unreadable,
    )


def digest(folder: Path) -> str:
    """SHA-256 of the names and bytes of all sound files below a folder."""
    found = hashlib.sha256()
    for path in audio_files([folder]):
        found.update(f"{track_id(path, folder)}\n".encode())
        with path.open("rb") as file:
            found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()


def _heard(
    model: Model, listening: Listener, folder: Path, unreadable: dict[str, str]
) -> Iterator[_File]:
    n_labels, features = len(model.metadata.labels), model.metadata.features
    for path in audio_files([folder]):
        track = AudioTrack(track_id(path, folder), path, ())
        try:
            genre = classify(path, model).genre
            said = listening.hear(windows(track.samples(features.sample_rate), features))
        except GenredError as error:
            unreadable[track.id] = str(error)
            continue
        rejected = int((said.argmax(axis=1) >= n_labels).sum())
        yield _File(path.parent.name, genre, rejected, len(said))


def _noise(files: Sequence[_File], seed: int) -> Noise:
    whole: NDArray[np.float64] = np.array([file.genre in REJECTED for file in files], np.float64)
    parts = np.array([file.rejected for file in files], np.float64)
    counts = np.array([file.windows for file in files], np.float64)
    return Noise(
        files=ratio(whole, np.ones(len(files)), len(files), seed),
        windows=ratio(parts, counts, int(counts.sum()), seed),
    )


def _counted(names: Sequence[str]) -> dict[str, int]:
    return {name: names.count(name) for name in sorted(set(names), key=lambda n: -names.count(n))}
