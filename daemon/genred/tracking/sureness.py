"""A filter's posterior as it is told: no surer than it has been found to be right."""

import numpy as np
from numpy.typing import NDArray

_TINY = 1e-12


def softened(
    posterior: NDArray[np.float64], temperature: float, doubt: float
) -> NDArray[np.float64]:
    """Flatten a posterior (states,) that sums to 1, and share `doubt` of it out evenly.

    The order of the states stays, and the sum. A filter takes windows for more independent than
    they are, and one that errs errs for long: `temperature` mends the one, `doubt` the other.
    Source of the first: Guo et al., On Calibration of Modern Neural Networks (2017), section 4.2.
    """
    flat = np.maximum(posterior, _TINY) ** (1 / temperature)
    told = (1 - doubt) * flat / flat.sum() + doubt / len(posterior)
    return np.asarray(told, np.float64)
