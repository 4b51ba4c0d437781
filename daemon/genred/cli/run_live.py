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
    Config,
    Control,
    Insecure,
    Json,
    KeysFolder,
    Names,
    NoTaught,
    Settings,
    Stream,
    TaughtDir,
    Weights,
    open_model,
)
from genred.cli.replay import play
from genred.config import Read, read
from genred.config.fit import fit
from genred.labelled import labelled
from genred.service.arguments import flags, parser
from genred.taught.opened import Wishes


def run(
    *,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            "-s",
            help="default, loopback (what the computer plays), a device or part of its name, "
            "pipe:PATH?rate=48000&channels=2&format=s16le, - for stdin, or a file.",
            show_default=DEFAULT,
        ),
    ] = None,
    config: Config = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="A shipped model by name, or a .tflite file.",
            show_default=DEFAULT_MODEL,
        ),
    ] = None,
    bind: Bind = None,
    stream: Stream = None,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Fail if there is nothing to hear at first.")
    ] = False,
    taught_dir: TaughtDir = None,
    no_taught: NoTaught = False,
    weight: Weights = None,
    name: Names = None,
    control: Control = None,
    keys: KeysFolder = None,
    insecure: Insecure = False,
    log: Annotated[
        str | None,
        typer.Option("--log", help="stderr, journal or a file.", show_default="stderr"),
    ] = None,
    log_level: Annotated[
        str | None,
        typer.Option("--log-level", help="debug, info, warning, error.", show_default="info"),
    ] = None,
    metrics: Annotated[
        str | None, typer.Option("--metrics", help="HOST:PORT, to serve Prometheus' figures on.")
    ] = None,
    setting: Settings = None,
    json: Json = False,
) -> None:
    """Hear a live source for as long as it takes, and publish its genres."""
    given = {
        "config": config,
        "source": source,
        "model": model,
        "bind": bind,
        "stream": stream,
        "taught-dir": taught_dir,
        "weight": weight,
        "name": name,
        "control": control,
        "keys": keys,
        "log": log,
        "log-level": log_level,
        "metrics": metrics,
        "set": setting,
    }
    switches = {"no-taught": no_taught, "no-wait": no_wait, "insecure": insecure, "json": json}
    arguments = [f"--{flag}={one}" for flag, value in given.items() for one in _each(value)]
    arguments += [f"--{flag}" for flag, on in switches.items() if on]
    # What is wrong with the config is told at once, by the program that was asked.
    asked = parser().parse_args(arguments)
    found = read(config, os.environ, flags(asked))
    if is_file(found.config.source):
        _play(found, json=json)
    else:
        _become(arguments)


def _each(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _play(found: Read, *, json: bool) -> None:
    """Play the source, a file, as the config has it."""
    config = found.config
    model = open_model(config.model, Wishes(config.taught_dir, not config.taught))
    labels, tracking = fit(found, model.metadata)
    play(
        labelled(model, labels),
        [Path(config.source)],
        bind=config.events.bind,
        stream=config.stream,
        tracking=tracking,
        high_water_mark=config.events.high_water_mark,
        # The daemon's own may run beside it.
        control=config.control.bind if ("control.bind", None) in found.values else [],
        keys=config.security.keys,
        insecure=config.security.insecure,
        json=json,
    )


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
