"""`genred replay`: recorded files onto the socket, through the pipeline that runs live."""

import math
import os
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
import zmq

from genred.cli.options import (
    DEFAULT_MODEL,
    Bind,
    Files,
    Insecure,
    Json,
    KeysFolder,
    Model,
    Names,
    NoTaught,
    Stream,
    TaughtDir,
    Weights,
    open_model,
    wishes,
)
from genred.cli.style import complain
from genred.errors import GenredError, UsageError
from genred.events import Event, Genre, encode
from genred.parameters import Tracking
from genred.pipeline import Model as Hearer
from genred.places import host_stream, keys_folder
from genred.service.clock import SystemClock
from genred.service.replay import Replay
from genred.service.said import change_text
from genred.service.stop import StopSignal
from genred.wire.control import ControlSocket, control_endpoints
from genred.wire.keys import guarding
from genred.wire.publisher import DEFAULT_ENDPOINT, Publisher


def replay(
    files: Files,
    *,
    model: Model = DEFAULT_MODEL,
    speed: Annotated[str, typer.Option(help="1, N times real time, or max.")] = "1",
    bind: Bind = None,
    control: Annotated[
        list[str] | None,
        typer.Option("--control", help="Endpoint on which it is asked how it is; several times."),
    ] = None,
    keys: KeysFolder = None,
    insecure: Insecure = False,
    stream: Stream = None,
    wait_for_subscribers: Annotated[
        int, typer.Option(min=0, help="Begin when as many have subscribed.")
    ] = 0,
    taught_dir: TaughtDir = None,
    no_taught: NoTaught = False,
    weight: Weights = None,
    name: Names = None,
    json: Json = False,
) -> None:
    """Play FILES as if they were heard live, and publish the events."""
    play(
        open_model(model, wishes(taught_dir, no_taught, weight, name)),
        files,
        bind=bind or [DEFAULT_ENDPOINT],
        stream=host_stream() if stream is None else stream,
        speed=_speed(speed),
        wait_for=wait_for_subscribers,
        control=control_endpoints(control, ()),
        keys=keys,
        insecure=insecure,
        json=json,
    )


def play(
    model: Hearer,
    files: list[Path],
    *,
    bind: list[str],
    stream: str,
    tracking: Tracking | None = None,
    high_water_mark: int = 1000,
    speed: float = 1.0,
    wait_for: int = 0,
    control: Sequence[str] = (),
    keys: Path | None = None,
    insecure: bool = False,
    json: bool = False,
) -> None:
    """Play files onto a socket; raises typer.Exit where one could not be read."""
    clock = SystemClock()
    refused: list[GenredError] = []

    def refuse(error: GenredError) -> None:
        complain(error)
        refused.append(error)

    told = _tell_json if json else _tell_lines
    session = uuid.uuid4().hex[:12]
    folder = keys or keys_folder(None, os.environ)
    with (
        StopSignal() as stop,
        zmq.Context() as context,
        guarding(context, [*bind, *control], folder, insecure=insecure) as guard,
        Publisher(
            bind,
            stream,
            session,
            clock.utc,
            context=context,
            high_water_mark=high_water_mark,
            insecure=insecure,
            guard=guard,
        ) as publisher,
        ControlSocket(control, context, insecure=insecure, guard=guard) as asked,
    ):
        player = Replay(
            model,
            publisher,
            clock,
            stop,
            speed=speed,
            told=told,
            tracking=tracking,
            control=asked,
        )
        player.run(files, refuse, wait_for=wait_for)
    if refused:
        raise typer.Exit(1)


def _speed(text: str) -> float:
    try:
        speed = math.inf if text == "max" else float(text)
    except ValueError:
        speed = math.nan
    if not speed > 0:
        raise UsageError(f'--speed "{text}": give 1, another number above 0, or max')
    return speed


def _tell_json(event: Event) -> None:
    sys.stdout.write(encode(event).decode() + "\n")
    sys.stdout.flush()


def _tell_lines(event: Event) -> None:
    if isinstance(event, Genre):
        print(change_text(event), flush=True)
