"""What becomes of states when labels get other names, or are taken back, while music plays."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


class Moves:
    """From the states before to those after.

    `names` holds, for each state that does not simply stay, the names that share its part: none
    for one that is taken back.
    """

    def __init__(
        self, before: Sequence[str], after: Sequence[str], names: Mapping[str, Sequence[str]]
    ) -> None:
        self.after = list(after)
        self._names = names
        self.shares: NDArray[np.float64] = np.zeros((len(after), len(before)))
        """(states after, states before), the part of what each had that goes to which"""
        for column, state in enumerate(before):
            kept = self.all(state)
            for name in kept:
                self.shares[self.after.index(name), column] += 1 / len(kept)

    def all(self, name: str) -> list[str]:
        """Return what a name has become; empty if it is taken back."""
        return list(self._names.get(name, [name]))

    def first(self, name: str) -> str | None:
        """Return the name that stands for it now; None if it is taken back."""
        return next(iter(self.all(name)), None)
