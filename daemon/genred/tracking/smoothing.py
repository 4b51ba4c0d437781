"""The probabilities of single windows become those of the music that is playing."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genred.parameters import Tracking
from genred.tracking.moves import Moves

Probabilities = NDArray[np.float64]

_TINY = 1e-12  # under the logarithm; far below any likelihood_floor


class Smoother(Protocol):
    """Memory over the windows of one stream."""

    def step(self, window: Probabilities, *, fresh: bool) -> Probabilities:
        """Take one window's probabilities, return the smoothed ones, both (states,).

        `fresh`: no frame of the window was in the one before.
        """

    def reset(self) -> None:
        """Forget the stream."""

    def retune(self, tracking: Tracking, moves: Moves) -> Probabilities | None:
        """Go on with other figures and states; return what holds of them, None if nothing yet."""


class StickyFilter:
    """Forward filter of a hidden Markov model whose state seldom changes, in log space.

    A state stays with chance exp(-interval_s / stability_s), else goes to any other alike. The
    likelihood of a window is its probability (the model's classes are balanced, so that their
    prior cancels), never below `likelihood_floor` of the best, and to the power of `evidence`,
    because five sixths of it were in the window before.
    Source: Rabiner, A Tutorial on Hidden Markov Models (1989), section III.A.
    """

    def __init__(self, tracking: Tracking, interval_s: float, states: int) -> None:
        self._interval_s = interval_s
        self._tune(tracking, states)
        self._posterior: Probabilities | None = None

    def _tune(self, tracking: Tracking, states: int) -> None:
        self._evidence = tracking.evidence
        self._floor = float(np.log(tracking.likelihood_floor))
        self._stay = float(np.exp(-self._interval_s / tracking.stability_s))
        self._states = states

    def step(self, window: Probabilities, *, fresh: bool) -> Probabilities:
        """Take one window's probabilities; return the posterior, which sums to 1."""
        log_likelihood = np.log(np.maximum(window, _TINY))
        log_likelihood = np.maximum(log_likelihood - log_likelihood.max(), self._floor)
        weight = 1.0 if fresh else self._evidence
        log_posterior = np.log(self._predicted()) + weight * log_likelihood
        exact = np.exp(log_posterior - log_posterior.max())
        self._posterior = exact / exact.sum()
        return self._posterior

    def reset(self) -> None:
        """Forget the stream: every state is as likely as any other."""
        self._posterior = None

    def retune(self, tracking: Tracking, moves: Moves) -> Probabilities | None:
        """Go on with other figures; what a state had is shared out, and sums to 1 again."""
        self._tune(tracking, len(moves.after))
        if self._posterior is not None:
            kept = moves.shares @ self._posterior
            self._posterior = kept / kept.sum() if kept.sum() > 0 else None
        return self._posterior

    def _predicted(self) -> Probabilities:
        if self._posterior is None or self._states == 1:
            return np.full(self._states, 1.0 / self._states)
        leave = (1 - self._stay) / (self._states - 1)
        return self._stay * self._posterior + leave * (1 - self._posterior)


class Average:
    """Exponential average of each label by itself, for a model with several labels at once."""

    def __init__(self, tracking: Tracking, interval_s: float) -> None:
        self._interval_s = interval_s
        self._tune(tracking)
        self._average: Probabilities | None = None

    def _tune(self, tracking: Tracking) -> None:
        self._keep = float(np.exp(-self._interval_s / tracking.average_s))

    def step(self, window: Probabilities, *, fresh: bool) -> Probabilities:
        """Take one window's probabilities; return their averages, each 0 to 1."""
        del fresh  # The average weighs by time alone.
        before = window if self._average is None else self._average
        self._average = self._keep * before + (1 - self._keep) * window
        return self._average

    def reset(self) -> None:
        """Forget the stream: the next window counts whole."""
        self._average = None

    def retune(self, tracking: Tracking, moves: Moves) -> Probabilities | None:
        """Go on with another time constant; of several that become one, the highest stays."""
        self._tune(tracking)
        if self._average is not None:
            self._average = np.where(moves.shares > 0, self._average, 0.0).max(axis=1)
        return self._average
