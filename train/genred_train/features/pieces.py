"""One recording in, the rows of its pieces out: the whole track, its excerpts, their versions.

Never more in memory than a block of a whole track; three excerpts; and, of a whole track that is
changed, a stretch of `CHANGE_S`, for a change needs the sound at once.
"""

import hashlib
import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import soundfile
from numpy.typing import NDArray

from genred.audio.file import FileSource
from genred.errors import GenredError
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec
from genred_train.augment.audio import change_audio
from genred_train.collection.levels import seconds
from genred_train.features.recipe import Recipe

ENOUGH = 0.9
"""share of a window (or excerpt) that a track must have; what lacks is filled with its own rows"""
CHANGE_S = 60.0
"""longest stretch of sound that is changed at once; the next one is changed in the same way"""
_SHORTEST_S = 1.0  # of a stretch: a changed instant is none
_QUARTERS = (0.25, 0.5, 0.75)
_SPARE = 1.5  # sound taken for a changed excerpt, so that one played faster is still long enough

_Float = TypeVar("_Float", np.float16, np.float32)
Rows = NDArray[np.float16]
"""mel bands in dB, (frames, n_mels); float16 rounds -100 dB by 0.03 dB"""


@dataclass(frozen=True)
class Piece:
    """One piece of a track in one version; its rows are to be taken before the next piece is."""

    piece: int
    version: int
    rows: Iterator[Rows]


@dataclass(frozen=True)
class Sounds:
    """Recordings that others are changed with."""

    noises: Sequence[Path] = ()
    rooms: Sequence[Path] = ()


def pieces(path: Path, track: str, recipe: Recipe, sounds: Sounds) -> Iterator[Piece]:
    """Yield the pieces of a recording in all versions, the same whenever and wherever it is done.

    Raises GenredError, also on the way, for what can't be read or is too short.
    """
    if recipe.pieces == "whole":
        yield from _whole(path, track, recipe, sounds)
    else:
        yield from _excerpts(path, track, recipe, sounds)


def filled(rows: NDArray[_Float], length: int) -> NDArray[_Float]:
    """Repeat rows from their first on until there are `length`; more than that are kept."""
    return rows if len(rows) >= length else np.resize(rows, (length, rows.shape[1]))


def excerpt_starts(frames: int, length: int) -> list[int]:
    """First frames of excerpts whose middles are a quarter, half and three quarters of a track.

    Moved inwards where they would stand out; of a track that is no longer than one there is one.
    """
    last = max(0, frames - length)
    return sorted({min(max(0, round(share * frames - length / 2)), last) for share in _QUARTERS})


def _whole(path: Path, track: str, recipe: Recipe, sounds: Sounds) -> Iterator[Piece]:
    spec = recipe.stored
    yield Piece(0, 0, _rows(_samples(path, spec.sample_rate), spec))
    for version in range(1, recipe.versions):
        yield Piece(0, version, _whole_changed(path, track, version, recipe, sounds))


def _whole_changed(
    path: Path, track: str, version: int, recipe: Recipe, sounds: Sounds
) -> Iterator[Rows]:
    spec = recipe.stored
    for samples in _stretches(_samples(path, spec.sample_rate), spec.sample_rate):
        yield from _rows([_changed(samples, track, 0, version, recipe, sounds)], spec)


def _excerpts(path: Path, track: str, recipe: Recipe, sounds: Sounds) -> Iterator[Piece]:
    spec, length = recipe.stored, recipe.excerpt_frames
    cut = _cut(path, spec, length, spare=_SPARE if recipe.versions > 1 else 1)
    for piece, samples in enumerate(cut):
        plain = samples[: _samples_of(length, spec)]
        yield Piece(piece, 0, _exactly(plain, length, spec))
        for version in range(1, recipe.versions):
            changed = _changed(samples, track, piece, version, recipe, sounds)
            yield Piece(piece, version, _exactly(changed, length, spec))


def _changed(
    samples: NDArray[np.float32],
    track: str,
    piece: int,
    version: int,
    recipe: Recipe,
    sounds: Sounds,
) -> NDArray[np.float32]:
    """Change samples as this version of this piece is changed, whatever was drawn before."""
    name = int.from_bytes(hashlib.sha256(track.encode()).digest()[:8])
    return change_audio(
        samples,
        recipe.features.sample_rate,
        recipe.augment,
        np.random.default_rng([recipe.seed, name, piece, version]),
        noises=sounds.noises,
        rooms=sounds.rooms,
    )


def _exactly(samples: NDArray[np.float32], length: int, spec: FeatureSpec) -> Iterator[Rows]:
    rows = np.concatenate([np.empty((0, spec.n_mels), np.float16), *_rows([samples], spec)])
    if not len(rows):
        raise GenredError("a changed excerpt has no whole frame left; change it less")
    yield filled(rows, length)[:length]


def _rows(blocks: Iterable[NDArray[np.float32]], spec: FeatureSpec) -> Iterator[Rows]:
    """Yield what the daemon would compute of a stream, block by block."""
    mfcc = StreamingMfcc(spec)
    for samples in blocks:
        yield mfcc.push(samples).astype(np.float16)
    yield mfcc.flush().astype(np.float16)


def _samples(path: Path, sample_rate: int) -> Generator[NDArray[np.float32], None, None]:
    with FileSource(path, sample_rate) as source:
        for block in source:
            yield block.samples


def _stretches(
    blocks: Iterable[NDArray[np.float32]], sample_rate: int
) -> Iterator[NDArray[np.float32]]:
    """Join blocks to stretches of `CHANGE_S`; the last one is shorter, but no mere instant."""
    length, spare = round(CHANGE_S * sample_rate), round(_SHORTEST_S * sample_rate)
    waiting: list[NDArray[np.float32]] = []
    for block in blocks:
        waiting.append(block)
        if sum(map(len, waiting)) >= length + spare:
            joined = np.concatenate(waiting)
            yield joined[:length]
            waiting = [joined[length:]]
    yield np.concatenate([np.empty(0, np.float32), *waiting])


def _cut(path: Path, spec: FeatureSpec, length: int, spare: float) -> list[NDArray[np.float32]]:
    """Return the samples of a track's excerpts, each `spare` times as many as it needs.

    They are placed by the length that the file tells; by the true one where it ends before.
    """
    spans = _spans(_told_samples(path, spec.sample_rate), length, spec, spare)
    found, total = _gather(path, spec, spans)
    if total < spans[-1][1]:
        found, _ = _gather(path, spec, _spans(total, length, spec, spare))
    return found


def _spans(samples: int, length: int, spec: FeatureSpec, spare: float) -> list[tuple[int, int]]:
    """First and last sample (exclusive) of each excerpt of a track of so many samples."""
    frames = max(0, (samples - spec.n_fft) // spec.hop_length + 1)
    if frames < ENOUGH * length:
        raise GenredError(
            f"{samples / spec.sample_rate:.1f} s are too short for excerpts of "
            f"{seconds(length, spec):.1f} s; leave it out"
        )
    wide = round(spare * _samples_of(length, spec))
    starts = [spec.hop_length * start for start in excerpt_starts(frames, length)]
    return [(start, min(start + wide, samples)) for start in starts]


def _gather(
    path: Path, spec: FeatureSpec, spans: Sequence[tuple[int, int]]
) -> tuple[list[NDArray[np.float32]], int]:
    """Read a track up to the end of its last span; return the spans' samples, and how many came.

    What came is the track's length where it ended too early, else the end of the last span.
    """
    parts: list[list[NDArray[np.float32]]] = [[] for _ in spans]
    end = spans[-1][1]
    at = 0
    with closing(_samples(path, spec.sample_rate)) as blocks:
        for block in blocks:
            for part, (first, last) in zip(parts, spans, strict=True):
                part.append(block[max(0, first - at) : max(0, last - at)])
            at += len(block)
            if at >= end:
                break
    return [np.concatenate(part) for part in parts], at


def _samples_of(frames: int, spec: FeatureSpec) -> int:
    return (frames - 1) * spec.hop_length + spec.n_fft


def _told_samples(path: Path, sample_rate: int) -> int:
    """Return the samples of a file at another rate, as its own header has them."""
    FileSource(path, sample_rate).close()  # says in one line what is wrong with it
    info = soundfile.info(os.fsencode(path) if os.name == "posix" else path)
    return int(info.frames * sample_rate / info.samplerate)
