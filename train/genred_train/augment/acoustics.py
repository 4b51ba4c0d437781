"""What a room, noise, a small microphone and its automatic gain do to mel bands.

Every function takes a window (frames, n_mels) in dB and settings that are given, and returns
another: nothing is drawn here. Powers are added as those of sounds that know nothing of each other.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.features.mel import hz_to_mel, mel_to_hz
from genred.features.spec import FeatureSpec
from genred_train.augment.settings import Agc, Band, Noise, Reverb
from genred_train.augment.texture import white_noise

Window = NDArray[np.float32]
Floats = NDArray[np.float32]

_NEPER = np.float32(np.log(10) / 10)
"""of a dB of power"""
_FALL_FROM_HZ = 1000.0
"""above, a room rings shorter: air and cloth take the high sounds"""
_LEAST_S = 0.03
"""nothing rings shorter than a frame can tell"""
_LEFT = 1e-4
"""what of a tail is too little to add"""
_DEEPEST_DB = 80.0
"""at most taken from a band: beyond, there is a microphone's own noise"""
_MOST_GAIN_DB = 20.0
"""an automatic gain goes no further, up or down"""


class Axes(NamedTuple):
    """What bands and frames are of."""

    hz: NDArray[np.float64]
    """(n_mels,) middles of the bands"""
    width: Floats
    """(n_mels,) of them: a band holds power per Hz, so this sums to all power"""
    octaves: NDArray[np.float64]
    """(n_mels,) of the middles over 1 kHz"""
    frame_s: float


@lru_cache(maxsize=4)
def axes(spec: FeatureSpec) -> Axes:
    """Tell the bands' frequencies and the frames' time."""
    low, high = hz_to_mel(np.array([spec.fmin, spec.fmax]))
    edges_hz = mel_to_hz(np.linspace(low, high, spec.n_mels + 2))
    hz = edges_hz[1:-1]
    width = ((edges_hz[2:] - edges_hz[:-2]) / 2).astype(np.float32)
    return Axes(hz, width, np.log2(hz / _FALL_FROM_HZ), spec.hop_length / spec.sample_rate)


def reverberant(window: Window, spec: FeatureSpec, room: Reverb) -> Window:
    """Let each band ring on after itself; before the window it was as loud as on average in it."""
    kept = _kept(room, _axes_of(window, spec))
    power = np.exp(window * _NEPER)
    ringing = power * (1 - kept)
    ringing[0] += kept * power.mean(axis=0)
    _accumulate(ringing, kept)
    ringing *= np.float32(10 ** (-room.direct_db / 10))
    power += ringing
    return _in_db(power)


def with_noise(window: Window, spec: FeatureSpec, noise: Noise) -> Window:
    """Add a noise as uneven as real noise is, in the ratio of the whole window's powers."""
    own = _axes_of(window, spec)
    power = np.exp(window * _NEPER)
    spectrum = 10 ** (noise.slope_db * own.octaves / 10)
    moments = np.linspace(0, len(noise.swing_db) - 1, len(window))
    swell = 10 ** (np.interp(moments, np.arange(len(noise.swing_db)), noise.swing_db) / 10)
    # White noise has power 1 in every band, so the added power is known before it is made.
    loudness = swell.mean() * float(spectrum @ own.width)
    wanted = float(power.mean(axis=0) @ own.width) * 10 ** (-noise.snr_db / 10)
    added = white_noise(spec, noise.place, len(window)) * (spectrum * wanted / loudness).astype(
        "f4"
    )
    added *= swell.astype(np.float32)[:, None]
    power += added
    return _in_db(power)


def band_limited(window: Window, spec: FeatureSpec, band: Band) -> Window:
    """Roll off at both ends, as Butterworth filters of a broken order do."""
    hz = _axes_of(window, spec).hz
    below = _lost_db(band.low_hz / hz, band.low_slope_db)
    above = _lost_db(hz / band.high_hz, band.high_slope_db)
    lost_db = np.minimum(below + above, _DEEPEST_DB)
    return np.asarray(window - lost_db.astype(np.float32))


def compressed(window: Window, spec: FeatureSpec, agc: Agc) -> Window:
    """Turn down what is louder than the window on average, and up what is quieter, slowly."""
    own = _axes_of(window, spec)
    level_db = np.log(np.exp(window * _NEPER) @ own.width + np.float32(1e-30)) / _NEPER
    followed = (level_db - level_db.mean())[:, None]
    kept = np.array([np.exp(-own.frame_s / agc.follow_s)], np.float32)
    followed *= 1 - kept
    _accumulate(followed, kept)
    gain_db = np.clip((1 / agc.ratio - 1) * followed, -_MOST_GAIN_DB, _MOST_GAIN_DB)
    return np.asarray(window + gain_db.astype(np.float32))


def _axes_of(window: Window, spec: FeatureSpec) -> Axes:
    if window.shape[1] != spec.n_mels:
        raise GenredError(
            f"a window of {window.shape[1]} mel bands, and features.n_mels = {spec.n_mels}: "
            "give the features that it was made with"
        )
    return axes(spec)


def _kept(room: Reverb, own: Axes) -> Floats:
    """Power that is left of each band's tail after a frame, (n_mels,)."""
    fall_s = room.fall_s * 2 ** (-room.fall_octaves * np.maximum(own.octaves, 0))
    return (10 ** (-6 * own.frame_s / np.maximum(fall_s, _LEAST_S))).astype(np.float32)


def _accumulate(rows: Floats, kept: Floats) -> None:
    """Add to each row (n, m) in place what is kept of all before it: y[t] = x[t] + kept y[t-1].

    By doubling, because a loop over rows costs five times as much: Hillis and Steele, Data
    Parallel Algorithms (1986).
    """
    distance, share = 1, kept
    while distance < len(rows) and share.max() > _LEFT:
        rows[distance:] += share * rows[:-distance]
        distance, share = 2 * distance, share * share


def _lost_db(beyond: NDArray[np.float64], slope_db: float) -> NDArray[np.float64]:
    """Attenuation at so many times the corner: 3 dB at it, then `slope_db` an octave."""
    return np.asarray(10 * np.log10(1 + beyond ** (slope_db / (10 * np.log10(2)))))


def _in_db(power: Floats) -> Window:
    """Turn powers into dB, in place."""
    np.log(power, out=power)
    power /= _NEPER
    return power
