"""A picture of a collection: clips of each genre, and how long they are."""

from pathlib import Path
from typing import Any

import numpy as np

from genred_train.collection.survey import Survey
from genred_train.plots.style import ACCENT, SECOND, figure, save, styled

_ROW_IN = 0.25
_LENGTH_BINS = 30


def draw_collection(survey: Survey, path: Path) -> None:
    """Draw bars of clips per genre beside a histogram of lengths, as PNG or SVG.

    Raises GenredError where it can't be written.
    """
    with styled():
        drawn = figure(9, 1.6 + _ROW_IN * max(6, len(survey.genres)))
        drawn.suptitle(_plain(survey.name))
        bars, lengths = drawn.subplots(1, 2)
        _draw_genres(bars, survey)
        _draw_lengths(lengths, np.array([clip.length_s for clip in survey.heard]))
        save(drawn, path)


def _draw_genres(axes: Any, survey: Survey) -> None:
    names = [_plain(genre) for genre in survey.genres]
    bars = axes.barh(range(len(names)), survey.targets.sum(axis=0), color=ACCENT)
    axes.set_yticks(range(len(names)), names)
    axes.bar_label(bars, padding=3)
    axes.margins(x=0.12)
    axes.invert_yaxis()
    axes.set_xlabel("clips")


def _draw_lengths(axes: Any, lengths_s: Any) -> None:
    # From 0, so that clips of one length are one bar and not a spread of rounding.
    longest_s = max(1.0, float(lengths_s.max()) * 1.05)
    axes.hist(lengths_s, bins=_LENGTH_BINS, range=(0.0, longest_s), color=SECOND)
    axes.set_xlim(0.0, longest_s)
    axes.set_xlabel("length in s")
    axes.set_ylabel("clips")


def _plain(name: str) -> str:
    """Return a name in which a dollar begins no formula."""
    return name.replace("$", r"\$")
