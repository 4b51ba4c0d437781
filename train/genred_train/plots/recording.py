"""A recording in up to seven pictures, one below the other."""

import difflib
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genred.errors import UsageError
from genred.pipeline import Model
from genred_train.plots import panels, spectra
from genred_train.plots.excerpt import Excerpt
from genred_train.plots.heard import hear
from genred_train.plots.style import figure

_WIDTH_IN = 10.0


class Subject:
    """What is drawn; what several pictures show is computed once, and only if one shows it."""

    def __init__(self, excerpt: Excerpt, model: Model) -> None:
        self.excerpt, self.model = excerpt, model

    @cached_property
    def power(self) -> NDArray[np.float32]:
        """Of the short-time Fourier transform."""
        return spectra.power(self.excerpt)

    @cached_property
    def magnitude(self) -> NDArray[np.float32]:
        """Of the constant-Q transform."""
        return spectra.constant_q(self.excerpt)


Panel = Callable[[Any, Subject], Any]

_PANELS: dict[str, tuple[float, str, Panel]] = {
    "waveform": (1.1, "", lambda at, of: panels.waveform(at, of.excerpt)),
    "spectrum": (1.6, "", lambda at, of: panels.spectrum(at, of.excerpt, of.power)),
    "spectrogram": (1.7, "dBFS", lambda at, of: panels.spectrogram(at, of.excerpt, of.power)),
    "logspectrogram": (
        1.9, "dB", lambda at, of: panels.log_spectrogram(at, of.excerpt, of.magnitude)
    ),
    "chromagram": (
        1.6, "share", lambda at, of: panels.chromagram(at, of.excerpt, of.magnitude)
    ),
    "mfcc": (
        1.6, "dB", lambda at, of: panels.mfcc(at, of.excerpt, of.model.metadata.features)
    ),
    "probabilities": (
        2.4, "probability",
        lambda at, of: panels.probabilities(at, of.excerpt, hear(of.excerpt, of.model)),
    ),
}  # fmt: skip
"""height in inches, what the colour bar tells, how it is drawn"""

PICTURES: tuple[str, ...] = tuple(_PANELS)


def chosen_pictures(named: str | None) -> list[str]:
    """Take `waveform,mfcc` apart; all where none is named. Raises UsageError for what is none."""
    names = [name.strip() for name in named.split(",")] if named else list(PICTURES)
    for name in names:
        if name not in PICTURES:
            near = difflib.get_close_matches(name, PICTURES, 1, 0.5)
            meant = f'; did you mean "{near[0]}"?' if near else ";"
            raise UsageError(f'--only: no picture "{name}"{meant} there are {", ".join(PICTURES)}')
    return [name for name in PICTURES if name in names]


def plot_recording(excerpt: Excerpt, model: Model, chosen: Sequence[str] = PICTURES) -> Any:
    """Draw the pictures that are chosen, in that order; call it inside `styled`."""
    heights = [_PANELS[name][0] for name in chosen]
    drawn = figure(_WIDTH_IN, sum(heights) + 0.4 * len(heights) + 0.6)
    drawn.suptitle(_title(excerpt, model, chosen), x=0.01, ha="left")
    rows = drawn.subplots(len(chosen), 1, squeeze=False, height_ratios=heights)[:, 0]
    subject = Subject(excerpt, model)
    for name, axes in zip(chosen, rows, strict=True):
        _, told, draw = _PANELS[name]
        image = draw(axes, subject)
        if image is not None:
            drawn.colorbar(image, ax=axes, label=told, pad=0.01, aspect=12, fraction=0.05)
        if name != "spectrum":
            axes.set(xlim=(excerpt.start_s, excerpt.end_s))
    timed = [axes for name, axes in zip(chosen, rows, strict=True) if name != "spectrum"]
    for axes in timed[-1:]:
        axes.set(xlabel="time (s)")
    return drawn


def _title(excerpt: Excerpt, model: Model, chosen: Sequence[str]) -> str:
    about = model.metadata
    return excerpt.name + (
        f", heard by {about.name} {about.version}" if "probabilities" in chosen else ""
    )
