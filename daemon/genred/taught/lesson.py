"""What was heard of songs, and what they are taught as: the records of teaching."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genred.errors import UsageError
from genred.labels import check_label

FEWEST_SONGS = 3
"""less than that says nothing of what such songs share"""


@dataclass(frozen=True)
class Song:
    """One song as the model hears it, some windows of it, spread evenly."""

    name: str
    embeddings: NDArray[np.float32]
    """(windows, n), windows >= 1"""
    probabilities: NDArray[np.float32]
    """(windows, labels), calibrated, as the model itself says them"""

    @property
    def digest(self) -> str:
        """Of what was heard: the same recording has the same one, wherever it lies."""
        return hashlib.sha256(np.ascontiguousarray(self.embeddings).tobytes()).hexdigest()


@dataclass(frozen=True)
class Lesson:
    """Songs that have one name."""

    name: str
    folder: str
    """where the songs were, for whoever learns them again"""
    songs: list[Song]


@dataclass(frozen=True)
class Taught:
    """All lessons of one model, and songs that are of none of them."""

    lessons: list[Lesson] = field(default_factory=list)
    others: list[Song] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The taught labels, in their order."""
        return [lesson.name for lesson in self.lessons]

    def ordered(self) -> "Taught":
        """Return the same with lessons by name, and no song among the others that is taught.

        Others that are too few to tell anything are left out.
        """
        taught = {song.digest for lesson in self.lessons for song in lesson.songs}
        others = [song for song in self.others if song.digest not in taught]
        lessons = sorted(self.lessons, key=lambda lesson: lesson.name)
        return Taught(lessons, others if len(others) >= FEWEST_SONGS else [])


def check_name(name: str, labels: Sequence[str], taught: Iterable[str]) -> str:
    """Return the name of a lesson; raises UsageError for one that can't be a label.

    A label of the model is a name too: the songs add to what the model calls so.
    """
    for other in [*labels, *taught]:
        if other != name and other.casefold() == name.casefold():
            raise UsageError(f'"{name}" is there as "{other}"; write it so, or choose another')
    return check_label(name)
