"""Samples against the clock: whether the rate is what it is said to be, and what was lost unseen.

Pure: both are told, block by block, how much audio has come and when its newest sample was sound.
"""

from collections import deque

import numpy as np

WINDOW_S = 60.0
"""what the rate is measured over"""
STEP_S = 30.0
"""how often it is looked at"""
TOLERANCE = 0.005
"""a rate this far off makes every genre wrong"""
TIMES_IN_A_ROW = 2
HOLE_S = 0.5
"""what is missing all at once, and stays so, is a loss; what is missing bit by bit is a rate"""
_RECENT = 8  # blocks: a reader that was held up catches up within them


class RateCheck:
    """The real rate of a source by regression over the last minute.

    Told once two looks in a row find it off, and once more when it is well again. Starts over after
    a loss, so it says nothing for a minute then.
    """

    def __init__(self) -> None:
        self.off = False
        """whether it has been told to be off"""
        self._points: deque[tuple[float, float]] = deque()
        self._next_s = float("-inf")
        self._found = 0

    def reset(self) -> None:
        """Begin anew after a loss."""
        self._points.clear()
        self._found = 0

    def push(self, captured_s: float, audio_s: float) -> float | None:
        """Take how much audio has come by when; return the ratio of its rate if it is to be told.

        1.01 is a source that runs 1 % fast. None while there is nothing new to tell.
        """
        points = self._points
        if not points:
            self._next_s = captured_s + WINDOW_S
        points.append((captured_s, audio_s))
        while captured_s - points[0][0] > WINDOW_S:
            points.popleft()
        if captured_s < self._next_s:
            return None
        self._next_s = captured_s + STEP_S
        ratio = self._ratio()
        if (abs(ratio - 1) > TOLERANCE) == self.off:
            self._found = 0
            return None
        self._found += 1
        if self._found < TIMES_IN_A_ROW:
            return None
        self._found, self.off = 0, not self.off
        return ratio

    def _ratio(self) -> float:
        """Slope of audio over time by least squares."""
        times, audio = np.array(self._points).T
        times = times - times.mean()
        return float(times @ (audio - audio.mean()) / (times @ times))


class HoleCheck:
    """Finds audio that is missing though nobody said so: dropped below us, or while we stood still.

    `behind` is how far the audio is behind the clock. A reader that was held up is behind for a
    moment and catches up; after a hole it stays behind. A slow rate falls behind bit by bit and is
    no hole. What is found may have been lost up to two seconds earlier.
    """

    def __init__(self) -> None:
        self._behind: deque[float] = deque(maxlen=2 * _RECENT)

    def reset(self) -> None:
        """Begin anew after a loss that was told."""
        self._behind.clear()

    def push(self, captured_s: float, audio_s: float) -> float:
        """Take how much audio has come by when; return the seconds of a hole, 0.0 for none."""
        behind = self._behind
        behind.append(captured_s - audio_s)
        if len(behind) < 2 * _RECENT:
            return 0.0
        values = list(behind)
        missing = min(values[_RECENT:]) - min(values[:_RECENT])
        if missing <= HOLE_S:
            return 0.0
        behind.clear()
        return missing
