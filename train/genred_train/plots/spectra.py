"""What the pictures of a recording show, computed: levels in dB, time last.

At most about 1500 columns, however long the excerpt: a picture has no more pixels, and memory
stays bounded.
"""

from typing import NamedTuple

import librosa
import msgspec
import numpy as np
from numpy.typing import NDArray

from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec
from genred_train.plots.excerpt import Excerpt

N_FFT = 2048
DEPTH_DB = 80.0
"""shown below the loudest"""
BINS_PER_OCTAVE = 24
LOWEST_HZ = 32.703
"""C1"""
_HOP = 512
_COLUMNS = 1500
_FLOOR = 1e-10


class Envelope(NamedTuple):
    """The least and the most of each stretch of samples."""

    low: NDArray[np.float32]
    high: NDArray[np.float32]


def hop(samples: int) -> int:
    """Return the samples from column to column."""
    return _HOP * max(1, -(-samples // (_HOP * _COLUMNS)))


def envelope(samples: NDArray[np.float32], columns: int = _COLUMNS) -> Envelope:
    """Find what a line through all samples would cover."""
    starts = np.linspace(0, samples.size, min(columns, samples.size), endpoint=False, dtype=int)
    return Envelope(np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts))


def power(excerpt: Excerpt) -> NDArray[np.float32]:
    """Power of the short-time Fourier transform: (1025, columns), a full-scale sine at about 1."""
    spectrum = librosa.stft(
        excerpt.samples, n_fft=N_FFT, hop_length=hop(excerpt.samples.size), center=False
    )
    # The window's sum is n_fft / 2, and half of a sine's amplitude lies at negative frequencies.
    return np.asarray(np.square(np.abs(spectrum) / (N_FFT / 4)), np.float32)


def constant_q(excerpt: Excerpt) -> NDArray[np.float32]:
    """Magnitude at `BINS_PER_OCTAVE` frequencies an octave, from C1 up: (bins, columns)."""
    octaves = int(np.log2(0.4 * excerpt.sample_rate / LOWEST_HZ))
    step = hop(excerpt.samples.size)
    # The lowest filters are longer than a second; silence around a short excerpt holds them.
    padded = librosa.util.fix_length(
        excerpt.samples, size=max(excerpt.samples.size, 2 * excerpt.sample_rate)
    )
    found = librosa.cqt(
        padded,
        sr=excerpt.sample_rate,
        hop_length=step,
        fmin=LOWEST_HZ,
        n_bins=octaves * BINS_PER_OCTAVE,
        bins_per_octave=BINS_PER_OCTAVE,
    )
    return np.asarray(np.abs(found[:, : 1 + excerpt.samples.size // step]), np.float32)


def chroma(magnitude: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """Fold a constant-Q transform into twelve pitch classes, C first; a column's most is 1."""
    found = librosa.feature.chroma_cqt(
        C=magnitude, sr=sample_rate, fmin=LOWEST_HZ, bins_per_octave=BINS_PER_OCTAVE
    )
    return np.asarray(found, np.float32)


def mfcc(excerpt: Excerpt, spec: FeatureSpec) -> NDArray[np.float32]:
    """Compute the daemon's own coefficients: (n_mfcc, frames)."""
    return _rows(excerpt.samples, msgspec.structs.replace(spec, kind="mfcc")).T


def log_mel(samples: NDArray[np.float32], spec: FeatureSpec) -> NDArray[np.float32]:
    """Compute the daemon's own mel bands in dB: (frames, n_mels)."""
    return _rows(samples, msgspec.structs.replace(spec, kind="logmel"))


def decibels(power_: NDArray[np.float32]) -> NDArray[np.float32]:
    """Power to dB."""
    return 10 * np.log10(np.maximum(power_, np.float32(_FLOOR)))


def _rows(samples: NDArray[np.float32], spec: FeatureSpec) -> NDArray[np.float32]:
    stream = StreamingMfcc(spec)
    return np.concatenate([stream.push(samples), stream.flush()])
