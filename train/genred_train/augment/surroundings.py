"""Rooms, noises, small microphones and automatic gains, drawn: each change of them by its name.

What a drawing gives is None where the window stays as it is; else `acoustics` makes it.
"""

from collections.abc import Callable

import numpy as np

from genred.features.spec import FeatureSpec
from genred_train.augment import acoustics
from genred_train.augment.acoustics import Window
from genred_train.augment.settings import Agc, Band, Noise, Reverb
from genred_train.augment.strength import Strength

_SWELLS = 5
"""moments of a window at which a noise's loudness is drawn, straight lines between"""

ROOM_CHANGES: tuple[str, ...] = ("reverb", "noise", "band_limit", "agc")
"""in the order in which they are made, the way from a loudspeaker to us"""


def drawn_reverb(strength: Strength, rng: np.random.Generator) -> Reverb | None:
    """Draw a room; short and long ones are as likely by their ratio."""
    if rng.random() >= strength.reverb_chance:
        return None
    return Reverb(
        fall_s=_by_ratio(strength.reverberation_s, rng),
        fall_octaves=rng.uniform(*strength.reverberation_fall),
        direct_db=rng.uniform(*strength.direct_db),
    )


def drawn_noise(strength: Strength, rng: np.random.Generator) -> Noise | None:
    """Draw a noise."""
    if rng.random() >= strength.noise_chance:
        return None
    swing_db = rng.uniform(0, strength.noise_swing_db)
    return Noise(
        snr_db=rng.uniform(*strength.snr_db),
        slope_db=rng.uniform(*strength.noise_slope_db),
        swing_db=tuple(rng.uniform(-swing_db, swing_db, _SWELLS).tolist()),
        place=rng.random(),
    )


def drawn_band(strength: Strength, rng: np.random.Generator) -> Band | None:
    """Draw a microphone's or loudspeaker's band."""
    if rng.random() >= strength.band_limit_chance:
        return None
    return Band(
        low_hz=_by_ratio(strength.lowest_hz, rng),
        high_hz=_by_ratio(strength.highest_hz, rng),
        low_slope_db=rng.uniform(*strength.roll_off_db),
        high_slope_db=rng.uniform(*strength.roll_off_db),
    )


def drawn_agc(strength: Strength, rng: np.random.Generator) -> Agc | None:
    """Draw an automatic gain."""
    if rng.random() >= strength.agc_chance:
        return None
    return Agc(ratio=rng.uniform(*strength.agc_ratio), follow_s=_by_ratio(strength.agc_s, rng))


def reverberant(
    window: Window, strength: Strength, rng: np.random.Generator, spec: FeatureSpec
) -> Window:
    """Smear time as a room does."""
    room = drawn_reverb(strength, rng)
    return window if room is None else acoustics.reverberant(window, spec, room)


def noisy(
    window: Window, strength: Strength, rng: np.random.Generator, spec: FeatureSpec
) -> Window:
    """Add a noise that swells."""
    noise = drawn_noise(strength, rng)
    return window if noise is None else acoustics.with_noise(window, spec, noise)


def band_limited(
    window: Window, strength: Strength, rng: np.random.Generator, spec: FeatureSpec
) -> Window:
    """Take what a small microphone or loudspeaker does not pass."""
    band = drawn_band(strength, rng)
    return window if band is None else acoustics.band_limited(window, spec, band)


def compressed(
    window: Window, strength: Strength, rng: np.random.Generator, spec: FeatureSpec
) -> Window:
    """Even out the level slowly, as an automatic gain does."""
    agc = drawn_agc(strength, rng)
    return window if agc is None else acoustics.compressed(window, spec, agc)


Made = Callable[[Window, Strength, np.random.Generator, FeatureSpec], Window]

SURROUNDINGS: dict[str, Made] = {
    "reverb": reverberant,
    "noise": noisy,
    "band_limit": band_limited,
    "agc": compressed,
}
"""by the names of `ROOM_CHANGES`"""


def _by_ratio(limits: tuple[float, float], rng: np.random.Generator) -> float:
    """Draw between two limits, each ratio as likely."""
    return float(np.exp(rng.uniform(*np.log(limits))))
