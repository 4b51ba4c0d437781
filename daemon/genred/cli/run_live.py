"""`genred run`: hear what plays now, and publish the events."""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from genred.audio.inputs import DEFAULT
from genred.cli.options import (
    DEFAULT_MODEL,
    Bind,
    Json,
    Model,
    Names,
    NoTaught,
    Stream,
    TaughtDir,
    Weights,
    wishes,
)
from genred.cli.replay import replay


def run(
    source: Annotated[
        str,
        typer.Option(
            "--source",
            "-s",
            help="default, loopback (what the computer plays), a device or part of its name, "
            "pipe:PATH?rate=48000&channels=2&format=s16le, - for stdin, or a file.",
        ),
    ] = DEFAULT,
    model: Model = DEFAULT_MODEL,
    bind: Bind = None,
    stream: Stream = None,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Fail if there is nothing to hear at first.")
    ] = False,
    taught_dir: TaughtDir = None,
    no_taught: NoTaught = False,
    weight: Weights = None,
    name: Names = None,
    json: Json = False,
) -> None:
    """Hear a live source for as long as it takes, and publish its genres."""
    if is_file(source):
        replay(
            [Path(source)],
            model=model,
            bind=bind,
            stream=stream,
            taught_dir=taught_dir,
            no_taught=no_taught,
            weight=weight,
            name=name,
            json=json,
        )
        return
    wishes(taught_dir, no_taught, weight, name)  # what is wrong with them is told at once
    arguments = [f"--source={source}", f"--model={model}"]
    arguments += [f"--bind={endpoint}" for endpoint in bind or ()]
    arguments += [f"--stream={stream}"] if stream is not None else []
    arguments += [f"--taught-dir={taught_dir}"] if taught_dir is not None else []
    arguments += [f"--weight={one}" for one in weight or ()]
    arguments += [f"--name={one}" for one in name or ()]
    arguments += ["--no-taught"] * no_taught
    arguments += ["--no-wait"] * no_wait + ["--json"] * json
    _become(arguments)


def is_file(source: str) -> bool:
    """Tell whether a source's name is a file's: one that is there, or that says so by its form."""
    path = Path(source)
    return path.is_file() or path.suffix.casefold() in _SUFFIXES


_SUFFIXES = {".wav", ".flac", ".mp3", ".ogg", ".opus", ".aiff", ".au", ".m4a", ".webm"}


def _become(arguments: list[str]) -> None:
    """Go on as the daemon itself, without what a command line costs in memory."""
    if os.name == "posix":
        # Until it minds them, a signal waits: nobody is to see how Python starts.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        os.execv(sys.executable, [sys.executable, "-m", "genred.service", *arguments])  # noqa: S606
    from genred.service.program import main  # noqa: PLC0415 - Windows has no exec of its own

    raise typer.Exit(main(arguments))
