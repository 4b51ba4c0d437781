"""A stretch of a recorded file, as the daemon reads it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genred.audio.file import FileSource
from genred.errors import GenredError
from genred.features.spec import FeatureSpec

LONGEST_S = 600.0
"""of what is drawn: more would be no picture"""
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Excerpt:
    """Mono samples and where in the file they begin."""

    name: str
    """of the file, without its folder"""
    samples: NDArray[np.float32]
    """(n,), at least one frame"""
    sample_rate: int
    start_s: float

    @property
    def length_s(self) -> float:
        """Seconds of it."""
        return self.samples.size / self.sample_rate

    @property
    def end_s(self) -> float:
        """Where in the file it ends."""
        return self.start_s + self.length_s


def read_excerpt(
    path: Path, spec: FeatureSpec, start_s: float = 0.0, length_s: float | None = None
) -> Excerpt:
    """Read from `start_s` on, to the end or for `length_s`, at most ten minutes.

    Raises GenredError, one line, for what can't be read, and for less than one frame.
    """
    rate = spec.sample_rate
    first = round(start_s * rate)
    wanted = round(min(LONGEST_S if length_s is None else length_s, LONGEST_S) * rate)
    parts: list[NDArray[np.float32]] = []
    at = 0
    with FileSource(path, rate) as source:
        for block in source:
            parts.append(block.samples[max(0, first - at) : max(0, first + wanted - at)])
            at += block.samples.size
            if at >= first + wanted:
                break
        name = source.name
    samples = np.concatenate([np.empty(0, np.float32), *parts])
    if first and first >= at:
        raise GenredError(
            f"{name}: ends at {at / rate:.1f} s; begin before that, not at {start_s:g} s"
        )
    if samples.size < spec.n_fft:
        raise GenredError(
            f"{name}: {samples.size / rate:.3f} s of sound is too short; "
            f"one frame takes {spec.n_fft / rate:.3f} s"
        )
    return Excerpt(_shortened(Path(name).name), samples, rate, first / rate)


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
