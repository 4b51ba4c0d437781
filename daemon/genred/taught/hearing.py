"""Folders of songs in, what the model hears of each out: through the pipeline that runs live."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genred.audio.file import FileSource, printable
from genred.errors import GenredError
from genred.model.classifier import Classifier
from genred.pipeline import Pipeline
from genred.taught.lesson import FEWEST_SONGS, Song

MOST_SONGS = 60
"""of one folder; more take minutes and tell little"""
_WINDOWS = 40
"""of one song, spread evenly: neighbours share five sixths of their sound"""
# Also forms that libsndfile may not read: they are told rather than passed over.
_FORMS = (
    ".wav .flac .mp3 .ogg .oga .opus .aif .aiff .aifc .au .snd .caf .w64 .rf64 "
    ".m4a .aac .mp4 .mka .webm .wma .ape .wv"
)
_SUFFIXES = frozenset(_FORMS.split())

Told = Callable[[GenredError], None]
Heard = Callable[[str, int, int], None]
"""told before each song: its file, its number from 1, of how many"""


def songs_in(folder: Path, without: Path | None = None) -> list[Path]:
    """Return the sound files below a folder, in order; none of a folder `without`, no hidden one.

    Raises GenredError if it is no folder, can't be read, or holds none.
    """
    name = printable(folder)
    if not folder.is_dir():
        raise GenredError(f"{name}: no such folder; give one of songs")
    try:
        found = sorted(path for path in _files(folder) if _is_sound(path))
    except OSError as error:
        raise GenredError(f"{name}: {error.strerror}; give a folder that can be read") from error
    if without is not None:
        left_out = without.resolve()
        found = [path for path in found if not path.resolve().is_relative_to(left_out)]
    if not found:
        raise GenredError(f"{name}: no sound file is in it; give a folder of songs")
    return found


def spread(paths: Sequence[Path], most: int = MOST_SONGS) -> list[Path]:
    """Return at most so many of them, spread evenly over all."""
    places = np.linspace(0, len(paths) - 1, min(most, len(paths))).round().astype(int)
    return [paths[place] for place in places]


def hear_songs(
    model: Classifier, paths: Sequence[Path], refused: Told, heard: Heard | None = None
) -> list[Song]:
    """Hear songs; one that can't be read or holds no sound is told, and the others still heard."""
    songs = []
    for number, path in enumerate(paths, 1):
        if heard is not None:
            heard(printable(path), number, len(paths))
        try:
            songs.append(hear_song(model, path))
        except GenredError as error:
            refused(error)
    return songs


def hear_song(model: Classifier, path: Path) -> Song:
    """Hear one file to its end; raises GenredError where it can't be read or is silent."""
    ear = _Ear(model)
    pipeline = Pipeline(ear)
    with FileSource(path, model.metadata.features.sample_rate) as source:
        for block in source:
            pipeline.push(block)
    pipeline.flush()
    if not ear.heard:
        raise GenredError(f"{printable(path)}: holds no sound to learn from; take it away")
    places = np.linspace(0, len(ear.heard) - 1, min(_WINDOWS, len(ear.heard))).round().astype(int)
    said, vectors = zip(*(ear.heard[place] for place in places), strict=True)
    return Song(printable(path), np.stack(vectors), np.stack(said))


def check_count(songs: Sequence[Song], folder: Path) -> None:
    """Raise GenredError if these are too few to learn from."""
    if len(songs) < FEWEST_SONGS:
        raise GenredError(
            f"{printable(folder)}: {len(songs)} songs could be heard, {FEWEST_SONGS} are the "
            "fewest to learn from; put in more, best ten or more of different performers"
        )


class _Ear:
    """A model that keeps what it says: the pipeline asks it about sound only."""

    def __init__(self, model: Classifier) -> None:
        self.metadata = model.metadata
        self.heard: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
        self._model = model

    def probabilities(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        said = self._model.probabilities(window)
        embedding = self._model.embedding()
        if embedding is not None:
            self.heard.append((said, embedding))
        return said

    def rejections(self) -> dict[str, float]:
        return self._model.rejections()


def _files(folder: Path) -> Iterator[Path]:
    """Yield all files below a folder; raises OSError for one that can't be listed."""

    def fail(error: OSError) -> None:
        raise error

    for root, folders, files in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(root, name) for name in files)


def _is_sound(path: Path) -> bool:
    # A Mac leaves "._song.mp3" beside each "song.mp3".
    return path.suffix.lower() in _SUFFIXES and not path.name.startswith(".")
