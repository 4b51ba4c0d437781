"""Windows' probabilities in, smoothed probabilities and changes of label out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genred.model.metadata import Metadata
from genred.parameters import Tracking
from genred.tracking.decision import Announcement, Decision, OneLabel, SeveralLabels
from genred.tracking.moves import Moves
from genred.tracking.rejection import in_order, states, with_rejections
from genred.tracking.smoothing import Average, Probabilities, Smoother, StickyFilter
from genred.tracking.sureness import softened

_NONE: Mapping[str, float] = MappingProxyType({})


class Tracked(NamedTuple):
    """What one window changed."""

    probabilities: dict[str, float]
    """smoothed, of every state, and no surer than they turned out"""
    window: dict[str, float]
    """of every state, as this window alone has them"""
    announcement: Announcement | None


class Tracker:
    """Smoothing and decision for one model; pure, and the same for the same windows."""

    def __init__(self, metadata: Metadata, tracking: Tracking) -> None:
        interval_s = metadata.features.interval_s
        self._metadata = metadata
        self.states = states(metadata)
        self._smoother: Smoother
        self._decision: Decision
        if metadata.head == "sigmoid":
            self._smoother = Average(tracking, interval_s)
            self._decision = SeveralLabels(tracking, self.states, metadata.thresholds)
        else:
            self._smoother = StickyFilter(tracking, interval_s, len(self.states))
            self._decision = OneLabel(tracking, self.states)

    def step(
        self,
        window: NDArray[np.float32],
        audio_time: float,
        rejected: Mapping[str, float] = _NONE,
        *,
        fresh: bool = False,
    ) -> Tracked:
        """Take a window's calibrated probabilities (labels,) at the time of its end.

        `rejected`: chances that no label fits, as a model's `rejections` gives them. `fresh`: no
        frame of it was in the window before, so that all of it is new.
        """
        shared = with_rejections(window, in_order(rejected, self._metadata))
        posterior = self._smoother.step(shared, fresh=fresh)
        announcement = self._decision.step(posterior, audio_time, fresh=fresh)
        told = self._named(self._told(posterior))
        if announcement is not None and announcement.confidence is not None:
            announcement = replace(announcement, confidence=told[announcement.label])
        return Tracked(told, self._named(shared), announcement)

    def retune(
        self,
        metadata: Metadata,
        tracking: Tracking,
        names: Mapping[str, Sequence[str]],
        standing: Announcement | None,
    ) -> Announcement | None:
        """Go on with other figures and labels, `names` as `Moves` has them.

        Return what was announced last, `standing`, as it is called now; None if it is taken back.
        """
        moves = Moves(self.states, states(metadata), names)
        self._metadata, self.states = metadata, moves.after
        posterior = self._smoother.retune(tracking, moves)
        self._decision.retune(tracking, moves, metadata.thresholds)
        if standing is None:
            return None
        genres = tuple(dict.fromkeys(name for one in standing.genres for name in moves.all(one)))
        label = moves.first(standing.label) or next(iter(genres), None)
        if label is None:
            return None
        confidence = standing.confidence
        if posterior is not None and label in self.states:
            confidence = self._named(self._told(posterior))[label]
        return replace(standing, label=label, confidence=confidence, genres=genres)

    def reset(self) -> None:
        """Forget what was heard: another piece, or another evening."""
        self._smoother.reset()
        self._decision.reset()

    def _told(self, posterior: Probabilities) -> Probabilities:
        """Soften what a filter of one label at a time claims; averages of several claim no sum."""
        if self._metadata.head == "sigmoid":
            return posterior
        calibration = self._metadata.calibration
        return softened(posterior, calibration.posterior_temperature, calibration.doubt)

    def _named(self, shares: Probabilities) -> dict[str, float]:
        return dict(zip(self.states, shares.tolist(), strict=True))
