"""Results of a grid side by side: a row a contender, a mark and its interval a split."""

from collections.abc import Sequence
from pathlib import Path

from genred_train.comparison.results import Result
from genred_train.plots.style import SERIES, figure, save, styled

_ROW_IN = 0.32


def draw_comparison(results: Sequence[Result], path: Path) -> None:
    """Draw shares of right windows; raises GenredError where it can't be written."""
    rows = list(dict.fromkeys(result.trial.row for result in results))
    columns = list(dict.fromkeys(result.trial.column for result in results))
    with styled():
        drawn = figure(8, 1.2 + _ROW_IN * len(rows))
        axes = drawn.subplots()
        for number, column in enumerate(columns):
            shown = [result for result in results if result.trial.column == column]
            middle = (number - (len(columns) - 1) / 2) * 0.2
            axes.errorbar(
                [100 * result.window.value for result in shown],
                [rows.index(result.trial.row) + middle for result in shown],
                xerr=[
                    [100 * (result.window.value - result.window.low) for result in shown],
                    [100 * (result.window.high - result.window.value) for result in shown],
                ],
                fmt="o",
                markersize=4,
                color=SERIES[number % len(SERIES)],
                label=column,
            )
        axes.set_yticks(range(len(rows)), rows)
        axes.invert_yaxis()
        axes.set_xlabel("windows that are right, per cent, with 95 % intervals")
        axes.grid(axis="x", alpha=0.3)
        drawn.legend(loc="outside upper right", ncols=len(columns), frameon=False)
        save(drawn, path)
