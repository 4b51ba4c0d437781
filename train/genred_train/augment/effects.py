"""Each audio change with settings that are given: samples in, samples out, nothing drawn.

`audiomentations` shifts, stretches and filters, its parameters set and frozen so that it draws
none of its own. Noise, room and codec are made here: it draws coloured noise from numpy's global
generator, repeats a short noise after measuring its level, brings every room to half of full scale
and needs a further library for MP3. Samples are mono (n,) float32 and finite.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from audiomentations import BandPassFilter, PitchShift, SevenBandParametricEQ, TimeStretch
from numpy.typing import NDArray

from genred.audio.file import FileSource
from genred_train.augment.audio import EQUALISER_HZ, Samples
from genred_train.augment.recoding import mp3

_ROLLOFF_DB = 24
"""per octave, of a made microphone"""
_EQUALISER_Q = 1.0
_FLAT_BELOW_HZ = 50.0
"""made noise falls from here on: below, nobody would hear what the ratio counts"""
_OCTAVE_DB = 20 * np.log10(2)
_HIGHEST = 0.45
"""of the sample rate, for the middle of a filter"""


def pitched(samples: Samples, sample_rate: int, *, semitones: float) -> Samples:
    """Move all pitches, at the same pace."""
    return _made(PitchShift(p=1.0), samples, sample_rate, num_semitones=semitones)


def stretched(samples: Samples, sample_rate: int, *, pace: float) -> Samples:
    """Play faster (pace above 1) at the same pitch; returns about n / pace samples."""
    change = TimeStretch(leave_length_unchanged=False, p=1.0)
    return _made(change, samples, sample_rate, rate=pace)


def noisy(
    samples: Samples,
    sample_rate: int,
    *,
    snr_db: float,
    path: Path | None = None,
    place: float = 0.0,
    slope_db: float = 0.0,
    seed: int = 0,
) -> Samples:
    """Add a recording from `place` (0 to 1) on, in a ring, or noise falling by `slope_db`.

    `snr_db` is the ratio of the powers of all samples and of all that is added.
    """
    if path is None:
        noise = _coloured(samples.size, sample_rate, slope_db, np.random.default_rng(seed))
    else:
        recorded = _recorded(path, sample_rate)
        start = int(place * recorded.size)
        noise = np.take(recorded, np.arange(start, start + samples.size), mode="wrap")
    return samples + _as_loud(noise, _rms(samples) * 10 ** (-snr_db / 20))


def louder(samples: Samples, _: int, *, gain_db: float) -> Samples:
    """Turn the volume; nothing clips."""
    return samples * np.float32(10 ** (gain_db / 20))


def equalised(samples: Samples, sample_rate: int, *, gains_db: list[float]) -> Samples:
    """Turn seven bands up or down."""
    change = SevenBandParametricEQ(p=1.0)
    filters = [change.low_shelf_filter, *change.peaking_filters, change.high_shelf_filter]
    for band, middle_hz, gain_db in zip(filters, EQUALISER_HZ, gains_db, strict=True):
        band.parameters = {
            "should_apply": True,
            "center_freq": min(middle_hz, _HIGHEST * sample_rate),
            "gain_db": gain_db,
            "q_factor": _EQUALISER_Q,
        }
    return _made(change, samples, sample_rate)


def in_room(
    samples: Samples,
    sample_rate: int,
    *,
    path: Path | None = None,
    fall_s: float = 0.0,
    seed: int = 0,
) -> Samples:
    """Play it in a room: a recorded one, or one that falls by 60 dB in `fall_s`."""
    if path is not None:
        return convolved(samples, _response(path, sample_rate))
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(fall_s * sample_rate)) / sample_rate
    tail = rng.standard_normal(time_s.size) * 10 ** (-3 * time_s / fall_s)
    # The tail as strong as what comes straight, as at some metres from a loudspeaker.
    response = np.concatenate([[1.0], tail / np.linalg.norm(tail)])
    return convolved(samples, response.astype(np.float32))


def through_microphone(
    samples: Samples,
    sample_rate: int,
    *,
    path: Path | None = None,
    low_hz: float = 0.0,
    high_hz: float = 0.0,
) -> Samples:
    """Hear it through a recorded microphone, or one that hears from `low_hz` to `high_hz`."""
    if path is not None:
        return convolved(samples, _response(path, sample_rate))
    return _made(
        BandPassFilter(p=1.0),
        samples,
        sample_rate,
        center_freq=(low_hz + high_hz) / 2,
        bandwidth=high_hz - low_hz,
        rolloff=_ROLLOFF_DB,
    )


def convolved(samples: Samples, response: Samples) -> Samples:
    """Convolve; what comes straight stays where it was, and all is as loud as before."""
    straight = int(np.argmax(np.abs(response)))
    size = 1 << (samples.size + response.size - 2).bit_length()
    spectrum = np.fft.rfft(samples, size) * np.fft.rfft(response, size)
    sound = np.fft.irfft(spectrum, size)[straight : straight + samples.size]
    return _as_loud(np.asarray(sound, np.float32), _rms(samples))


EFFECTS: dict[str, Callable[..., Samples]] = {
    "pitch": pitched,
    "stretch": stretched,
    "noise": noisy,
    "gain": louder,
    "equaliser": equalised,
    "room": in_room,
    "microphone": through_microphone,
    "codec": mp3,
}


def _made(change: Any, samples: Samples, sample_rate: int, **parameters: float) -> Samples:
    change.parameters = {"should_apply": True, **parameters}
    change.freeze_parameters()
    return np.asarray(change(samples, sample_rate), np.float32)


@lru_cache(maxsize=64)
def _response(path: Path, sample_rate: int) -> Samples:
    """Read an impulse response: short, unlike noises, and taken again and again."""
    samples = _recorded(path, sample_rate)
    samples.flags.writeable = False
    return samples


def _recorded(path: Path, sample_rate: int) -> Samples:
    with FileSource(path, sample_rate) as source:
        return np.concatenate([block.samples for block in source])


def _coloured(size: int, sample_rate: int, slope_db: float, rng: np.random.Generator) -> Samples:
    """Noise whose power changes by `slope_db` an octave."""
    spectrum = np.fft.rfft(rng.standard_normal(size))
    hz = np.maximum(np.fft.rfftfreq(size, 1 / sample_rate), _FLAT_BELOW_HZ)
    shaped = np.fft.irfft(spectrum * (hz / _FLAT_BELOW_HZ) ** (slope_db / _OCTAVE_DB), size)
    return shaped.astype(np.float32)


def _as_loud(samples: Samples, rms: float) -> Samples:
    """Bring samples to a level; those that are silent stay so."""
    return samples * np.float32(rms / max(_rms(samples), 1e-12))


def _rms(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
