"""How much softer a filter's posterior has to be told to mean what it says."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genred.tracking.sureness import softened

_TEMPERATURES = np.geomspace(1.0, 8.0, 19)
_DOUBTS = np.linspace(0.0, 0.6, 25)
_LEAST = 1e-9


class Sureness(NamedTuple):
    """What `genred.tracking.sureness.softened` takes."""

    temperature: float
    doubt: float


def fit_sureness(posteriors: Sequence[NDArray[np.float64]], true: NDArray[np.int64]) -> Sureness:
    """Find the temperature and doubt with the least negative log-likelihood.

    `posteriors` are those of a filter (states,), `true` the index of the state that was so.
    """
    every = np.stack(posteriors)
    rows = np.arange(len(true))

    def loss(temperature: float, doubts: NDArray[np.float64]) -> NDArray[np.float64]:
        flat = np.stack([softened(one, temperature, 0.0) for one in every])[rows, true]
        said = (1 - doubts)[:, None] * flat + doubts[:, None] / every.shape[1]
        return np.asarray(-np.log(np.maximum(said, _LEAST)).mean(axis=1))

    losses = np.stack([loss(temperature, _DOUBTS) for temperature in _TEMPERATURES])
    best, doubt = np.unravel_index(losses.argmin(), losses.shape)
    return Sureness(float(_TEMPERATURES[best]), float(_DOUBTS[doubt]))
