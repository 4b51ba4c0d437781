"""One excerpt as it is, and after each change to its samples or to its mel bands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred_train.augment import spectral, surroundings
from genred_train.augment.audio import AUDIO_CHANGES, draw, make
from genred_train.augment.settings import Setting
from genred_train.augment.spectral import ALL_CHANGES, FEATURE_CHANGES
from genred_train.augment.strength import Strength
from genred_train.augment.surroundings import ROOM_CHANGES, SURROUNDINGS
from genred_train.plots.excerpt import Excerpt
from genred_train.plots.spectra import DEPTH_DB, log_mel
from genred_train.plots.style import LEVELS_MAP, figure

_COLUMNS = 4
_SURPLUS = 1.25
"""of what is read to what is shown: a faster pace takes more"""
_MOMENTS = 8
_CERTAIN = Strength(
    mask_chance=1.0,
    floor_chance=1.0,
    reverb_chance=1.0,
    noise_chance=1.0,
    band_limit_chance=1.0,
    agc_chance=1.0,
)

Levels = NDArray[np.float32]


@dataclass(frozen=True)
class Picture:
    """Mel bands (frames, n_mels) in dB, and what was done to them."""

    title: str
    told: str
    levels_db: Levels


def plot_augmented(
    excerpt: Excerpt,
    spec: FeatureSpec,
    seed: int,
    *,
    noises: Sequence[Path] = (),
    rooms: Sequence[Path] = (),
) -> Any:
    """Draw the excerpt plain, after each change, and after all to its bands; inside `styled`."""
    plain = log_mel(excerpt.samples, spec)
    frames = int(len(plain) / _SURPLUS)
    if frames < 2:  # noqa: PLR2004 - between which time is stretched
        raise GenredError(f"{excerpt.name}: too short to change; give it a second or more")
    pictures = [Picture("plain", "", plain[:frames])]
    pictures += _in_audio(excerpt, spec, frames, seed, noises, rooms)
    pictures += _in_features(plain, frames, seed, spec)
    return _grid(pictures, excerpt, spec)


def _in_audio(
    excerpt: Excerpt,
    spec: FeatureSpec,
    frames: int,
    seed: int,
    noises: Sequence[Path],
    rooms: Sequence[Path],
) -> list[Picture]:
    pictures = []
    for number, name in enumerate(AUDIO_CHANGES):
        drawn = draw([name], np.random.default_rng([seed, number]), noises=noises, rooms=rooms)
        samples = make(drawn, excerpt.samples, excerpt.sample_rate)
        pictures.append(Picture(name, drawn[0].told, log_mel(samples, spec)[:frames]))
    return pictures


def _in_features(plain: Levels, frames: int, seed: int, spec: FeatureSpec) -> list[Picture]:
    pictures = []
    names = (*FEATURE_CHANGES, *ROOM_CHANGES)
    for number, name in enumerate(names):
        key = [seed, len(AUDIO_CHANGES) + number]
        # The same generator twice: once for the words, once for the picture.
        changed = _changed(name, plain, frames, spec, np.random.default_rng(key))
        told = _TOLD[name](plain[:frames], np.random.default_rng(key))
        pictures.append(Picture(f"bands: {name}", told, changed))
    rng = np.random.default_rng([seed, len(AUDIO_CHANGES) + len(names)])
    everything = spectral.varied(plain, frames, _CERTAIN, rng, ALL_CHANGES, spec)
    pictures.append(Picture("bands: all of these", "", everything))
    return [*pictures, _mixed(plain[:frames], np.random.default_rng([seed]))]


def _changed(
    name: str, plain: Levels, frames: int, spec: FeatureSpec, rng: np.random.Generator
) -> Levels:
    if name in SURROUNDINGS:
        return SURROUNDINGS[name](plain[:frames], _CERTAIN, rng, spec)
    return _CHANGED[name](plain, frames, rng)


def _mixed(window: Levels, rng: np.random.Generator) -> Picture:
    """Mix the excerpt with itself at another moment, as fitting mixes it with other clips."""
    moments = np.arange(_MOMENTS) * len(window) // _MOMENTS
    windows = np.stack([np.roll(window, -moment, axis=0) for moment in moments])
    mixed, shares = spectral.mixed_up(windows, np.eye(_MOMENTS, dtype=np.float32), 1.0, rng)
    # The one that was mixed most, for all to see.
    number = int(shares.max(axis=1).argmin())
    share = float(shares[number].max())
    told = f"{share:.0%}, {1 - share:.0%} another part"
    return Picture("bands: mixup", told, mixed[number] + window.max())


_CHANGED: dict[str, Callable[[Levels, int, np.random.Generator], Levels]] = {
    "stretch": lambda plain, n, rng: spectral.cut_out(
        plain, n, spectral.drawn_cut(len(plain), n, _CERTAIN, rng)
    ),
    "shift": lambda plain, n, rng: spectral.shifted(plain[:n], _CERTAIN, rng),
    "colour": lambda plain, n, rng: spectral.coloured(plain[:n], _CERTAIN, rng),
    "floor": lambda plain, n, rng: spectral.floored(plain[:n], _CERTAIN, rng),
    "mask": lambda plain, n, rng: spectral.masked(plain[:n], _CERTAIN, rng),
}
_TOLD: dict[str, Callable[[Levels, np.random.Generator], str]] = {
    "stretch": lambda _, rng: f"{spectral.drawn_pace(_CERTAIN, rng):.2f} times as fast",
    "shift": lambda _, rng: f"{spectral.drawn_shift(_CERTAIN, rng):+.1f} bands",
    "colour": lambda _, rng: f"tilt {spectral.drawn_tilt(_CERTAIN, rng):+.1f} dB, ripple",
    "floor": lambda _, rng: f"{spectral.drawn_floor(_CERTAIN, rng):.0f} dB below the top",
    "mask": lambda window, rng: _masks_told(spectral.drawn_masks(window.shape, _CERTAIN, rng)),
    "reverb": lambda _, rng: _told(surroundings.drawn_reverb(_CERTAIN, rng)),
    "noise": lambda _, rng: _told(surroundings.drawn_noise(_CERTAIN, rng)),
    "band_limit": lambda _, rng: _told(surroundings.drawn_band(_CERTAIN, rng)),
    "agc": lambda _, rng: _told(surroundings.drawn_agc(_CERTAIN, rng)),
}


def _told(drawn: Setting | None) -> str:
    return drawn.told if drawn else ""


def _masks_told(masks: Sequence[spectral.Mask]) -> str:
    return ", ".join(f"{mask.width} {('frames', 'bands')[mask.axis]}" for mask in masks)


def _grid(pictures: Sequence[Picture], excerpt: Excerpt, spec: FeatureSpec) -> Any:
    rows = -(-len(pictures) // _COLUMNS)
    drawn = figure(12.0, 1.75 * rows + 0.6)
    drawn.suptitle(
        f"{excerpt.name}, from {excerpt.start_s:g} s: plain, and after each change",
        x=0.01,
        ha="left",
    )
    cells = drawn.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False)
    top = float(pictures[0].levels_db.max())
    frame_s = spec.hop_length / spec.sample_rate
    for picture, axes in zip(pictures, cells.flat, strict=False):
        image = axes.imshow(
            picture.levels_db.T,
            aspect="auto",
            origin="lower",
            cmap=LEVELS_MAP,
            vmin=top - DEPTH_DB,
            vmax=top,
            extent=(0, len(pictures[0].levels_db) * frame_s, 0, spec.n_mels),
        )
        axes.set_title(picture.title)
        axes.set_title(picture.told, loc="right", fontweight="normal", fontsize=8)
    for axes in cells.flat[len(pictures) :]:
        axes.set_visible(False)
    for axes in cells[-1]:
        axes.set_xlabel("time (s)")
    for axes in cells[:, 0]:
        axes.set_ylabel("mel band")
    drawn.colorbar(image, ax=cells, label="dB", aspect=40, pad=0.01, fraction=0.03)
    return drawn
