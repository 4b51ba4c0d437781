"""One way in which music may reach the daemon, and the names of all kinds of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from genred_train.augment.audio import Samples

KINDS: tuple[str, ...] = (
    "gain", "band", "codec", "agc", "microphone", "noise", "room", "box", "together",
)  # fmt: skip
"""`box` is a made room; `together` is a room, a noise and a microphone"""

Step = Callable[[Samples, int, np.random.Generator], Samples]
"""samples (n,), their rate, what is left to chance -> samples (n,)"""


@dataclass(frozen=True)
class Condition:
    """One way of hearing."""

    kind: str
    """of `KINDS`"""
    name: str
    """what distinguishes it from others of its kind"""
    steps: tuple[Step, ...]
    group: str = ""
    """a part of its kind that has a figure of its own"""

    def heard(self, samples: Samples, sample_rate: int, rng: np.random.Generator) -> Samples:
        """Return what arrives of mono samples (n,), as many."""
        for step in self.steps:
            samples = step(samples, sample_rate, rng)
        return samples
