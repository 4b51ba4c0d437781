"""Windows' probabilities in, smoothed probabilities and changes of label out."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genred.model.metadata import Metadata
from genred.parameters import Tracking
from genred.tracking.decision import Announcement, Decision, OneLabel, SeveralLabels
from genred.tracking.rejection import states, with_rejections
from genred.tracking.smoothing import Average, Smoother, StickyFilter


class Tracked(NamedTuple):
    """What one window changed."""

    probabilities: dict[str, float]
    """smoothed, of every state"""
    announcement: Announcement | None


class Tracker:
    """Smoothing and decision for one model; pure, and the same for the same windows."""

    def __init__(self, metadata: Metadata, tracking: Tracking) -> None:
        interval_s = metadata.features.interval_s
        self._rejections = metadata.rejection
        self.states = states(metadata.labels, metadata.rejection)
        self._smoother: Smoother
        self._decision: Decision
        if metadata.head == "sigmoid":
            self._smoother = Average(tracking, interval_s)
            self._decision = SeveralLabels(tracking, self.states, metadata.thresholds)
        else:
            self._smoother = StickyFilter(tracking, interval_s, len(self.states))
            self._decision = OneLabel(tracking, self.states)

    def step(
        self, window: NDArray[np.float32], audio_time: float, *, fresh: bool = False
    ) -> Tracked:
        """Take a window's calibrated probabilities (labels,) at the time of its end.

        `fresh`: no frame of it was in the window before, so that all of it is new.
        """
        shared = with_rejections(window, self._rejections)
        posterior = self._smoother.step(shared, fresh=fresh)
        announcement = self._decision.step(posterior, audio_time, fresh=fresh)
        return Tracked(dict(zip(self.states, posterior.tolist(), strict=True)), announcement)

    def reset(self) -> None:
        """Forget what was heard: another piece, or another evening."""
        self._smoother.reset()
        self._decision.reset()
