"""Batches drawn by other processes, in order, without end.

Those processes import this module and what it needs: no Keras, which takes seconds and memory.
"""

import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import count
from typing import Any

from genred.errors import GenredError
from genred_train.fitting.batches import Batch, Batches

_AHEAD = 4
"""batches of each process"""


class Series:
    """Batches of numpy arrays, begun anew by each `iter`."""

    def __init__(self, begun: Callable[[], Iterator[tuple[Any, ...]]]) -> None:
        self._begun = begun

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._begun()

    def map(self, change: Callable[..., tuple[Any, ...]]) -> "Series":
        """Return the series of what `change` makes of each batch, when it is asked for."""
        return Series(lambda: (change(*batch) for batch in self._begun()))


def drawn(batches: Batches, first_step: int, processes: int) -> Iterator[Batch]:
    """Yield the batches from a step on, drawn by so many processes; by this one where none may.

    Raises GenredError where one of them was killed.
    """
    if processes < 1:
        return (batches.step(number) for number in count(first_step))
    return _drawn_apart(batches, first_step, processes)


def _drawn_apart(batches: Batches, first_step: int, processes: int) -> Iterator[Batch]:
    # Not forked: a process that holds an accelerator must not be.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, fresh, _remember, (batches,)) as pool:
        waiting: deque[Future[Batch]] = deque()
        try:
            for number in count(first_step):
                waiting.append(pool.submit(_step, number))
                if len(waiting) >= _AHEAD * processes:
                    yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise GenredError(
                "a process that draws batches was killed; free some memory, then --resume"
            ) from error
        finally:
            for batch in waiting:
                batch.cancel()


_known: list[Batches] = []
"""what a process that draws was begun with"""


def _remember(batches: Batches) -> None:
    # Ctrl-C is for the process that asks, which ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _known[:] = [batches]


def _step(number: int) -> Batch:
    return _known[0].step(number)
