"""Copies within a collection: the same samples, or the same recording in another guise."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec
import numpy as np

from genred_train.collection.fingerprints import BITS, WORD_S, Fingerprint

LEAST_S = 5.0
LEAST_WORDS = round(LEAST_S / WORD_S)
"""of overlap: less proves nothing"""
AGREEMENT = 0.7
"""of the bits. By chance it is 0.5; measured, 1823 unrelated clips stay under 0.66, and copies at
another level, cut, or through the lowest MP3 and Vorbis have 0.8 and more"""
_PLACES = 1000
"""of a word that are looked up: more and it is a common one"""
_TRIED = 20
"""candidates for each recording whose bits are counted"""


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """Two clips that are most likely of one recording."""

    first: str
    second: str
    agreement: float
    """of bits, 0.5 by chance"""
    offset_s: float
    """where in `first` the start of `second` is; negative if it starts before"""


def exact_copies(digests: Sequence[str], tracks: Sequence[str]) -> list[list[int]]:
    """Return groups of clips with the same digest, of two or more tracks, in order."""
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for clip, digest in enumerate(digests):
        groups[digest].append(clip)
    return [group for group in groups.values() if len({tracks[clip] for clip in group}) > 1]


def near_copies(
    prints: Sequence[Fingerprint], tracks: Sequence[str]
) -> Iterator[tuple[int, int, float, float]]:
    """Yield (first, second, agreement, offset in s) of clips that are not of one track anyway.

    Clips meet only where a word of theirs is equal, so that not all pairs are compared: the time
    grows with the words and their chance meetings, not with the square of the clips.
    """
    index = _Index(prints, tracks)
    for second in range(len(prints)):
        best: dict[int, tuple[float, int]] = {}
        for first, offset in index.candidates(second):
            agreement = agreement_at(prints[first], prints[second], offset)
            if agreement >= AGREEMENT:
                best[first] = max(best.get(first, (0.0, 0)), (agreement, offset))
        for first, (agreement, offset) in sorted(best.items()):
            yield first, second, agreement, offset * WORD_S


def agreement_at(first: Fingerprint, second: Fingerprint, offset: int) -> float:
    """Share of equal bits where word i of `second` lies on word i + `offset` of `first`.

    Words that mean nothing in either do not count; 0.0 if fewer than `LEAST_WORDS` are left.
    """
    here, there = max(0, offset), max(0, -offset)
    n = max(0, min(len(first) - here, len(second) - there))
    both = first.lively[here : here + n] & second.lively[there : there + n]
    differ = (first.words[here : here + n] ^ second.words[there : there + n])[both]
    if len(differ) < LEAST_WORDS:
        return 0.0
    return 1.0 - float(np.unpackbits(differ.view(np.uint8)).sum()) / (len(differ) * BITS)


class _Index:
    """Where each word occurs: the words of all clips, sorted."""

    def __init__(self, prints: Sequence[Fingerprint], tracks: Sequence[str]) -> None:
        self._prints = prints
        self._tracks = tracks
        words = np.concatenate([np.zeros(0, np.uint32), *(one.words for one in prints)])
        lively = np.concatenate([np.zeros(0, bool), *(one.lively for one in prints)])
        ends = np.cumsum([0, *map(len, prints)])
        self._start = ends
        # Stable: the places of a word stay in the order of the clips.
        order = np.argsort(words, kind="stable")
        self._places = order[lively[order]]
        self._words = words[self._places]

    def candidates(self, clip: int) -> list[tuple[int, int]]:
        """Return (earlier clip, offset) where most words meet; clips of its track are none."""
        own = self._prints[clip]
        times = np.flatnonzero(own.lively)
        first = np.searchsorted(self._words, own.words[times], "left")
        last = np.searchsorted(self._words, own.words[times], "right")
        found: Counter[tuple[int, int]] = Counter()
        for time, start, end in zip(times, first, np.minimum(last, first + _PLACES), strict=True):
            places = self._places[start:end]
            places = places[places < self._start[clip]]
            clips = np.searchsorted(self._start, places, "right") - 1
            found.update(
                zip(clips.tolist(), (places - self._start[clips] - time).tolist(), strict=True)
            )
        track = self._tracks[clip]
        others = (pair for pair, _ in found.most_common() if self._tracks[pair[0]] != track)
        return list(islice(others, _TRIED))
