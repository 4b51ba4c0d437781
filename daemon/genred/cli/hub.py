"""`genred hub`: many daemons behind one endpoint."""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from genred.cli.options import Insecure, Json, KeysFolder


def hub(
    upstream: Annotated[
        list[str] | None,
        typer.Argument(help="Endpoints of daemons, and of other hubs.", show_default=False),
    ] = None,
    listed: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="List of more: ENDPOINT [KEY FILE] a line, read again on SIGHUP.",
        ),
    ] = None,
    bind: Annotated[
        list[str] | None,
        typer.Option(
            "--bind",
            help="Endpoint to publish on; several times.",
            show_default="tcp://127.0.0.1:5572",
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key",
            metavar="[ENDPOINT=]FILE",
            help="Client's key for daemons of other machines; several times.",
            show_default="GENRED_KEY for other machines, else none",
        ),
    ] = None,
    keys: KeysFolder = None,
    insecure: Insecure = False,
    high_water_mark: Annotated[
        int, typer.Option(min=1, help="Events that a subscriber may be behind.")
    ] = 1000,
    json: Json = False,
) -> None:
    """Gather many daemons behind one endpoint, for as long as it takes."""
    arguments = [f"--from={listed}"] * (listed is not None)
    arguments += [f"--bind={endpoint}" for endpoint in bind or ()]
    arguments += [f"--key={file}" for file in key or ()]
    arguments += [f"--keys={keys}"] * (keys is not None)
    arguments += ["--insecure"] * insecure + ["--json"] * json
    _become([*arguments, f"--high-water-mark={high_water_mark}", "--", *(upstream or ())])


def _become(arguments: list[str]) -> None:
    """Go on as the hub itself, without what a command line costs in memory."""
    if os.name == "posix":
        # Until it minds them, a signal waits: nobody is to see how Python starts.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        os.execv(sys.executable, [sys.executable, "-m", "genred.service.hub", *arguments])  # noqa: S606
    from genred.service.hub import main  # noqa: PLC0415 - Windows has no exec of its own

    raise typer.Exit(main(arguments))
