"""Groups found without labels, beside the labels: a map of the clips, a table of the counts."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from genred_train.baselines.groups import Groups
from genred_train.plots.style import INK, SHARES_MAP, figure, save, styled

MARKERS = "osD^v<>PX*phd"
_COLOURS = mpl.colormaps["tab20"].colors


def draw_groups(found: Groups, path: Path) -> None:
    """Write the picture, .png or .svg; raises GenredError where it can't be written."""
    with styled():
        save(picture(found), path)


def picture(found: Groups) -> Any:
    """Draw clips by their two principal components, and the heat map of groups and genres."""
    drawn = figure(12, 5)
    points, table = drawn.subplots(1, 2)
    _draw_points(points, found)
    _draw_table(table, found)
    drawn.suptitle(
        f"{found.k} groups by {found.method}: purity {found.purity:.2f}, "
        f"adjusted Rand index {found.adjusted_rand:.2f}, "
        f"normalised mutual information {found.normalised_mutual_information:.2f}"
    )
    return drawn


def _draw_points(axes: Any, found: Groups) -> None:
    places, labels, groups = (np.array(x) for x in (found.points, found.labels, found.assigned))
    for label, genre in enumerate(found.genres):
        look = {"s": 16, "color": _colour(label), "linewidths": 0}
        # A marker for each group, but the legend names the colours once.
        for group in range(found.k):
            chosen = (labels == label) & (groups == group)
            axes.scatter(*places[chosen].T, marker=MARKERS[group % len(MARKERS)], **look)
        axes.scatter([], [], label=genre, **look)
    axes.set(xlabel="first principal component", ylabel="second")
    axes.set_title("Clips: colour is the genre, marker the group")
    axes.legend(fontsize="small", ncols=2)


def _colour(label: int) -> Any:
    """Ten strong colours, then the light ones of the same."""
    return _COLOURS[(2 * label + label // 10) % len(_COLOURS)]


def _draw_table(axes: Any, found: Groups) -> None:
    counts = np.array(found.table)
    axes.imshow(counts, aspect="auto", cmap=SHARES_MAP)
    for (group, genre), count in np.ndenumerate(counts):
        if count:
            shade = "white" if count > counts.max() / 2 else INK
            axes.text(genre, group, str(count), ha="center", va="center", color=shade)
    axes.set_xticks(range(len(found.genres)), found.genres, rotation=45, ha="right")
    axes.set_yticks(range(found.k), [f"group {group}" for group in range(found.k)])
    axes.set_title("Clips of each group and genre")
