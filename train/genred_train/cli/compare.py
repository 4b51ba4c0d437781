"""`genred-train compare`: a grid of trials from one file, resumable, to a table and a picture."""

import contextlib
import sys
import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import track

from genred.features.spec import FeatureSpec
from genred_train.cli import provenance
from genred_train.cli.beginning import check_refit
from genred_train.cli.checks import need_tensorflow, wake_tensorflow
from genred_train.collection.load import load_clips
from genred_train.comparison.grid import load_grid, trials
from genred_train.evaluation.whole_files import write_whole
from genred_train.features.ranges import audio_files

_INTERRUPTED = 130


def compare(
    grid: Annotated[Path, typer.Argument(help="TOML file; examples/grids has some.")],
    data: Annotated[Path, typer.Option(help="Folder that the grid's paths lie in.")],
    out: Annotated[Path, typer.Option(help="Folder of results; what is there is kept.")],
    json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Fit and score every trial of GRID; writes table.md and chart.svg to OUT as it goes on."""
    need_tensorflow()
    asked = load_grid(grid)
    listed = trials(asked)
    spec = FeatureSpec()
    train, valid = (load_clips(data / path, spec) for path in (asked.data.train, asked.data.valid))
    audio = audio_files([data / path for path in asked.data.audio])

    for trial in listed:
        if trial.options.refit_head and trial.baseline is None:
            check_refit(train, trial.options.head or "softmax", fits_labels=True)

    wake_tensorflow()
    # Imported late: TensorFlow, scikit-learn and matplotlib take seconds.
    from genred_train.comparison.contest import Contest  # noqa: PLC0415
    from genred_train.comparison.table import table  # noqa: PLC0415
    from genred_train.plots.comparison import draw_comparison  # noqa: PLC0415

    contest = Contest(train, valid, audio, out, time.monotonic)
    results, text = [], ""
    console = Console(stderr=True, highlight=False, markup=False)
    try:
        for trial in track(listed, description="trials", console=console):
            # What a fit says of its epochs is no result.
            with contextlib.redirect_stdout(sys.stderr):
                result = contest.result(trial)
            told = f"{trial.row}, {trial.column}: tracks {result.track}, windows {result.window}"
            console.print(told, soft_wrap=True)
            results.append(result)
            text = table(asked, results, provenance.command())
            write_whole({out / "table.md": text.encode()})
        draw_comparison(results, out / "chart.svg")
    except KeyboardInterrupt:
        done = f"{len(results)} of {len(listed)} trials are done"
        print(f"\ngenred-train: stopped; {done}, the same command goes on", file=sys.stderr)
        raise typer.Exit(_INTERRUPTED) from None
    if json:
        print(msgspec.json.encode(results).decode())
    else:
        print(text)
