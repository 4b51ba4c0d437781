"""Time as an argument: the machine's, or one that a test turns."""

import time
from typing import Protocol


class Clock(Protocol):
    """What the loop knows of time."""

    def monotonic(self) -> float:
        """Seconds that never go back."""

    def utc(self) -> float:
        """Seconds since the epoch."""


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def utc(self) -> float:
        """Seconds since the epoch."""
        return time.time()
