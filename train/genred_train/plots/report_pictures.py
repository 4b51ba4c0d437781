"""Pictures of an evaluation, drawn as SVG that stands in a page and takes the page's ink.

Ink becomes `currentColor` and the ground stays open, so that they can be read in light and dark.
"""

import io
import re
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
from matplotlib.patches import Rectangle
from msgspec import UNSET

from genred.model.metadata import Figure
from genred_train.evaluation.calibration import Bin
from genred_train.evaluation.clips import Report
from genred_train.evaluation.genres import GenreFigures
from genred_train.evaluation.several import LabelFigures
from genred_train.plots.style import ACCENT, FAINT, INK, SECOND, SERIES, figure, styled

_STRONGEST = 0.75
"""opacity of a cell that holds its whole row: words on it can still be read"""
_DASHES = ("-", "--", ":", "-.")

Picture = Callable[[], Any]
"""draws a matplotlib figure; called inside `styled`"""


def pictures(report: Report) -> dict[str, Picture]:
    """Return what there is to draw, by name."""
    found: dict[str, Picture] = {
        "genres": lambda: genres(report.genres),
        "confusion": lambda: confusion(report.labels, report.confusion),
        "calibration": lambda: calibration(report.calibration),
    }
    if report.several is not UNSET:
        labels = report.several.labels
        if any(label.roc is not UNSET for label in labels.values()):
            found["roc"] = lambda: roc(labels)
    return found


def inline_svg(name: str, picture: Picture) -> str:
    """Draw for a page: no prolog, no date, no id that another picture on the page has."""
    with styled(), mpl.rc_context({"svg.fonttype": "none"}):
        file = io.StringIO()
        picture().savefig(file, format="svg", transparent=True, metadata={"Date": None})
    text = file.getvalue()
    text = text[text.index("<svg ") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", text)
    text = text.replace("'DejaVu Sans'", "'DejaVu Sans', sans-serif").replace(INK, "currentColor")
    return text.replace("<svg ", f'<svg role="img" aria-label="{name}" ', 1)


def genres(found: dict[str, GenreFigures]) -> Any:
    """Draw recall and precision of each genre as bars with their 95 % intervals."""
    names = list(found)
    drawn = figure(7, 1.1 + 0.42 * len(names))
    axes = drawn.subplots()
    shown = (("recall", ACCENT, -0.19), ("precision", SECOND, 0.19))
    for name, colour, beside in shown:
        for row, genre in enumerate(names):
            share = getattr(found[genre], name)
            if share is not UNSET:
                _bar(axes, row + beside, share, colour, name if row == 0 else None)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set(xlim=(0, 100), xlabel="per cent of tracks, with 95 % intervals")
    _quiet_grid(axes, "x")
    drawn.legend(*_handles(shown), loc="outside upper right", ncols=2, frameon=False)
    return drawn


def _handles(shown: Any) -> tuple[list[Any], list[str]]:
    patches = [Rectangle((0, 0), 1, 1, color=colour, alpha=0.7) for _, colour, _ in shown]
    return patches, [name for name, _, _ in shown]


def _bar(axes: Any, place: float, share: Figure, colour: str, label: str | None) -> None:
    value, low, high = (100 * part for part in (share.value, share.low, share.high))
    axes.barh(place, value, 0.36, color=colour, alpha=0.7, label=label)
    axes.plot([low, high], [place, place], color=INK, linewidth=1.1, solid_capstyle="butt")


def confusion(labels: list[str], counts: list[list[int]]) -> Any:
    """Draw the matrix: a cell is as strong as its share of the row, and says its count."""
    n = len(labels)
    side = max(3.2, 1.4 + 0.46 * n)
    drawn = figure(side + 0.6, side)
    axes = drawn.subplots()
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            _cell(axes, row, column, count, sum(line))
    axes.set_xticks(range(n), labels, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(n), labels)
    axes.tick_params(length=0)
    axes.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5), aspect="equal")
    axes.set(xlabel="what was said", ylabel="what it is")
    axes.spines[:].set_visible(False)
    return drawn


def _cell(axes: Any, row: int, column: int, count: int, all_of_row: int) -> None:
    share = count / all_of_row if all_of_row else 0.0
    colour = ACCENT if row == column else SECOND
    corner = (column - 0.48, row - 0.48)
    frame = Rectangle(corner, 0.96, 0.96, facecolor=FAINT, alpha=0.12, linewidth=0)
    axes.add_patch(frame)
    if count:
        fill = {"facecolor": colour, "alpha": _STRONGEST * share, "linewidth": 0}
        axes.add_patch(Rectangle(corner, 0.96, 0.96, **fill))
        axes.text(column, row, str(count), ha="center", va="center", fontsize=8)


def calibration(curve: list[Bin]) -> Any:
    """Draw how often claims are right, beside the line where they would be as often as claimed."""
    drawn = figure(5, 4.6)
    above, below = drawn.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    above.plot([0, 100], [0, 100], color=FAINT, linestyle="--", label="as often as claimed")
    claimed = [100 * bin_.claimed for bin_ in curve]
    above.plot(
        claimed, [100 * bin_.right for bin_ in curve], "o-", color=ACCENT, label="windows",
        markersize=4,
    )  # fmt: skip
    above.set(xlim=(0, 100), ylim=(0, 100), ylabel="right (%)")
    above.legend(loc="upper left", frameon=False)
    all_of_them = max(1, sum(bin_.count for bin_ in curve))
    shares = [100 * bin_.count / all_of_them for bin_ in curve]
    below.bar(claimed, shares, width=3, color=ACCENT, alpha=0.7)
    below.set(xlabel="probability of the most probable label (%)", ylabel="windows (%)")
    for axes in (above, below):
        _quiet_grid(axes, "both")
    return drawn


def roc(labels: dict[str, LabelFigures]) -> Any:
    """Draw each label's curve; the best area comes first."""
    drawn = figure(7, 4.6)
    axes = drawn.subplots()
    axes.plot([0, 100], [0, 100], color=FAINT, linewidth=0.8, linestyle="--")
    known = [
        (found.auc, name, found.roc)
        for name, found in labels.items()
        if found.roc is not UNSET and found.auc is not UNSET
    ]
    for number, (area, name, curve) in enumerate(sorted(known, key=lambda one: -one[0])):
        axes.step(
            [100 * share for share in curve.false_positive],
            [100 * share for share in curve.true_positive],
            where="post",
            color=SERIES[number % len(SERIES)],
            linestyle=_DASHES[number // len(SERIES) % len(_DASHES)],
            label=f"{name} ({area:.2f})",
        )
    axes.set(xlim=(-1, 100), ylim=(0, 101), aspect="equal")
    axes.set(xlabel="of other tracks, said to be of it (%)", ylabel="of its tracks, found (%)")
    _quiet_grid(axes, "both")
    drawn.legend(loc="outside right upper", frameon=False, title="area under the curve")
    return drawn


def _quiet_grid(axes: Any, along: str) -> None:
    axes.grid(axis=along, color=FAINT, alpha=0.3, linewidth=0.6)
    axes.set_axisbelow(True)
