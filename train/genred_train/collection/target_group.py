"""What a teacher said, one kind of it: as it was stored, and as float32 where it is read."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Group:
    """Answers for clips; indexed by a clip it is (windows, dims) float32, or (dims,) of a clip."""

    values: NDArray[Any]
    """int8 or float: (clips, windows, dims), (windows of all clips, dims), or (clips, dims)"""
    scale: NDArray[np.float32] | None = None
    """(dims,) that int8 is multiplied by"""
    first: NDArray[np.int64] | None = None
    """(clips + 1,): where each clip's windows begin, if all clips' stand one below the other"""

    def __len__(self) -> int:
        """Clips."""
        return len(self.values) if self.first is None else len(self.first) - 1

    @property
    def dims(self) -> int:
        """Values in one answer."""
        return int(self.values.shape[-1])

    @property
    def per_window(self) -> bool:
        """Whether there is an answer for each window, not one for each clip."""
        return self.first is not None or self.values.ndim == 3  # noqa: PLR2004 - windows between

    def windows(self, clip: int) -> int:
        """Count the windows of one clip; 0 where its answer is of all of it."""
        return len(self._stored(clip)) if self.per_window else 0

    def __getitem__(self, clip: int) -> NDArray[np.float32]:
        return self._meant(self._stored(clip))

    def window(self, clip: int, window: int) -> NDArray[np.float32]:
        """Answer for one window, (dims,); no more is turned into floats."""
        return self._meant(self._stored(clip)[window])

    def every(self) -> NDArray[np.float32]:
        """All answers one below the other, (answers, dims)."""
        return self._meant(self.values.reshape(-1, self.dims))

    def _stored(self, clip: int) -> NDArray[Any]:
        if self.first is None:
            return np.asarray(self.values[clip])
        return self.values[self.first[clip] : self.first[clip + 1]]

    def _meant(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        values = stored.astype(np.float32)
        return values if self.scale is None else values * self.scale
