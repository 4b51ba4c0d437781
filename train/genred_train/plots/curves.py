"""A run's curves: loss, and right answers in fitting and in validation, by epoch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from genred_train.plots.style import figure, save, styled


def draw_curves(lines: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw the lines of `epochs.jsonl`; raises GenredError where it can't be written."""
    with styled():
        drawn = figure(7, 2.8)
        loss, right = drawn.subplots(1, 2)
        _series(loss, lines, {"loss": "loss"})
        _series(right, lines, {"accuracy": "fitted on (spoilt windows)", "valid": "validation"})
        loss.set_ylabel("loss")
        right.set_ylabel("share right")
        right.legend(frameon=False)
        save(drawn, path)


def _series(axes: Any, lines: Sequence[dict[str, Any]], names: dict[str, str]) -> None:
    for name, title in names.items():
        points = [(line["epoch"], line[name]) for line in lines if name in line]
        if points:
            axes.plot(*zip(*points, strict=True), label=title)
    axes.set_xlabel("epoch")
