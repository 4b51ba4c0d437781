"""The seven pictures of a recording, each drawn into axes that are handed in."""

from typing import Any

import numpy as np
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from genred.events import NOT_MUSIC, SILENCE, UNKNOWN
from genred.features.spec import FeatureSpec
from genred_train.plots import spectra
from genred_train.plots.excerpt import Excerpt
from genred_train.plots.heard import Heard
from genred_train.plots.style import ACCENT, FILLS, LEVELS_MAP, QUIET_FILL, SHARES_MAP, SIGNED_MAP

_NOTES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
_SHOWN_MFCC = 40
_NARROWEST = 0.06
"""share of the picture's width that a word needs"""


def waveform(axes: Any, excerpt: Excerpt) -> None:
    """Draw what the samples cover."""
    found = spectra.envelope(excerpt.samples)
    time_s = np.linspace(excerpt.start_s, excerpt.end_s, found.low.size)
    axes.fill_between(time_s, found.low, found.high, color=ACCENT, linewidth=0.3)
    most = max(float(np.abs(excerpt.samples).max()), 1e-3) * 1.05
    axes.set(title="Waveform", ylabel="amplitude\n(full scale 1)", ylim=(-most, most))


def spectrum(axes: Any, excerpt: Excerpt, power: NDArray[np.float32]) -> None:
    """Draw the mean power of each frequency."""
    hz = np.fft.rfftfreq(spectra.N_FFT, 1 / excerpt.sample_rate)
    level_db = spectra.decibels(power.mean(axis=1))
    axes.plot(hz[1:], level_db[1:], color=ACCENT)
    axes.set_xscale("log")
    _hz_ticks(axes.xaxis, excerpt.sample_rate)
    top = float(level_db.max())
    axes.set(
        title="Spectrum, mean of all frames",
        xlabel="frequency (Hz)",
        ylabel="level (dBFS)",
        xlim=(20, excerpt.sample_rate / 2),
        ylim=(max(float(np.quantile(level_db[1:], 0.05)), top - 100) - 6, top + 3),
    )
    axes.grid(visible=True, color="#eeeeee", linewidth=0.8)
    axes.set_axisbelow(True)


def spectrogram(axes: Any, excerpt: Excerpt, power: NDArray[np.float32]) -> Any:
    """Draw power over time and frequency; returns what a colour bar tells."""
    image = _levels(axes, spectra.decibels(power), excerpt, (0, excerpt.sample_rate / 2))
    axes.set(title="Spectrogram", ylabel="frequency (Hz)")
    return image


def log_spectrogram(axes: Any, excerpt: Excerpt, magnitude: NDArray[np.float32]) -> Any:
    """Draw the constant-Q transform: an octave is as high everywhere."""
    octaves = magnitude.shape[0] // spectra.BINS_PER_OCTAVE
    image = _levels(axes, spectra.decibels(np.square(magnitude)), excerpt, (0, octaves))
    names = [f"{spectra.LOWEST_HZ * 2**octave:.0f}" for octave in range(octaves + 1)]
    axes.set_yticks(range(octaves + 1), names)
    axes.set(title="Log-frequency spectrogram (constant Q)", ylabel="frequency (Hz)")
    return image


def chromagram(axes: Any, excerpt: Excerpt, magnitude: NDArray[np.float32]) -> Any:
    """Draw how strong each pitch class is."""
    found = spectra.chroma(magnitude, excerpt.sample_rate)
    image = _image(axes, found, excerpt, (-0.5, 11.5), SHARES_MAP, (0, 1))
    naturals = [number for number, name in enumerate(_NOTES) if len(name) == 1]
    axes.set_yticks(naturals, [_NOTES[number] for number in naturals])
    axes.set(title="Chromagram", ylabel="pitch class")
    return image


def mfcc(axes: Any, excerpt: Excerpt, spec: FeatureSpec) -> Any:
    """Draw how the daemon's coefficients move, from 1 on: 0 is the level."""
    rows = spectra.mfcc(excerpt, spec)[1:_SHOWN_MFCC]
    # Coefficient 1 stands at some hundred dB where 30 stands at ten: each about its own mean.
    shown = rows - rows.mean(axis=1, keepdims=True)
    most = max(float(np.quantile(np.abs(shown), 0.98)), 1.0) if shown.size else 1.0
    image = _image(axes, shown, excerpt, (0.5, len(shown) + 0.5), SIGNED_MAP, (-most, most))
    axes.set(title=f"MFCC 1 to {len(shown)}, each about its mean", ylabel="coefficient")
    return image


def probabilities(axes: Any, excerpt: Excerpt, heard: Heard) -> Any:
    """Draw each window's probabilities, and above them what the daemon announces."""
    start_s = excerpt.start_s + heard.first_s
    end_s = start_s + heard.windows.shape[1] * heard.interval_s
    labels = len(heard.labels)
    image = axes.imshow(
        heard.windows,
        aspect="auto",
        interpolation="nearest",
        cmap=SHARES_MAP,
        vmin=0,
        vmax=1,
        extent=(start_s, end_s, labels - 0.5, -0.5),
    )
    for segment in heard.announced:
        _strip(axes, excerpt, segment.start, segment.end, segment.genre, heard.labels)
    axes.set_yticks(range(-1, labels), ["announced", *heard.labels])
    axes.tick_params(axis="y", length=0)
    axes.set(title="Probabilities of each window, and what is announced", ylim=(labels - 0.5, -1.6))
    return image


def _strip(
    axes: Any, excerpt: Excerpt, start_s: float, end_s: float, genre: str, labels: list[str]
) -> None:
    quiet = genre in (SILENCE, UNKNOWN, NOT_MUSIC)
    fill = QUIET_FILL if quiet else FILLS[labels.index(genre) % len(FILLS)]
    place = (excerpt.start_s + start_s, -1.5)
    axes.add_patch(Rectangle(place, end_s - start_s, 0.9, facecolor=fill, edgecolor="white"))
    if end_s - start_s > _NARROWEST * excerpt.length_s:
        middle_s = excerpt.start_s + (start_s + end_s) / 2
        axes.text(middle_s, -1.05, genre, ha="center", va="center", fontsize=8)


def _levels(
    axes: Any, levels_db: NDArray[np.float32], excerpt: Excerpt, span: tuple[float, float]
) -> Any:
    top = float(levels_db.max())
    return _image(axes, levels_db, excerpt, span, LEVELS_MAP, (top - spectra.DEPTH_DB, top))


def _image(
    axes: Any,
    values: NDArray[np.float32],
    excerpt: Excerpt,
    span: tuple[float, float],
    colours: str,
    limits: tuple[float, float],
) -> Any:
    return axes.imshow(
        values,
        aspect="auto",
        origin="lower",
        cmap=colours,
        vmin=limits[0],
        vmax=limits[1],
        extent=(excerpt.start_s, excerpt.end_s, *span),
    )


def _hz_ticks(axis: Any, sample_rate: int) -> None:
    hz = [hz for hz in (20, 50, 100, 200, 500, 1000, 2000, 5000, 10000) if hz < sample_rate / 2]
    axis.set_ticks(hz, [f"{value}" for value in hz])
    axis.set_ticks([], minor=True)
