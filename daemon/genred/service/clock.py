"""Time as an argument: the machine's, or one that a test turns."""

import sys
import time
from collections.abc import Callable
from typing import Protocol

_FIRST_READINGS = 5  # the largest is the one with the least time between its two clocks


class Clock(Protocol):
    """What the loop knows of time."""

    def monotonic(self) -> float:
        """Seconds that never go back, and stand still while the machine sleeps."""

    def asleep(self) -> float:
        """Seconds that the machine has slept, from a moment of its own; never goes back."""

    def utc(self) -> float:
        """Seconds since the epoch."""


class SystemClock:
    """The machine's clock."""

    def __init__(self) -> None:
        self._counter = _sleep_counter()
        # Whoever is stopped between two clocks sees too little; too much is never seen.
        self._asleep_s = max(self._counter() for _ in range(_FIRST_READINGS))

    def monotonic(self) -> float:
        """Seconds that never go back, and stand still while the machine sleeps."""
        return time.monotonic()

    def asleep(self) -> float:
        """Seconds that the machine has slept; 0.0 where the system does not tell."""
        self._asleep_s = max(self._asleep_s, self._counter())
        return self._asleep_s

    def utc(self) -> float:
        """Seconds since the epoch."""
        return time.time()


def elapsed(clock: Clock) -> float:
    """Seconds that never go back, sleep included: what stands on a wall clock."""
    return clock.monotonic() + clock.asleep()


def _sleep_counter() -> Callable[[], float]:
    """Find two clocks of this system of which only one runs on in its sleep."""
    if sys.platform == "linux":
        return lambda: (
            time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
        )
    if sys.platform == "darwin":
        return lambda: (
            time.clock_gettime(time.CLOCK_MONOTONIC_RAW) - time.clock_gettime(time.CLOCK_UPTIME_RAW)
        )
    # Windows: time.monotonic runs on in sleep by itself.
    return lambda: 0.0
