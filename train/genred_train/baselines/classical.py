"""The classical features of a window as far as mel bands can give them, and named so.

A `mel_centroid` is that of the bands, not of the spectrum: over recordings it goes with librosa's
(correlation 0.999; 0.98 where both ends of it are cut, see `windows`), but isn't equal. Zero
crossings and chroma need samples: see `features`.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genred.features.mel import dct_matrix, hz_to_mel, mel_to_hz
from genred.features.spec import FeatureSpec
from genred_train.models.cut import CUT_DB

N_MFCC = 20
ROLLOFF_SHARE = 0.85
CONTRAST_SHARE = 0.2
"""of the bands of an octave that make its peak, and its valley"""
_LOWEST_OCTAVE_HZ = 200.0

Curve = NDArray[np.float64]
"""one value a frame: (windows, frames)"""


@dataclass(frozen=True)
class Spectra:
    """Windows of mel bands, and where the bands lie."""

    db: NDArray[np.float32]
    """(windows, frames, n_mels), at most 0"""
    centre_hz: NDArray[np.float64]
    width_hz: NDArray[np.float64]
    """(n_mels,): bands have area 1, so a band times its width is what its share of a spectrum is"""

    @property
    def magnitude(self) -> NDArray[np.float64]:
        """Share that each band has of a frame's magnitude, which is how librosa weighs spectra.

        What lies at the cut is nothing: else wide, empty bands would draw all means upwards. A
        frame of nothing else has no share at all, and its frequencies are 0, as librosa's are.
        """
        above = np.maximum(0.0, 10 ** (self.db / 20) - 10 ** (-CUT_DB / 20))
        held = self.width_hz * above
        total = held.sum(axis=-1, keepdims=True)
        return np.asarray(held / np.where(total > 0, total, 1.0), np.float64)

    @property
    def power(self) -> NDArray[np.float64]:
        """Mean power in each band, relative to the window's loudest."""
        return np.asarray(10 ** (self.db / 10), np.float64)


def spectra(windows: NDArray[np.float32], spec: FeatureSpec) -> Spectra:
    """Put windows (windows, frames, n_mels), in dB, on the axis of `spec`."""
    low, high = hz_to_mel(np.array([spec.fmin, spec.fmax]))
    edges_hz = mel_to_hz(np.linspace(low, high, spec.n_mels + 2))
    return Spectra(windows, edges_hz[1:-1], (edges_hz[2:] - edges_hz[:-2]) / 2)


def centroid(s: Spectra) -> Curve:
    """Mean frequency, in Hz."""
    return np.asarray(s.magnitude @ s.centre_hz)


def bandwidth(s: Spectra) -> Curve:
    """Deviation from that mean, in Hz."""
    magnitude = s.magnitude
    mean_hz = magnitude @ s.centre_hz
    # Rounding may bring a single sounding band a trifle below 0.
    return np.asarray(np.sqrt(np.maximum(0.0, magnitude @ s.centre_hz**2 - mean_hz**2)))


def rolloff(s: Spectra) -> Curve:
    """Frequency below which `ROLLOFF_SHARE` of the magnitude lies, in Hz."""
    held = np.cumsum(s.magnitude, axis=-1)
    place = (held >= ROLLOFF_SHARE).argmax(axis=-1)
    return np.where(held[..., -1] > 0, s.centre_hz[place], 0.0)


def flatness(s: Spectra) -> Curve:
    """Geometric mean of power through its mean: 1 for white noise, near 0 for a tone."""
    share = s.width_hz / s.width_hz.sum()
    return np.asarray(10 ** (s.db @ share / 10) / (s.power @ share))


def energy(s: Spectra) -> Curve:
    """Power of a frame, in dB, relative to the loudest of the window."""
    level_db = 10 * np.log10(s.power @ s.width_hz)
    return np.asarray(level_db - level_db.max(axis=-1, keepdims=True))


def flux(s: Spectra) -> Curve:
    """How much bands rise from one frame to the next, in dB a band; the first frame has none."""
    return np.asarray(np.maximum(0, np.diff(s.db, axis=1)).mean(axis=-1), np.float64)


DESCRIPTORS: dict[str, Callable[[Spectra], Curve]] = {
    "mel_centroid": centroid,
    "mel_bandwidth": bandwidth,
    "mel_rolloff": rolloff,
    "mel_flatness": flatness,
    "mel_energy": energy,
    "mel_flux": flux,
}


def octaves(spec: FeatureSpec) -> list[slice]:
    """Bands below 200 Hz, of the octave above, and so on up: those octaves that hold two or more.

    Source: Jiang et al., Music Type Classification by Spectral Contrast Feature (2002).
    """
    centre_hz = spectra(np.empty((0, 0, spec.n_mels), np.float32), spec).centre_hz
    edges_hz = _LOWEST_OCTAVE_HZ * 2.0 ** np.arange(np.log2(spec.fmax / _LOWEST_OCTAVE_HZ))
    places = [0, *np.searchsorted(centre_hz, edges_hz), spec.n_mels]
    pairs = itertools.pairwise(int(place) for place in places)
    return [slice(low, high) for low, high in pairs if high - low > 1]


def contrast(s: Spectra, octave: slice) -> Curve:
    """Loudest bands of an octave above its faintest, in dB."""
    ordered = np.sort(s.db[..., octave], axis=-1)
    count = max(1, round(CONTRAST_SHARE * ordered.shape[-1]))
    peak, valley = ordered[..., -count:].mean(axis=-1), ordered[..., :count].mean(axis=-1)
    return np.asarray(peak - valley, np.float64)


def feature_names(spec: FeatureSpec) -> list[str]:
    """Name the columns of `window_features`: a mean, then a deviation (`_std`), of each curve."""
    contrasts = [f"mel_contrast_{number}" for number in range(len(octaves(spec)))]
    mfcc = [f"mfcc_{number:02}" for number in range(min(N_MFCC, spec.n_mels))]
    curves = [*DESCRIPTORS, *contrasts, *mfcc]
    return [f"{name}_{statistic}" for statistic in ("mean", "std") for name in curves]


def window_features(windows: NDArray[np.float32], spec: FeatureSpec) -> NDArray[np.float32]:
    """Features of windows (windows, frames, n_mels) of `below_maximum`: (windows, features)."""
    s = spectra(windows, spec)
    curves = [describe(s) for describe in DESCRIPTORS.values()]
    curves += [contrast(s, octave) for octave in octaves(spec)]
    mfcc = windows @ dct_matrix(min(N_MFCC, spec.n_mels), spec.n_mels).T
    curves += list(np.moveaxis(mfcc, -1, 0))
    columns = [curve.mean(axis=-1) for curve in curves] + [curve.std(axis=-1) for curve in curves]
    return np.stack(columns, axis=-1).astype(np.float32)


def mfcc_statistics(windows: NDArray[np.float32], n_mfcc: int) -> NDArray[np.float32]:
    """Means and deviations of the first coefficients of each window: (windows, 2 * n_mfcc)."""
    mfcc = windows @ dct_matrix(n_mfcc, windows.shape[-1]).T
    return np.concatenate([mfcc.mean(axis=1), mfcc.std(axis=1)], axis=-1).astype(np.float32)
