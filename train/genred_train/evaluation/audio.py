"""Recorded files through a model as the daemon hears them: `StreamingMfcc`, window by window.

A file is decoded, resampled and heard block by block, so memory does not grow with its length.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genred.audio.file import FileSource
from genred.errors import GenredError
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec
from genred.features.window import FrameWindow
from genred_train.evaluation.heard import Heard
from genred_train.evaluation.listener import Listener, Window


@dataclass(frozen=True)
class AudioTrack:
    """One recorded file and what it is."""

    id: str
    path: Path
    labels: tuple[str, ...]

    def samples(self, sample_rate: int) -> Iterator[NDArray[np.float32]]:
        """Yield its sound, mono, block by block; raises GenredError where it can't be read."""
        with FileSource(self.path, sample_rate) as source:
            for block in source:
                yield block.samples


def windows(samples: Iterable[NDArray[np.float32]], spec: FeatureSpec) -> Iterator[Window]:
    """Yield the windows of a recording, each of which holds until the next is asked for.

    Less than a window is repeated to fill one; less than a frame gives none.
    """
    mfcc, window = StreamingMfcc(spec), FrameWindow(spec)
    for block in samples:
        yield from window.push(mfcc.push(block))
    yield from window.push(mfcc.flush())
    short = window.repeated()
    if short is not None:
        yield short


class Counted:
    """Samples on their way, counted."""

    def __init__(self, samples: Iterable[NDArray[np.float32]]) -> None:
        self._samples = samples
        self.count = 0

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        for block in self._samples:
            self.count += block.size
            yield block


def heard_audio(model: Listener, tracks: Iterable[AudioTrack], name: str) -> Heard:
    """Hear all files; those that can't be read are left out and told.

    The digest is of the files' bytes, their names and their labels. Raises GenredError if no file
    can be read.
    """
    digest = hashlib.sha256()
    heard = Heard(name, "", [], [], [])
    for track in tracks:
        digest.update(repr((track.id, track.labels, _digest(track.path))).encode())
        samples = Counted(track.samples(model.features.sample_rate))
        try:
            said = model.hear(windows(samples, model.features))
        except GenredError as error:
            heard.unreadable[track.id] = str(error)
            continue
        if not len(said):
            heard.unreadable[track.id] = "is shorter than a frame"
            continue
        if samples.count < model.features.window_samples:
            heard.too_short.append(track.id)
        heard.windows.append(said)
        heard.genres.append(track.labels)
        heard.pieces.append(1)
    if not heard.windows:
        raise GenredError(f"{name}: no file of it can be read; {_first(heard.unreadable)}")
    return replace(heard, data_sha256=digest.hexdigest())


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "unreadable"


def _first(unreadable: dict[str, str]) -> str:
    return next(iter(unreadable.values()), "it holds none")
