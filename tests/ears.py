"""Inputs that are no device: they give the blocks that a test hands them, or fail as it says."""

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from genred.audio.ear import SAMPLE_RATE
from genred.audio.source import BLOCK_S, Block, Now

N = round(BLOCK_S * SAMPLE_RATE)


def tone(level_dbfs: float) -> NDArray[np.float32]:
    """One block of a level."""
    square = np.where(np.arange(N) % 100 < 50, 1.0, -1.0)
    return np.asarray(10 ** (level_dbfs / 20) * square, np.float32)


def timed(samples: NDArray[np.float32], count: int, speed: float = 1.0) -> list[Block]:
    """Blocks one after another, of a source that runs so fast."""
    return [Block(samples, captured_s=BLOCK_S * i / speed) for i in range(count)]


class FakeInput:
    """An input that gives some blocks and then nothing, or an error, at once or when opened."""

    drops = True
    quiet_is_silence = False

    def __init__(
        self,
        blocks: Sequence[Block] = (),
        *,
        refuses: Exception | None = None,
        fails: Exception | None = None,
        name: str = "fake",
    ) -> None:
        self.name = name
        self.refuses = refuses
        self.opened = 0
        self.closed = 0
        self._blocks = blocks
        self._fails = fails

    def start(self, changed: Callable[[], None]) -> None:
        """No device comes or goes."""

    def devices(self) -> object:
        return None

    def stop(self) -> None:
        """Nothing was started."""

    def open(self, sample_rate: int, now: Now) -> "FakeSource":
        assert sample_rate == SAMPLE_RATE
        assert now() >= 0
        self.opened += 1
        if self.refuses:
            raise self.refuses
        return FakeSource(self, self._blocks, self._fails)


class FakeSource:
    """It, open."""

    overflows = 0
    sample_rate = 48000
    channels = 2

    def __init__(self, given: FakeInput, blocks: Sequence[Block], fails: Exception | None) -> None:
        self.name = given.name
        self._given = given
        self._blocks, self._fails = blocks, fails
        self._end = threading.Event()

    def __iter__(self) -> Iterator[Block]:
        yield from itertools.takewhile(lambda _: not self._end.is_set(), self._blocks)
        if self._fails:
            raise self._fails
        self._end.wait()

    def check_place(self) -> None:
        """Stay."""

    def sounding(self) -> bool:
        return False

    def trouble(self) -> str:
        return "it sulks"

    def close(self) -> None:
        self._given.closed += 1
        self._end.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
