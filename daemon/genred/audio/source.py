"""What every source gives: blocks of mono samples at the rate that was asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

BLOCK_S = 0.25
"""Length of a block: wake-ups are the price of being live, and 4 a second are cheap."""


@dataclass(frozen=True)
class Block:
    """Samples as they came, already mono, finite and resampled."""

    samples: NDArray[np.float32]
    """(n,), n >= 0, full scale 1.0"""
    lost_s: float = 0.0
    """seconds of audio that were lost right before these samples"""


class Source(Protocol):
    """An open stream of blocks; use it as a context manager."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    @property
    def sample_rate(self) -> int:
        """Its own rate in Hz, before resampling."""

    @property
    def channels(self) -> int:
        """Its own channels, before mixing."""

    def __iter__(self) -> Iterator[Block]:
        """Yield blocks to the end of the stream; raises GenredError where it fails on the way."""
