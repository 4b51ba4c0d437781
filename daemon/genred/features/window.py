"""Rows in, full windows out, with next to no copying."""

import numpy as np
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec


class FrameWindow:
    """The last `window_frames` rows, given out each `interval_frames` rows once full.

    A ring written twice, one window apart, so that any window is one contiguous view.
    """

    def __init__(self, spec: FeatureSpec) -> None:
        self._frames = spec.window_frames
        self._interval = spec.interval_frames
        self._ring = np.zeros((2 * spec.window_frames, spec.n_coefficients), np.float32)
        self._seen = 0

    def push(self, rows: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Take rows (n, n_coefficients), n >= 0; return full windows, oldest first, maybe none.

        Each is (window_frames, n_coefficients). The last one may be a view that holds until the
        next push; earlier ones of the same push are copies, since the ring has gone on.
        """
        windows: list[NDArray[np.float32]] = []
        while rows.shape[0]:
            taken = min(rows.shape[0], self._until_due())
            if windows:
                windows[-1] = windows[-1].copy()
            self._write(rows[:taken])
            rows = rows[taken:]
            if self._due():
                start = self._seen % self._frames
                windows.append(self._ring[start : start + self._frames])
        return windows

    @property
    def filled(self) -> int:
        """Rows of a window that are there, up to `window_frames`."""
        return min(self._seen, self._frames)

    def repeated(self) -> NDArray[np.float32] | None:
        """Repeat the rows so far to fill a window, for a stream that ended short of one.

        None where there is no row at all, or where a full window has been given out.
        """
        if not 0 < self._seen < self._frames:
            return None
        return np.resize(self._ring[: self._seen], (self._frames, self._ring.shape[1]))

    def reset(self) -> None:
        """Forget all rows."""
        self._seen = 0

    def _until_due(self) -> int:
        if self._seen < self._frames:
            return self._frames - self._seen
        return self._interval - (self._seen - self._frames) % self._interval

    def _due(self) -> bool:
        return self._seen >= self._frames and (self._seen - self._frames) % self._interval == 0

    def _write(self, rows: NDArray[np.float32]) -> None:
        """Write at most a window of rows at their place in both halves."""
        at = self._seen % self._frames
        first = min(rows.shape[0], self._frames - at)
        for part, place in ((rows[:first], at), (rows[first:], 0)):
            self._ring[place : place + part.shape[0]] = part
            self._ring[place + self._frames : place + self._frames + part.shape[0]] = part
        self._seen += rows.shape[0]
