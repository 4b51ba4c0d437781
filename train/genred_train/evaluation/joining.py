"""Recordings joined to one stream of sound: hard cuts, cross-fades, or silences between them.

Decoded piece by piece; only as much as a fade is long stays in memory.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genred.audio.source import BLOCK_S
from genred.errors import GenredError
from genred_train.evaluation.audio import AudioTrack
from genred_train.evaluation.timeline import Piece

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Join:
    """How one piece follows another; neither: a hard cut."""

    fade_s: float = 0.0
    """length of an equal-power cross-fade; pieces are meant to be longer"""
    silence_s: float = 0.0

    def __str__(self) -> str:
        """Say it as people do."""
        if self.fade_s:
            return f"cross-fades of {self.fade_s:g} s"
        return f"silences of {self.silence_s:g} s" if self.silence_s else "hard cuts"


class Joined:
    """Iterate once for the samples; `pieces` then tells what they were, as far as they came.

    A file that fails ends where it fails, and is told in `unreadable`.
    """

    def __init__(self, tracks: Iterable[AudioTrack], sample_rate: int, join: Join) -> None:
        self._tracks, self._rate, self.join = tracks, sample_rate, join
        self._fade = round(join.fade_s * sample_rate)
        self._given = 0
        """samples so far"""
        self.pieces: list[Piece] = []
        self.unreadable: dict[str, str] = {}

    def __iter__(self) -> Iterator[Samples]:
        tail = _NOTHING
        for number, track in enumerate(self._tracks):
            if number and self.join.silence_s:
                yield from self._counted(_silence(self.join.silence_s, self._rate))
            tail = yield from self._play(track, tail)
            self._end(self._given)
        yield from self._counted([tail] if len(tail) else [])
        self._end(self._given)

    def _begin(self, track: AudioTrack, overlap: int) -> None:
        changes_s = (self._given + overlap / 2) / self._rate
        if overlap:
            self.pieces[-1] = replace(self.pieces[-1], ends_s=changes_s)
        self.pieces.append(Piece(track.labels, self._given / self._rate, changes_s, np.inf))

    def _end(self, ends: int) -> None:
        if self.pieces:
            self.pieces[-1] = replace(self.pieces[-1], ends_s=ends / self._rate)

    def _play(self, track: AudioTrack, over: Samples) -> Generator[Samples, None, Samples]:
        """Yield a piece under the end of the one before it, but for its own end: return that."""
        falling, rising = _ramps(len(over))
        over, held, done = over * falling, _NOTHING, 0
        begun = False
        for block in self._readable(track):
            if not begun:
                self._begin(track, len(over))
                begun = True
            under = min(len(over) - done, len(block))
            mixed = block[:under] * rising[done : done + under] + over[done : done + under]
            done += under
            held = np.concatenate([held, mixed, block[under:]])
            ready = max(0, len(held) - self._fade)
            yield from self._counted([held[:ready]] if ready else [])
            held = held[ready:]
        return np.concatenate([held, over[done:]])

    def _readable(self, track: AudioTrack) -> Iterator[Samples]:
        """Yield what can be read of a file, no empty block."""
        try:
            for block in track.samples(self._rate):
                if block.size:
                    yield block
        except GenredError as error:
            self.unreadable[track.id] = str(error)

    def _counted(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        for block in blocks:
            self._given += len(block)
            yield block


_NOTHING = np.empty(0, np.float32)


def _ramps(n: int) -> tuple[Samples, Samples]:
    """Gains of what goes and of what comes, (n,) each; their squares sum to 1."""
    phase = (np.arange(n) + 0.5) / max(1, n) * (np.pi / 2)
    return np.cos(phase).astype(np.float32), np.sin(phase).astype(np.float32)


def _silence(silence_s: float, sample_rate: int) -> Iterator[Samples]:
    left, block = round(silence_s * sample_rate), max(1, round(BLOCK_S * sample_rate))
    while left:
        yield np.zeros(min(left, block), np.float32)
        left -= min(left, block)
