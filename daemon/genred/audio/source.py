"""What every source gives: blocks of mono samples at the rate that was asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError

BLOCK_S = 0.25
"""Length of a block: wake-ups are the price of being live, and 4 a second are cheap."""

Now = Callable[[], float]
"""seconds that never go back, sleep included"""


@dataclass(frozen=True)
class Block:
    """Samples as they came, already mono, finite and resampled."""

    samples: NDArray[np.float32]
    """(n,), n >= 0, full scale 1.0"""
    lost_s: float = 0.0
    """seconds of audio that were lost right before these samples"""
    captured_s: float | None = None
    """when the newest of these samples was sound, by a live source's clock; None for files"""


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

    def close(self) -> None:
        """Let go of it; of a live source also from another thread, which ends its iteration."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class LiveSource(Source, Protocol):
    """A source that has just been opened and plays now."""

    @property
    def overflows(self) -> int:
        """How often the system below says that it dropped samples."""

    def check_place(self) -> None:
        """Raise MisplacedError if it hears, or should hear, something else than when opened."""

    def sounding(self) -> bool:
        """Whether the system says that something plays into what is heard; False if unknown."""

    def trouble(self) -> str:
        """Say what may be the reason if nothing arrives; empty if nothing is known."""


class MisplacedError(GenredError):
    """An open source hears what it should not; `follow`: it is to be opened anew at once."""

    def __init__(self, reason: str, *, follow: bool = False) -> None:
        super().__init__(reason)
        self.follow = follow


class Input(Protocol):
    """Something to hear by name: opened again and again, however often it goes."""

    @property
    def name(self) -> str:
        """What was asked for."""

    @property
    def drops(self) -> bool:
        """True where sound goes on while nobody reads; False where the writer waits."""

    @property
    def quiet_is_silence(self) -> bool:
        """True where nothing arrives while nothing plays, and no fault is in that."""

    def start(self, changed: Callable[[], None]) -> None:
        """Begin to watch for devices; `changed` is called, in any thread, when some come or go."""

    def devices(self) -> object:
        """Return something that compares unequal once devices came or went; cheap."""

    def open(self, sample_rate: int, now: Now) -> LiveSource:
        """Open it; may take seconds. Raises GenredError if it can't be, UsageError if it never can.

        `sample_rate` is what the blocks shall have, `now` the clock of their `captured_s`.
        """

    def stop(self) -> None:
        """Stop watching; sources that are open are closed by whoever opened them."""
