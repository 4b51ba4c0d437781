"""Results as a table in Markdown: a row a contender, a column a split."""

from collections.abc import Sequence

from genred.model.metadata import Figure
from genred_train.comparison.grid import Grid
from genred_train.comparison.results import Result


def table(grid: Grid, results: Sequence[Result], command: str) -> str:
    """Write title, command, figures by window and by track with their intervals."""
    rows = list(dict.fromkeys(result.trial.row for result in results))
    columns = list(dict.fromkeys(result.trial.column for result in results))
    cells = {(result.trial.row, result.trial.column): result for result in results}
    theirs = grid.theirs.figures if grid.theirs else {}
    heads = ["", "parameters", *(["theirs"] if theirs else [])]
    heads += [f"{column}: {unit}" for column in columns for unit in ("windows", "tracks")]
    lines = [_line(heads), _line(["---"] * len(heads))]
    for row in rows:
        found = [cells.get((row, column)) for column in columns]
        known = next(result for result in found if result)
        parameters = "" if known.parameters is None else f"{known.parameters:,}"
        told = [f"{theirs[row]:.1f}" if row in theirs else ""] if theirs else []
        lines.append(_line([row, parameters, *told, *(c for r in found for c in _cells(r))]))
    taken_s = sum(result.taken_s for result in results)
    parts = [
        f"# {grid.title}",
        (
            "Per cent, with 95 % intervals (bootstrap over tracks; Wilson's where all draws "
            f"agree). Made by `{command}`; {len(results)} trials, {taken_s / 60:.0f} minutes."
        ),
        "\n".join(lines),
    ]
    if any(result.trial.baseline is None for result in results):
        parts.insert(2, _CHOSEN)
    if grid.theirs:
        parts.append(f"Theirs: {grid.theirs.source}.")
    return "\n\n".join(parts) + "\n"


_CHOSEN = (
    "A network's best epoch is chosen on the part that is scored, so its figures flatter it beside "
    "those of baselines, which choose nothing there."
)


def _cells(result: Result | None) -> list[str]:
    return ["", ""] if result is None else [_told(result.window), _told(result.track)]


def _told(figure: Figure) -> str:
    value, low, high = (100 * share for share in (figure.value, figure.low, figure.high))
    return f"{value:.1f} ({low:.0f} to {high:.0f})"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
