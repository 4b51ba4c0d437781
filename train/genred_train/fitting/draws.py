"""Which clips a batch takes, draw by draw; whichever batches were drawn before it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genred_train.fitting.order import evened, shuffled


class Order:
    """One draw's clips, for each step of an epoch; an epoch takes all as often as it can."""

    def __init__(
        self,
        places: Sequence[int],
        targets: NDArray[np.float32],
        windows: int,
        *,
        even: bool,
        times: int,
        seed: Sequence[int],
    ) -> None:
        """Draw `windows` a step out of clips at `places`, in an order for `times` rounds at least.

        `targets` (clips, labels) are those of all clips. `even`: each genre equally often.
        """
        self._places, self._windows = np.asarray(places, np.int64), windows
        self._even = targets[self._places] if even else None
        self._times, self._seed = times, tuple(seed)
        self._kept: tuple[int, int, NDArray[np.int64]] = (-1, 0, np.empty(0, np.int64))

    def chosen(self, epoch: int, index: int, steps: int) -> NDArray[np.int64]:
        """Return the clips of step `index` of an epoch of so many `steps`."""
        if self._kept[:2] != (epoch, steps):
            self._kept = (epoch, steps, self._epoch(epoch, steps * self._windows))
        return self._kept[2][index * self._windows : (index + 1) * self._windows]

    def _epoch(self, epoch: int, count: int) -> NDArray[np.int64]:
        rng = np.random.default_rng([self._seed[0], epoch, *self._seed[1:]])
        if self._even is not None:
            return self._places[evened(self._even, count, rng)]
        times = -(-count // len(self._places))
        return self._places[shuffled(len(self._places), max(times, self._times), rng)]
