"""Smoothed probabilities in, one label that stays out."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from genred.events import UNKNOWN
from genred.parameters import Tracking
from genred.tracking.moves import Moves
from genred.tracking.smoothing import Probabilities


@dataclass(frozen=True)
class Announcement:
    """The label that holds from now on."""

    label: str
    confidence: float | None
    """its posterior; None for `unknown` where that is no state of the filter"""
    overtook_s: float
    """audio time at which it came to lead"""
    genres: tuple[str, ...] = ()
    """all labels above their threshold, for a model with several at once"""


class Decision(Protocol):
    """Which label to stand by."""

    def step(
        self, posterior: Probabilities, audio_time: float, *, fresh: bool = False
    ) -> Announcement | None:
        """Take the smoothed probabilities at a time; return a change, or None.

        `fresh`: there was a rest before, and no dwell runs on through it.
        """

    def reset(self) -> None:
        """Stand by nothing."""

    def retune(self, tracking: Tracking, moves: Moves, thresholds: dict[str, float] | None) -> None:
        """Go on with other figures and names; what was taken back is stood by no more."""


class OneLabel:
    """A label holds once it leads by `margin` for `dwell_s`, and then until another one does.

    The first after `reset` needs no dwell. Where no state reaches `announce_floor` the lead is
    `unknown`'s.
    """

    def __init__(self, tracking: Tracking, states: list[str]) -> None:
        self._tracking = tracking
        self._states = states
        self.reset()

    def reset(self) -> None:
        """Stand by nothing: the same as `unknown`, but that the next label needs no dwell."""
        self._announced = UNKNOWN
        self._leader = UNKNOWN
        self._leads_since = 0.0
        self._ahead_since: dict[str, float] = {}

    def retune(self, tracking: Tracking, moves: Moves, thresholds: dict[str, float] | None) -> None:
        """Go on with other figures and names; what was taken back is stood by no more."""
        del thresholds  # for several labels at once
        self._tracking, self._states = tracking, moves.after
        announced = moves.first(self._announced)
        if announced is None:
            self.reset()
            return
        self._announced = announced
        self._leader = moves.first(self._leader) or ""
        since = {moves.first(name): at for name, at in self._ahead_since.items()}
        self._ahead_since = {name: at for name, at in since.items() if name is not None}

    def step(
        self, posterior: Probabilities, audio_time: float, *, fresh: bool = False
    ) -> Announcement | None:
        """Take the posterior (states,) at a time that never goes back."""
        self._note_overtaking(posterior, audio_time)
        leader = self._leading(posterior)
        if fresh or leader != self._leader:
            self._leader, self._leads_since = leader or "", audio_time
        if leader is None or leader == self._announced or not self._dwelt(audio_time):
            return None
        self._announced = leader
        since = self._ahead_since.get(leader, audio_time)
        self._ahead_since = {}
        confidence = None
        if leader in self._states:
            confidence = float(posterior[self._states.index(leader)])
        return Announcement(leader, confidence, since)

    def _leading(self, posterior: Probabilities) -> str | None:
        """Return who leads by the margin; None while two are near each other."""
        best = int(posterior.argmax())
        if posterior[best] < self._tracking.announce_floor:
            return UNKNOWN
        second = float(np.delete(posterior, best).max(initial=0.0))
        return self._states[best] if posterior[best] - second >= self._tracking.margin else None

    def _dwelt(self, audio_time: float) -> bool:
        if self._announced == UNKNOWN:
            return True
        return audio_time - self._leads_since >= self._tracking.dwell_s

    def _note_overtaking(self, posterior: Probabilities, audio_time: float) -> None:
        """Keep, for each label ahead of the announced one, since when it is."""
        bar = float(posterior.max())
        if self._announced in self._states:
            bar = float(posterior[self._states.index(self._announced)])
        ahead = {
            name
            for name, share in zip(self._states, posterior, strict=True)
            if share >= bar and name != self._announced
        }
        self._ahead_since = {name: self._ahead_since.get(name, audio_time) for name in ahead}


class SeveralLabels:
    """Each label comes above its threshold and goes `hysteresis` below it, after `dwell_s`.

    The one farthest above its threshold gives the event its name.
    """

    def __init__(
        self, tracking: Tracking, labels: list[str], thresholds: dict[str, float] | None
    ) -> None:
        self._tune(tracking, labels, thresholds)
        self.reset()

    def _tune(
        self, tracking: Tracking, labels: list[str], thresholds: dict[str, float] | None
    ) -> None:
        self._tracking = tracking
        self._labels = labels
        self._thresholds = np.array([(thresholds or {}).get(name, 0.5) for name in labels])

    def reset(self) -> None:
        """Stand by nothing."""
        self._held = np.zeros(len(self._labels), bool)
        self._candidate = self._held
        self._since = 0.0
        self._fresh = True

    def retune(self, tracking: Tracking, moves: Moves, thresholds: dict[str, float] | None) -> None:
        """Go on with other figures and names; what was taken back is held no more."""
        self._tune(tracking, moves.after, thresholds)
        held = moves.shares @ self._held > 0
        self._fresh |= bool(self._held.any() and not held.any())
        self._held, self._candidate = held, moves.shares @ self._candidate > 0

    def step(
        self, posterior: Probabilities, audio_time: float, *, fresh: bool = False
    ) -> Announcement | None:
        """Take the averages (labels,) at a time that never goes back."""
        bar = self._thresholds - np.where(self._held, self._tracking.hysteresis, 0.0)
        above = posterior >= bar
        if fresh or not np.array_equal(above, self._candidate):
            self._candidate, self._since = above, audio_time
        dwelt = self._fresh or audio_time - self._since >= self._tracking.dwell_s
        if np.array_equal(above, self._held) or not dwelt:
            return None
        self._held, self._fresh = above, False
        genres = tuple(name for name, on in zip(self._labels, above, strict=True) if on)
        if not genres:
            return Announcement(UNKNOWN, None, self._since)
        best = int(np.where(above, posterior - self._thresholds, -np.inf).argmax())
        return Announcement(self._labels[best], float(posterior[best]), self._since, genres)
