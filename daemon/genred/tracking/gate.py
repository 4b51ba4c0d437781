"""Levels in, sound or silence out: hysteresis, and a hold before silence is believed."""

from genred.parameters import Tracking


class Gate:
    """Opens at `open_dbfs`, closes after `hold_s` below `close_dbfs`; closed at first."""

    def __init__(self, tracking: Tracking, frame_s: float) -> None:
        self._tracking = tracking
        self._frame_s = frame_s
        self.reset()

    def reset(self) -> None:
        """Close, as at first."""
        self.open = False
        self.quiet_frames = 0
        """frames below `close_dbfs` up to now"""

    def retune(self, tracking: Tracking) -> None:
        """Go by other figures from the next frame on; open stays open."""
        self._tracking = tracking

    def step(self, level_dbfs: float) -> bool:
        """Take the level of the next frame; return whether there is sound."""
        self.quiet_frames = self.quiet_frames + 1 if level_dbfs < self._tracking.close_dbfs else 0
        if self.open:
            self.open = self.quiet_frames * self._frame_s <= self._tracking.hold_s
        else:
            self.open = level_dbfs >= self._tracking.open_dbfs
        return self.open
