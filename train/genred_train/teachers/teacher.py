"""What a teacher is, as data, and what it can be asked once its weights are read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Hearing(Protocol):
    """A teacher with its weights."""

    def answers(
        self, samples: NDArray[np.float32], starts_s: Sequence[float]
    ) -> dict[str, NDArray[np.float32]]:
        """Say of each window of a recording, given whole: (windows, dims) for each group.

        `samples` are mono at the teacher's rate; a window that would end after them is moved
        back, and what is shorter than one is heard with silence behind it. May be called from
        several threads.
        """


@dataclass(frozen=True)
class Teacher:
    """A name, what it hears and says, and how its weights are read."""

    name: str
    summary: str
    sample_rate: int
    """Hz"""
    groups: Mapping[str, int]
    """values that it says of a window, by their kind"""
    tags: tuple[str, ...]
    """names of the values of `logits`"""
    open: Callable[[Path], Hearing]
    """from a file of weights; raises GenredError, one line, for another file"""
