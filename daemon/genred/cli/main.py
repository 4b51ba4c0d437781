"""The `genred` program: its commands, and how each of them ends."""

import sys
from typing import Annotated

import typer

from genred import __version__
from genred.cli import (
    classify,
    config,
    control,
    devices,
    doctor,
    hub,
    keys,
    listen,
    model,
    replay,
    run_live,
    schema,
    service,
    taught,
    teach,
)
from genred.cli.run import run_app

app = typer.Typer(
    name="genred",
    help="Hears music and says, live, what genre it is.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(run_live.run)
app.command()(classify.classify)
app.command()(replay.replay)
app.command()(teach.teach)
app.add_typer(taught.app, name="taught")
app.command()(listen.listen)
app.command()(hub.hub)
app.add_typer(keys.app, name="keys")
app.command()(control.status)
app.command()(control.snapshot)
app.command()(control.pause)
app.command()(control.resume)
app.command("set")(control.set_values)
app.command()(control.reload)
app.command()(devices.devices)
app.command()(doctor.doctor)
app.command()(schema.schema)
app.add_typer(model.app, name="model")
app.add_typer(config.app, name="config")
app.add_typer(service.app, name="service")


def _show_version(asked: bool) -> None:
    if asked:
        print(f"genred {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say which.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Hears music and says, live, what genre it is."""


def run() -> None:
    """Run the program and exit: 0 done, 1 failed, 2 wrong use, 130 interrupted."""
    sys.exit(run_app(app, "genred"))
