"""What is done to samples on their way to the daemon: steps that conditions are made of."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from genred_train.augment import effects
from genred_train.augment.audio import Samples
from genred_train.augment.automatic import evened_out
from genred_train.augment.boxes import Box, response
from genred_train.augment.recoding import mp3
from genred_train.evaluation.condition import Step

_HIGHEST = 0.45
"""of the sample rate, for the upper end of a band"""


def _plain(step: Callable[..., Samples], **settings: object) -> Step:
    """Make a step that leaves nothing to chance."""
    return lambda samples, sample_rate, _: step(samples, sample_rate, **settings)


def louder(gain_db: float) -> Step:
    """Turn the volume; nothing clips."""
    return _plain(effects.louder, gain_db=gain_db)


def coded(bit_rate_kbps: int) -> Step:
    """Take what MP3 leaves."""
    return _plain(mp3, bit_rate_kbps=bit_rate_kbps)


def in_room(path: Path) -> Step:
    """Play it in a measured room."""
    return _plain(effects.in_room, path=path)


def by_microphone(path: Path) -> Step:
    """Hear it by a measured microphone."""
    return _plain(effects.through_microphone, path=path)


def evened(ratio: float, attack_s: float, release_s: float) -> Step:
    """Even out the level, as a recorder does."""
    return _plain(evened_out, ratio=ratio, attack_s=attack_s, release_s=release_s)


def limited(low_hz: float, high_hz: float) -> Step:
    """Leave a band, -24 dB an octave beyond."""
    return partial(_limited, low_hz=low_hz, high_hz=high_hz)


def _limited(
    samples: Samples, sample_rate: int, _: np.random.Generator, *, low_hz: float, high_hz: float
) -> Samples:
    high_hz = min(high_hz, _HIGHEST * sample_rate)
    return effects.through_microphone(samples, sample_rate, low_hz=low_hz, high_hz=high_hz)


def in_box(box: Box) -> Step:
    """Play it in a made room."""
    return lambda samples, rate, _: effects.convolved(samples, response(box, rate))


def among_noise(files: Sequence[Path], snr_db: float) -> Step:
    """Add one of the recordings, from anywhere on, as loud as asked."""
    return partial(_with_noise, files=files, snr_db=snr_db)


def _with_noise(
    samples: Samples,
    sample_rate: int,
    rng: np.random.Generator,
    *,
    files: Sequence[Path],
    snr_db: float,
) -> Samples:
    path = files[int(rng.integers(len(files)))]
    place = float(rng.random())
    return effects.noisy(samples, sample_rate, snr_db=snr_db, path=path, place=place)
