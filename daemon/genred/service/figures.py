"""What is measured of a session, as plain numbers: events and inferences in, a record out.

The loop's thread adds, any other takes a copy. Nothing here knows who reads the numbers.
"""

import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np
from msgspec import UnsetType
from numpy.typing import NDArray

from genred.events import Capture, CaptureState, Event, Genre, Prediction, Status, type_of
from genred.model.metadata import Metadata
from genred.pipeline import Model

INFERENCE_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5)
"""upper ends of the buckets: 0.3 ms on a server core, some 10 ms on a small board"""
LATENCY_S = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0)
"""a sound server collects for 0.25 s, a block waits for its end"""
OTHER = "other"
REASONS = {
    "suspended": "slept",
    "moved": "moved",
    "the default": "followed",
    "opened, but": "quiet",
    "nothing arrives": "quiet",
    "still nothing": "quiet",
    "it does not open": "quiet",
    "only digital zeros": "followed",
    "asked to": "asked",
}
"""how a reason begins, and its kind: so few that each can be a time series"""
FAILED = "failed"
KINDS = (*sorted(set(REASONS.values())), FAILED)
_DOWN = ("recovering", "silent_dead", "lost", "paused")


def kind_of(reason: str) -> str:
    """Return the kind of a loss by its reason in words: one of KINDS."""
    return next((kind for begins, kind in REASONS.items() if reason.startswith(begins)), FAILED)


class Histogram:
    """How often a figure fell into each bucket; `ends` rise, one more bucket has no end."""

    def __init__(self, ends: tuple[float, ...]) -> None:
        self.ends = ends
        self.counts = [0] * (len(ends) + 1)
        self.total = 0.0

    def add(self, figure: float) -> None:
        """Count one."""
        self.counts[bisect_left(self.ends, figure)] += 1
        self.total += figure

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self.counts)


@dataclass
class Figures:
    """All that is told of a session; None where there is no value yet."""

    stream: str = ""
    model: str = ""
    genre: str | None = None
    confidence: float | None = None
    capture: CaptureState | None = None
    level_dbfs: float | None = None
    zeros_s: float | None = None
    real_time_factor: float | None = None
    audio_s: float = 0.0
    uptime_s: float = 0.0
    lost_s: float = 0.0
    overruns: int = 0
    subscribers: int = 0
    heard_utc_s: float | None = None
    """when the newest event was sent, UTC"""
    events: Counter[str] = field(default_factory=Counter)
    changes: int = 0
    """of the genre"""
    losses: Counter[str] = field(default_factory=Counter)
    """by kind: the capture stopped"""
    reconnects: Counter[str] = field(default_factory=Counter)
    """by kind of the loss: the capture went on after it"""
    inference_s: Histogram = field(default_factory=lambda: Histogram(INFERENCE_S))
    latency_s: Histogram = field(default_factory=lambda: Histogram(LATENCY_S))


class Observer:
    """Takes each event that was published, in the loop's thread, and counts.

    `subscribers` is asked there too, once a heartbeat.
    """

    def __init__(self, subscribers: Callable[[], int]) -> None:
        self._subscribers = subscribers
        self._figures = Figures()
        self._down: str | None = None
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Count an event."""
        with self._lock:
            held = self._figures
            held.stream = event.stream
            held.events[type_of(event)] += 1
            held.audio_s = event.audio_time
            held.heard_utc_s = event.time
            match event:
                case Genre():
                    self._take_genre(event)
                case Prediction():
                    if isinstance(event.latency_ms, float):
                        held.latency_s.add(event.latency_ms / 1000)
                case Capture():
                    self._take_capture(event)
                case Status():
                    self._take_status(event)

    def inferred(self, inference_s: float) -> None:
        """Count one inference."""
        with self._lock:
            self._figures.inference_s.add(inference_s)

    def figures(self) -> Figures:
        """Return a copy; for any thread."""
        with self._lock:
            return deepcopy(self._figures)

    def _take_genre(self, event: Genre) -> None:
        held = self._figures
        held.changes += isinstance(event.previous, str)
        held.genre, held.confidence = event.genre, _number(event.confidence)

    def _take_capture(self, event: Capture) -> None:
        held = self._figures
        was_up = held.capture == "capturing"
        if was_up and event.state in _DOWN:
            self._down = kind_of(event.reason)
            held.losses[self._down] += 1
        elif self._down is not None and event.state == "capturing":
            held.reconnects[self._down] += 1
            self._down = None
        held.capture = event.state
        held.lost_s += event.lost_s
        held.overruns = event.overruns

    def _take_status(self, event: Status) -> None:
        held = self._figures
        held.genre = event.genre if isinstance(event.genre, str) else None
        held.confidence = _number(event.confidence)
        held.capture, held.model = event.capture, event.model
        held.level_dbfs, held.zeros_s = _number(event.level_dbfs), _number(event.zeros_s)
        held.real_time_factor = _number(event.real_time_factor)
        held.uptime_s, held.overruns = event.uptime_s, event.overruns
        held.subscribers = self._subscribers()


class TimedModel:
    """A model whose every inference is told to an observer."""

    def __init__(self, model: Model, observer: Observer) -> None:
        self.metadata: Metadata = model.metadata
        self._model = model
        self._observer = observer

    def probabilities(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the model says of a window."""
        begun_s = time.perf_counter()
        said = self._model.probabilities(window)
        self._observer.inferred(time.perf_counter() - begun_s)
        return said

    def rejections(self) -> Mapping[str, float]:
        """Return what the model rejects of the window heard last."""
        return self._model.rejections()


def _number(value: float | UnsetType) -> float | None:
    return value if isinstance(value, float) else None
