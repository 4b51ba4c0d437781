"""Lessons in; out of it what they are worth: songs that were left out, heard by a head without."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from genred.taught.head import Head, learn
from genred.taught.lesson import Lesson, Song, Taught
from genred.taught.sharing import Sharing

_FOLDS = 5


class Worth(NamedTuple):
    """How often songs that were left out got their name, by the rule of the track."""

    recognised: int
    """songs of the lesson"""
    songs: int
    taken: int
    """other songs, also those of other lessons"""
    others: int


def worth(taught: Taught, name: str, labels: Sequence[str], kind: str) -> Worth:
    """Leave out a fifth of all songs after the other, and hear them; `kind` is the model's head."""
    sharing = Sharing(labels, taught.names, kind)
    place = sharing.labels.index(name)
    own: list[bool] = []
    other: list[bool] = []
    for number in range(_FOLDS):
        head = learn(_without(taught, number), len(labels))
        for lesson in [*taught.lessons, Lesson("", "", taught.others)]:
            said = [_said(song, head, sharing) == place for song in _of(lesson.songs, number)]
            (own if lesson.name == name else other).extend(said)
    return Worth(sum(own), len(own), sum(other), len(other))


def _said(song: Song, head: Head, sharing: Sharing) -> int:
    odds = head.odds(song.probabilities, song.embeddings)
    return int(sharing.shared(song.probabilities, odds).mean(axis=0).argmax())


def _without(taught: Taught, number: int) -> Taught:
    lessons = [replace(one, songs=_but(one.songs, number)) for one in taught.lessons]
    return Taught(lessons, _but(taught.others, number))


def _of(songs: Sequence[Song], number: int) -> list[Song]:
    return [song for place, song in enumerate(songs) if place % _FOLDS == number]


def _but(songs: Sequence[Song], number: int) -> list[Song]:
    return [song for place, song in enumerate(songs) if place % _FOLDS != number]
