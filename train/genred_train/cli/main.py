"""The `genred-train` program. TensorFlow is imported by the commands that need it, not before."""

import sys

import typer

from genred.cli.run import run_app
from genred_train.cli import (
    baseline,
    compare,
    describe,
    ensemble,
    evaluate,
    export,
    fit,
    models,
    plot,
    prepare,
    pretrain,
    reject,
    teach,
)

app = typer.Typer(
    name="genred-train",
    help="Makes and measures models for genred.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(describe.describe)
app.command()(prepare.prepare)
app.command()(pretrain.pretrain)
app.command()(fit.fit)
app.command()(ensemble.ensemble)
app.command()(evaluate.evaluate)
app.command()(baseline.baseline)
app.command()(compare.compare)
app.command()(export.export)
app.command()(reject.reject)
app.command()(models.models)
app.command()(teach.teach_targets)
app.add_typer(plot.app, name="plot")


@app.callback()
def options(
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
) -> None:
    """Make and measure models for genred."""


def run() -> None:
    """Run the program and exit: 0 done, 1 failed, 2 wrong use, 130 interrupted."""
    sys.exit(run_app(app, "genred-train"))
