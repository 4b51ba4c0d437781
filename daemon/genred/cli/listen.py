"""`genred listen`: what a daemon says, as a live view, as lines, or as JSON."""

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from genred.cli.key_option import Key, client_keys
from genred.cli.options import Json
from genred.cli.view import View
from genred.config import default_endpoints
from genred.events import Capture, Event, Genre, encode
from genred.service.said import change_text
from genred.wire.security import ClientKeys
from genred.wire.subscriber import DEFAULT_ENDPOINT, Subscriber
from genred.wire.watch import Notice


def listen(
    endpoint: Annotated[
        list[str] | None,
        typer.Argument(help="Where; several.", show_default=DEFAULT_ENDPOINT),
    ] = None,
    stream: Annotated[str | None, typer.Option(help="One stream only.")] = None,
    until_ended: Annotated[
        bool, typer.Option("--until-ended", help="Leave when the capture ends.")
    ] = False,
    key: Key = None,
    json: Json = False,
) -> None:
    """Show what a daemon hears: genre, probabilities, level, history."""
    out = Console(highlight=False)
    endpoints = endpoint or [default_endpoints(os.environ).events]
    keys = client_keys(key, endpoints)
    # Ctrl-C is how one leaves.
    with contextlib.suppress(KeyboardInterrupt):
        if not json and out.is_terminal:
            _live(endpoints, stream, out, keys, until_ended=until_ended)
        else:
            _stream(endpoints, stream, _json if json else _lines, keys, until_ended=until_ended)


def _stream(
    endpoints: list[str],
    stream: str | None,
    control: list[str],
    show: Callable[[Event], None],
    keys: ClientKeys | None,
    *,
    until_ended: bool,
) -> None:
    with Subscriber(endpoints, stream=stream, on_notice=_note, keys=keys) as subscriber:
        for event in subscriber:
            show(event)
            if until_ended and _ended(event):
                return


def _live(
    endpoints: list[str],
    stream: str | None,
    console: Console,
    keys: ClientKeys | None,
    *,
    until_ended: bool,
) -> None:
    view = View(endpoints)
    with (
        Live(view, console=console, refresh_per_second=8),
        Subscriber(endpoints, stream=stream, on_notice=view.note, keys=keys) as subscriber,
    ):
        for event in subscriber:
            view.take(event)
            if until_ended and _ended(event):
                return


def _ended(event: Event) -> bool:
    return isinstance(event, Capture) and event.state == "ended"


def _json(event: Event) -> None:
    sys.stdout.write(encode(event).decode() + "\n")
    sys.stdout.flush()


def _lines(event: Event) -> None:
    if isinstance(event, Genre):
        print(change_text(event), flush=True)


def _note(notice: Notice) -> None:
    print(f"genred: {notice}", file=sys.stderr, flush=True)
