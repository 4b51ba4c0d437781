"""The mel filter bank, the discrete cosine transform and the derivatives, as matrices.

Built here with numpy so that the daemon needs no signal library; librosa is the reference that the
tests hold them against.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.features.spec import DELTA_WIDTH, FeatureSpec

# Slaney's scale: linear up to 1 kHz, then logarithmic with a factor of 6.4 in 27 steps.
_HZ_PER_MEL = 200.0 / 3
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0


def hz_to_mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Frequencies in Hz to Slaney mels. Source: Slaney, Auditory Toolbox (1998)."""
    above = np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP + _BREAK_MEL
    return np.where(hz < _BREAK_HZ, hz / _HZ_PER_MEL, above)


def mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slaney mels to Hz, the inverse of `hz_to_mel`."""
    above = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _BREAK_MEL) - _BREAK_MEL))
    return np.where(mel < _BREAK_MEL, mel * _HZ_PER_MEL, above)


def mel_filterbank(spec: FeatureSpec) -> NDArray[np.float32]:
    """Triangular mel filters, one row each, area 1 (Slaney norm).

    Returns shape (n_mels, n_fft // 2 + 1), weights >= 0, rows rising in Hz.
    Raises GenredError if a filter covers no FFT bin: n_mels too high for n_fft.
    Source: Slaney, Auditory Toolbox (1998); equals librosa.filters.mel to 1e-6.
    """
    bins_hz = np.fft.rfftfreq(spec.n_fft, 1.0 / spec.sample_rate)
    low, high = hz_to_mel(np.array([spec.fmin, spec.fmax]))
    edges_hz = mel_to_hz(np.linspace(low, high, spec.n_mels + 2))
    width_hz = np.diff(edges_hz)
    distance = edges_hz[:, None] - bins_hz[None, :]
    rising = -distance[:-2] / width_hz[:-1, None]
    falling = distance[2:] / width_hz[1:, None]
    weights = np.maximum(0.0, np.minimum(rising, falling))
    empty = np.flatnonzero(weights.max(axis=1) == 0.0)
    if empty.size:
        raise GenredError(
            f"features: mel band {empty[0]} covers no FFT bin; "
            f"lower n_mels ({spec.n_mels}) or raise n_fft ({spec.n_fft})"
        )
    weights *= (2.0 / (edges_hz[2:] - edges_hz[:-2]))[:, None]
    return weights.astype(np.float32)


class Band(NamedTuple):
    """A run of neighbouring filters and the FFT bins that they see."""

    filters: slice
    bins: slice
    weights: NDArray[np.float32]
    """(bins, filters), ready to stand right of a product"""


def bands(filterbank: NDArray[np.float32], count: int = 6) -> list[Band]:
    """Cut a filter bank into a few dense blocks, leaving out most of its zeros.

    Filters are grouped by an equal share of the frequency axis, not of their number, because the
    upper ones are the wide ones. A handful of small products costs a quarter of one dense product.
    """
    peaks = filterbank.argmax(axis=1)
    limits = np.linspace(0, filterbank.shape[1], count + 1)[1:]
    group = np.searchsorted(limits, peaks, side="right")
    result = []
    for number in np.unique(group):
        rows = np.flatnonzero(group == number)
        filters = slice(int(rows[0]), int(rows[-1]) + 1)
        seen = np.flatnonzero(filterbank[filters].any(axis=0))
        bins = slice(int(seen[0]), int(seen[-1]) + 1)
        weights = np.ascontiguousarray(filterbank[filters, bins].T)
        result.append(Band(filters, bins, weights))
    return result


def dct_matrix(n_mfcc: int, n_mels: int) -> NDArray[np.float64]:
    """Orthonormal DCT-II, one coefficient a row: shape (n_mfcc, n_mels).

    Its transpose undoes it when n_mfcc equals n_mels. Equals scipy.fft.dct(norm="ortho").
    """
    k = np.arange(n_mfcc)[:, None]
    n = np.arange(n_mels)[None, :]
    matrix = np.cos(np.pi * k * (2 * n + 1) / (2 * n_mels)) * np.sqrt(2.0 / n_mels)
    matrix[0] /= np.sqrt(2.0)
    return np.asarray(matrix, np.float64)


def delta_matrix(frames: int, order: int) -> NDArray[np.float64]:
    """Savitzky-Golay derivative along time as a matrix: derivative = matrix @ rows.

    Returns shape (frames, frames), frames >= 9. At the ends the polynomial of the outermost nine
    frames is followed. Equals librosa.feature.delta(order=order) with its defaults.
    """
    half = DELTA_WIDTH // 2
    positions = np.arange(-half, half + 1, dtype=np.float64)
    fit = np.linalg.pinv(np.vander(positions, order + 1, increasing=True))
    matrix = np.zeros((frames, frames))
    for frame in range(frames):
        start = min(max(frame - half, 0), frames - DELTA_WIDTH)
        # A polynomial of this degree has the same derivative everywhere: order! times its highest
        # coefficient, and order! is order for 1 and 2.
        matrix[frame, start : start + DELTA_WIDTH] = fit[order] * order
    return matrix
