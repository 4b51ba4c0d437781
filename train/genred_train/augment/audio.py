"""Changes to samples that leave the genre: drawn here as plain settings, made by `effects`.

Whatever is left to chance comes from the generator that is handed in; Python's and numpy's own
generators stay as they are. Names and settings are light: only making a change imports libraries.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genred.errors import UsageError

Samples = NDArray[np.float32]

AUDIO_CHANGES: tuple[str, ...] = (
    "pitch", "stretch", "noise", "gain", "equaliser", "room", "microphone", "codec",
)  # fmt: skip
"""in the order in which they are made: the player, what is around it, the way to us"""

EQUALISER_HZ = (63.0, 136.0, 294.0, 632.0, 1363.0, 2936.0, 6324.0)
"""middles of its seven bands: a shelf, five peaks, a shelf"""


@dataclass(frozen=True)
class AudioStrength:
    """How far each change may go; two figures are the least and the most."""

    semitones: float = 2.0
    """up or down"""
    pace: tuple[float, float] = (0.85, 1.15)
    """1.15 plays faster, in less time, at the same pitch"""
    snr_db: tuple[float, float] = (3.0, 30.0)
    noise_slope_db: tuple[float, float] = (-6.0, 0.0)
    """per octave, of noise that is made: from brown to white"""
    gain_db: tuple[float, float] = (-18.0, 6.0)
    equaliser_db: float = 9.0
    """of each band, up or down"""
    reverberation_s: tuple[float, float] = (0.2, 1.0)
    """time in which a made room falls by 60 dB"""
    lowest_hz: tuple[float, float] = (80.0, 300.0)
    """lower limit of a made microphone"""
    highest_hz: tuple[float, float] = (3500.0, 8000.0)
    """its upper limit"""
    bit_rates_kbps: tuple[int, ...] = (24, 32, 40, 48, 64)
    """of MP3"""


@dataclass(frozen=True)
class Sounds:
    """Recordings that changes may take."""

    noises: tuple[Path, ...] = ()
    rooms: tuple[Path, ...] = ()
    """impulse responses named `room_...`"""
    microphones: tuple[Path, ...] = ()
    """impulse responses named `device_...`"""


@dataclass(frozen=True)
class Drawn:
    """One change as it was drawn: made again from this, it is the same again."""

    name: str
    told: str
    """what a person reads of it"""
    settings: Mapping[str, Any]


def change_audio(
    samples: Samples,
    sample_rate: int,
    names: Sequence[str],
    rng: np.random.Generator,
    *,
    noises: Sequence[Path] = (),
    rooms: Sequence[Path] = (),
    strength: AudioStrength | None = None,
) -> Samples:
    """Make the named changes to mono samples (n,), in the order of `AUDIO_CHANGES`.

    `noises` are recordings to add, `rooms` impulse responses: `room_...` of rooms, `device_...` of
    microphones; without them noise, room and microphone are made. Returns (m,), m != n only after
    `stretch`. Raises GenredError for a name that is none, or a recording that can't be read.
    """
    drawn = draw(names, rng, noises=noises, rooms=rooms, strength=strength)
    return make(drawn, samples, sample_rate)


def draw(
    names: Sequence[str],
    rng: np.random.Generator,
    *,
    noises: Sequence[Path] = (),
    rooms: Sequence[Path] = (),
    strength: AudioStrength | None = None,
) -> list[Drawn]:
    """Draw how the named changes shall be; arguments as for `change_audio`."""
    check_names(names, AUDIO_CHANGES)
    sounds = Sounds(
        tuple(noises),
        tuple(path for path in rooms if path.name.startswith("room_")),
        tuple(path for path in rooms if path.name.startswith("device_")),
    )
    wanted = [name for name in AUDIO_CHANGES if name in names]
    return [_DRAWS[name](strength or AudioStrength(), sounds, rng) for name in wanted]


def make(drawn: Sequence[Drawn], samples: Samples, sample_rate: int) -> Samples:
    """Make changes that were drawn, one after the other."""
    # Imported late: libraries that naming and drawing changes need not wait for.
    from genred_train.augment.effects import EFFECTS  # noqa: PLC0415

    for change in drawn if samples.size else ():
        samples = EFFECTS[change.name](samples, sample_rate, **change.settings)
    return np.ascontiguousarray(samples, np.float32)


def check_names(names: Sequence[str], known: Sequence[str], what: str = "change") -> None:
    """Raise UsageError for the first name that is not known; it names the nearest that is."""
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            meant = f'; did you mean "{near[0]}"?' if near else ";"
            raise UsageError(f'no {what} "{name}"{meant} there are {", ".join(known)}')


def _pitch(strength: AudioStrength, _: Sounds, rng: np.random.Generator) -> Drawn:
    semitones = float(rng.uniform(-strength.semitones, strength.semitones))
    return Drawn("pitch", f"{semitones:+.1f} semitones", {"semitones": semitones})


def _stretch(strength: AudioStrength, _: Sounds, rng: np.random.Generator) -> Drawn:
    pace = float(rng.uniform(*strength.pace))
    return Drawn("stretch", f"{pace:.2f} times as fast", {"pace": pace})


def _noise(strength: AudioStrength, sounds: Sounds, rng: np.random.Generator) -> Drawn:
    snr_db = float(rng.uniform(*strength.snr_db))
    if sounds.noises:
        path = _one_of(sounds.noises, rng)
        settings = {"snr_db": snr_db, "path": path, "place": float(rng.random())}
        return Drawn("noise", f"{snr_db:.0f} dB SNR, {path.parent.name}", settings)
    slope_db = float(rng.uniform(*strength.noise_slope_db))
    settings = {"snr_db": snr_db, "slope_db": slope_db, "seed": _seed(rng)}
    return Drawn("noise", f"{snr_db:.0f} dB SNR, {slope_db:+.1f} dB/octave", settings)


def _gain(strength: AudioStrength, _: Sounds, rng: np.random.Generator) -> Drawn:
    gain_db = float(rng.uniform(*strength.gain_db))
    return Drawn("gain", f"{gain_db:+.1f} dB", {"gain_db": gain_db})


def _equaliser(strength: AudioStrength, _: Sounds, rng: np.random.Generator) -> Drawn:
    most = strength.equaliser_db
    gains_db = rng.uniform(-most, most, len(EQUALISER_HZ)).tolist()
    told = f"{min(gains_db):+.0f} to {max(gains_db):+.0f} dB"
    return Drawn("equaliser", told, {"gains_db": gains_db})


def _room(strength: AudioStrength, sounds: Sounds, rng: np.random.Generator) -> Drawn:
    if sounds.rooms:
        path = _one_of(sounds.rooms, rng)
        return Drawn("room", path.stem.removeprefix("room_"), {"path": path})
    fall_s = float(rng.uniform(*strength.reverberation_s))
    return Drawn("room", f"rings for {fall_s:.1f} s", {"fall_s": fall_s, "seed": _seed(rng)})


def _microphone(strength: AudioStrength, sounds: Sounds, rng: np.random.Generator) -> Drawn:
    if sounds.microphones:
        path = _one_of(sounds.microphones, rng)
        return Drawn("microphone", path.stem.removeprefix("device_"), {"path": path})
    low_hz, high_hz = (
        float(rng.uniform(*strength.lowest_hz)),
        float(rng.uniform(*strength.highest_hz)),
    )
    told = f"{low_hz:.0f} to {high_hz:.0f} Hz"
    return Drawn("microphone", told, {"low_hz": low_hz, "high_hz": high_hz})


def _codec(strength: AudioStrength, _: Sounds, rng: np.random.Generator) -> Drawn:
    rate_kbps = strength.bit_rates_kbps[int(rng.integers(len(strength.bit_rates_kbps)))]
    return Drawn("codec", f"MP3, {rate_kbps} kbit/s", {"bit_rate_kbps": rate_kbps})


def _one_of(paths: Sequence[Path], rng: np.random.Generator) -> Path:
    return paths[int(rng.integers(len(paths)))]


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**32))


_DRAWS: dict[str, Callable[[AudioStrength, Sounds, np.random.Generator], Drawn]] = {
    "pitch": _pitch,
    "stretch": _stretch,
    "noise": _noise,
    "gain": _gain,
    "equaliser": _equaliser,
    "room": _room,
    "microphone": _microphone,
    "codec": _codec,
}
