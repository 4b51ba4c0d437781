"""Samples against the clock: whether the rate is what it is said to be, and what was lost unseen.

Pure: both are told, block by block, how much audio has come and when its newest sample was sound.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

WINDOW_S = 60.0
"""what the rate is measured over"""
STEP_S = 30.0
"""how often it is looked at"""
TOLERANCE = 0.005
"""a rate this far off makes every genre wrong"""
TIMES_IN_A_ROW = 2
JUMP_S = TOLERANCE * WINDOW_S / 1.5
"""what comes, or is missing, all at once and is more than this is no rate; least squares over a
window with a jump in its middle are off by 1.5 times the jump over the window, so less does no harm
"""
HOLE_S = 0.5
"""what is missing all at once, and stays so, is a loss; what is missing bit by bit is a rate"""
_MOST_POINTS = 2400  # ten times real time; a pipe that comes faster is measured over less
_RECENT = 8  # blocks: of so many, one at least comes in time
_BIN_S = 2.0  # the same in seconds
_FEWEST_BINS = 4
_OUTSTANDING = 12.0  # times what is usual; where blocks come anyhow, less is no jump


class RateCheck:
    """The real rate of a source by regression over the last minute.

    Told once two looks in a row find it off, and once more when it is well again. Starts over after
    a loss, and where it sees that the audio jumped, so it says nothing for a minute then.
    """

    def __init__(self) -> None:
        self.off = False
        """whether it has been told to be off"""
        self._points: deque[tuple[float, float]] = deque(maxlen=_MOST_POINTS)
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
        if captured_s < self._next_s or len(points) == 1:
            return None
        self._next_s = captured_s + STEP_S
        if self._forget_jump():
            return None
        ratio = self._ratio()
        if (abs(ratio - 1) > TOLERANCE) == self.off:
            self._found = 0
            return None
        self._found += 1
        if self._found < TIMES_IN_A_ROW:
            return None
        self._found, self.off = 0, not self.off
        return ratio

    def _forget_jump(self) -> bool:
        """Begin anew after the last jump, if there is one."""
        begin = _after_jump(*np.array(self._points).T)
        for _ in range(begin):
            self._points.popleft()
        if begin:
            self._found, self._next_s = 0, self._points[0][0] + WINDOW_S
        return begin > 0

    def _ratio(self) -> float:
        """Slope of audio over time by least squares."""
        times, audio = np.array(self._points).T
        times = times - times.mean()
        return float(times @ (audio - audio.mean()) / (times @ times))


def _after_jump(times: NDArray[np.float64], audio: NDArray[np.float64]) -> int:
    """Find the first block after the last jump; 0 if there is none.

    A rate, however wrong, moves the blocks that come in time by as much in each bin as in any
    other; a jump moves them once. The last bin may be too short to tell.
    """
    bins = (times - times[0]) // _BIN_S
    firsts = np.flatnonzero(np.diff(bins, prepend=-1.0))
    if firsts.size < _FEWEST_BINS:
        return 0
    in_time = np.minimum.reduceat(times - audio, firsts)[:-1]
    moved, apart = np.diff(in_time), np.diff(bins[firsts])[:-1]
    odd = np.abs(moved - apart * np.median(moved / apart))
    jumps = np.flatnonzero(odd > max(JUMP_S, _OUTSTANDING * float(np.median(odd))))
    # The bin into which it jumped may still have blocks from before it.
    return int(firsts[jumps[-1] + 2]) if jumps.size else 0


class HoleCheck:
    """Finds audio that is missing though nobody said so: dropped below us, or while we stood still.

    `behind` is how far the audio is behind the clock. A reader that was held up is behind for a
    moment and catches up, however long that takes; after a hole it stays behind. A slow rate falls
    behind bit by bit and is no hole. What is found may have been lost some seconds earlier.
    """

    def __init__(self) -> None:
        self._before: deque[float] = deque(maxlen=_RECENT)
        self._since: deque[float] = deque(maxlen=_RECENT)

    def reset(self) -> None:
        """Begin anew after a loss that was told."""
        self._before.clear()
        self._since.clear()

    def push(self, captured_s: float, audio_s: float) -> float:
        """Take how much audio has come by when; return the seconds of a hole, 0.0 for none."""
        before, since = self._before, self._since
        pushed_out = since[0] if len(since) == _RECENT else None
        since.append(captured_s - audio_s)
        # What came before stays the measure until it is clear what has come since.
        if pushed_out is not None and (len(before) < _RECENT or not _missing(before, since)):
            before.append(pushed_out)
        if len(before) < _RECENT or _falls(since):
            return 0.0
        missing = _missing(before, since)
        if missing:
            self.reset()
        return missing


def _missing(before: deque[float], since: deque[float]) -> float:
    """How much further the audio is behind, 0.0 if that is no more than `HOLE_S`."""
    missing = min(since) - min(before)
    return missing if missing > HOLE_S else 0.0


def _falls(since: deque[float]) -> bool:
    """Whether the reader is still catching up."""
    values = list(since)
    return min(values[: _RECENT // 2]) - min(values[_RECENT // 2 :]) > HOLE_S / 4
