"""A report as a terminal shows it."""

from msgspec import UNSET, UnsetType
from rich.console import Console
from rich.table import Table

from genred.model.metadata import Figure
from genred_train.cli import rejecting
from genred_train.evaluation.clips import Report, calibration
from genred_train.evaluation.streams import LiveFigures, against_chance

_NAMED = 5
"""files that are named before the rest is counted"""


def show(found: Report) -> None:
    """Print the figures and a table of all genres."""
    out = Console(highlight=False, markup=False)
    out.print(f"{found.model} on {found.data}", soft_wrap=True)
    for doubt in found.doubts:
        out.print(f"  warning: {doubt}", soft_wrap=True)
    out.print(f"  by track   {found.track_accuracy}")
    if found.top2_accuracy is not UNSET:
        out.print(f"  among two  {found.top2_accuracy}")
    out.print(f"  by window  {found.window_accuracy}")
    out.print(f"  macro F1   {found.macro_f1}")
    out.print(f"  expected calibration error of windows {calibration(found)}")
    for line in [*_notes(found), *_several(found), *_float(found), *rejecting.lines(found)]:
        out.print(f"  {line}", soft_wrap=True)
    for played in found.streams or []:
        out.print(f"  {live(played)}", soft_wrap=True)
    out.print(_confusion(found))


def _notes(found: Report) -> list[str]:
    """Say what is no error of the model's making, or no figure of these clips."""
    lines = [
        f"{genre}: {clips} clips, no label of the model fits: errors, all of them"
        for genre, clips in found.not_in_model.items()
    ]
    if found.too_short:
        lines.append(
            f"{len(found.too_short)} clips are shorter than a window; their frames were repeated "
            f"to fill one, as the daemon does: {_named(found.too_short)}"
        )
    if found.unreadable:
        lines.append(f"{len(found.unreadable)} clips were left out of every figure:")
        lines += [f"  {name}: {why}" for name, why in found.unreadable.items()]
    return lines


def _named(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _several(found: Report) -> list[str]:
    several = found.several
    if several is UNSET:
        return []
    lines = [f"mean average precision {several.mean_average_precision}"]
    if several.mean_auc is not UNSET:
        lines.append(f"mean area under the ROC curve {several.mean_auc:.3f}")
    if several.example_accuracy is not UNSET:
        lines.append(f"labels in common, by track {several.example_accuracy}")
        lines.append(f"exactly the right labels   {several.exact_match}")
        lines.append(f"F1 at the thresholds: macro {several.macro_f1:.3f}")
    return lines


def _float(found: Report) -> list[str]:
    exact = found.against_float
    if exact is UNSET:
        return []
    return [
        f"float network {exact.network}",
        f"  by track   {exact.track_accuracy}",
        f"  by window  {exact.window_accuracy}",
        f"  the same label in {exact.same_label:.1%} of windows",
        f"  file minus float: {_points(exact.track_difference)} of tracks",
        f"                    {_points(exact.window_difference)} of windows",
    ]


def _points(difference: Figure) -> str:
    return str(difference).replace(" %", " points")


def live(live: LiveFigures) -> str:
    """Return live figures in a line; what never came is said so, in words."""
    said = [
        f"{live.through}, {live.joined_by}: {_noticed(live)}",
        _right(live),
        f"{live.false_changes_per_hour:.1f} false changes an hour",
    ]
    if live.starts:
        said.append(f"first label {_after(live.first_label_median_s)}")
    if live.confidence_error is not UNSET:
        said.append(f"calibration error of the confidence {against_chance(live)}")
    if live.silences:
        told, left = live.silence_told_median_s, live.silence_left_median_s
        said.append(f"silence told {_after(told)}, left {_after(left)}")
    return "; ".join(said)


def _noticed(live: LiveFigures) -> str:
    if live.noticed_median_s is UNSET or live.noticed_p95_s is UNSET:
        return "change never noticed"
    return (
        f"change noticed in {live.noticed_share:.0%}, median {live.noticed_median_s:.1f} s, "
        f"95 % within {live.noticed_p95_s:.1f} s"
    )


def _right(live: LiveFigures) -> str:
    if live.right_share is UNSET:
        return "no piece lasts long enough to be right"
    if live.common_share is UNSET:
        return f"right {live.right_share:.1%} of the time"
    return (
        f"exactly the right labels {live.right_share:.1%} of the time "
        f"({live.common_share:.1%} in common)"
    )


def _after(delay_s: float | UnsetType) -> str:
    return "never" if delay_s is UNSET else f"after {delay_s:.1f} s"


def _confusion(found: Report) -> Table:
    title = "tracks: rows are what they are, columns what was said"
    table = Table(title=title, box=None, padding=(0, 1, 0, 0))
    table.add_column()
    for label in found.labels:
        table.add_column(label[:4], justify="right")
    for name in ("recall", "precision", "F1"):
        table.add_column(name, justify="right")
    for label, row in zip(found.labels, found.confusion, strict=True):
        if label in found.genres:
            counts = [str(count) if count else "·" for count in row]
            own = found.genres[label]
            precision = "" if own.precision is UNSET else f"{own.precision.value:.0%}"
            table.add_row(
                label, *counts, f"{own.recall.value:.0%}", precision, f"{own.f1.value:.2f}"
            )
    return table
