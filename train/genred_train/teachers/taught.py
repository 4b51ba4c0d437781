"""Recordings in, a teacher's answers for a student's windows out."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from genred.audio.file import FileSource, printable
from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred_train.collection.fma import fma_root
from genred_train.collection.folders import SOUND_SUFFIXES, track_id
from genred_train.collection.levels import seconds
from genred_train.collection.open import open_collection
from genred_train.features.pieces import ENOUGH
from genred_train.features.rows import window_starts
from genred_train.teachers.teacher import Hearing, Teacher


@dataclass(frozen=True)
class Taught:
    """What came of one recording."""

    id: str
    answers: dict[str, NDArray[np.float16]] = field(default_factory=dict)
    """(windows, dims) for each group of the teacher"""
    length_s: float = 0.0
    error: str = ""
    """why there are no answers"""

    @property
    def windows(self) -> int:
        """Count the windows."""
        return len(next(iter(self.answers.values()), ()))


def recordings(where: Path) -> list[tuple[str, Path]]:
    """List id and path of all tracks of a manifest, FMA's layout, or a folder, however deep.

    They are called as `genred-train prepare` calls them; a folder needs no genres here. Raises
    GenredError for none.
    """
    if not where.is_dir() or fma_root(where):
        return [(track.id, track.path) for track in open_collection(where).tracks]
    inside = (path for path in where.rglob("*") if path.suffix.lower() in SOUND_SUFFIXES)
    found = [path for path in inside if path.is_file() and not _hidden(path.relative_to(where))]
    if not found:
        raise GenredError(f"{printable(where)}: holds no sound file; give a folder of music")
    return sorted((track_id(path, where), path) for path in found)


def teach(
    tracks: Sequence[tuple[str, Path]],
    teacher: Teacher,
    hearing: Hearing,
    spec: FeatureSpec,
    jobs: int = 1,
) -> Iterator[Taught]:
    """Yield what the teacher says of each recording, in order, from so many threads."""
    pool = ThreadPoolExecutor(jobs)
    try:
        yield from pool.map(lambda one: taught(one[0], one[1], teacher, hearing, spec), tracks)
    finally:
        pool.shutdown(cancel_futures=True)


def taught(track: str, path: Path, teacher: Teacher, hearing: Hearing, spec: FeatureSpec) -> Taught:
    """Let a teacher hear one recording where a student's windows of it are."""
    try:
        samples = _samples(path, spec.sample_rate)
        starts_s = [seconds(start, spec) for start in _starts(len(samples), spec)]
        given = soxr.resample(samples, spec.sample_rate, teacher.sample_rate, quality="HQ")
        said = hearing.answers(given, starts_s)
    except GenredError as error:
        return Taught(track, error=str(error).removeprefix(f"{printable(path)}: "))
    with np.errstate(over="ignore"):
        answers = {group: values.astype(np.float16) for group, values in said.items()}
    if not all(np.isfinite(values).all() for values in answers.values()):
        return Taught(track, error="what the teacher says is not finite; leave this sound out")
    return Taught(track, answers, len(samples) / spec.sample_rate)


def _samples(path: Path, sample_rate: int) -> NDArray[np.float32]:
    with FileSource(path, sample_rate) as source:
        return np.concatenate([np.empty(0, np.float32), *(block.samples for block in source)])


def _starts(samples: int, spec: FeatureSpec) -> range:
    """First frames of a student's windows; one that lacks a little of its end counts as whole."""
    frames = max(0, (samples - spec.n_fft) // spec.hop_length + 1)
    if frames < ENOUGH * spec.window_frames:
        raise GenredError(
            f"{seconds(frames, spec):.1f} s are too short for a window of "
            f"{seconds(spec.window_frames, spec):.1f} s; leave it out"
        )
    return window_starts(max(frames, spec.window_frames), spec)


def _hidden(path: Path) -> bool:
    return path.parts[0].startswith(".") or path.name.startswith(".")
