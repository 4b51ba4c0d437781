"""What a recording still has in common with its copies: signs of how its bands rise and fall.

Ten words of 24 bits a second. Bit b of a word says whether the difference of the neighbouring
bands b and b + 1, 200 to 3500 Hz, is greater in a second of music than 0.7 s before. Level and
equaliser cancel out, a codec changes few bits, and a cut moves the words without changing them.
Idea: Haitsma, Kalker, A Highly Robust Audio Fingerprinting System (ISMIR 2002), with
longer windows, because frames may be 50 ms apart.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genred.features.mel import hz_to_mel
from genred.features.spec import FeatureSpec

WORD_S = 0.1
"""from one word to the next"""
BITS = 24
_LOW_HZ, _HIGH_HZ = 200.0, 3500.0
_WINDOW_S, _DELAY_S = 1.0, 0.7
_STILL_DB = 0.1
"""a bit of what changes less means nothing"""


@dataclass(frozen=True)
class Fingerprint:
    """Words of one recording, one each `WORD_S`; none for one shorter than 1.7 s."""

    words: NDArray[np.uint32]
    lively: NDArray[np.bool_]
    """whether most bits of a word mean something: not in silence"""

    def __len__(self) -> int:
        return len(self.words)


def fingerprint(levels_db: NDArray[np.float32], spec: FeatureSpec) -> Fingerprint:
    """Take the mel bands of a recording, (frames, n_mels) in dB, as `spec` made them."""
    return of_bands(coarse_bands(levels_db, spec), spec)


def coarse_bands(levels_db: NDArray[np.float32], spec: FeatureSpec) -> NDArray[np.float32]:
    """(frames, BITS + 1): means of mel bands between equal steps of the mel scale, in dB.

    Each frame for itself, so that a long recording may come block by block.
    """
    span_hz = np.array([spec.fmin, spec.fmax, _LOW_HZ, min(_HIGH_HZ, spec.fmax)])
    low, high, first, last = hz_to_mel(span_hz)
    places = (np.linspace(first, last, BITS + 2) - low) / (high - low) * (spec.n_mels + 1) - 0.5
    edges = np.asarray(np.clip(places, 0, spec.n_mels), np.float64)
    sums = _Sums(levels_db.T).between(edges[:-1], edges[1:])
    return np.asarray(sums.T / np.maximum(np.diff(edges), 1e-9), np.float32)


def of_bands(bands_db: NDArray[np.float32], spec: FeatureSpec) -> Fingerprint:
    """Take `coarse_bands` of all frames of a recording."""
    rate = spec.sample_rate / spec.hop_length  # frames in a second
    spare_s = len(bands_db) / rate - _WINDOW_S - _DELAY_S
    count = int(spare_s / WORD_S + 1e-9) + 1 if spare_s >= 0 else 0
    before = np.arange(count, dtype=np.float64) * (WORD_S * rate)
    after, width = before + _DELAY_S * rate, _WINDOW_S * rate
    sums = _Sums(np.diff(bands_db, axis=1))
    rises = (sums.between(after, after + width) - sums.between(before, before + width)) / width
    words = (rises > 0) @ (1 << np.arange(BITS, dtype=np.uint32))
    lively = (np.abs(rises) > _STILL_DB).mean(axis=1) > 0.5  # noqa: PLR2004 - most
    return Fingerprint(words.astype(np.uint32), lively)


class _Sums:
    """Sums of rows (n, m) between any two places, fractions of a row included."""

    def __init__(self, rows: NDArray[np.float32]) -> None:
        sums = np.cumsum(rows, axis=0, dtype=np.float64)
        self._below = np.concatenate([np.zeros((1, rows.shape[1])), sums])

    def between(self, start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
        """(len(start), m): sums of the rows from `start` to `end`, within 0 and n."""
        return self._to(end) - self._to(start)

    def _to(self, place: NDArray[np.float64]) -> NDArray[np.float64]:
        row = np.clip(place.astype(np.int64), 0, len(self._below) - 2)
        share = (place - row)[:, None]
        return np.asarray(self._below[row] * (1 - share) + self._below[row + 1] * share)
