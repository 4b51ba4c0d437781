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
from genred.wire.control import control_endpoints
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
    control: Annotated[
        list[str] | None,
        typer.Option(
            "--control",
            help="The daemon's control socket, to be told what was missed; several times.",
            show_default="the default daemon's, else none",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show what a daemon hears: genre, probabilities, level, history."""
    out = Console(highlight=False)
    endpoints, beside = _where(endpoint)
    asked = control_endpoints(control, beside)
    keys = client_keys(key, [*endpoints, *asked])

    def subscriber(note: Callable[[Notice], None]) -> Subscriber:
        return Subscriber(endpoints, stream=stream, on_notice=note, keys=keys, control=asked)

    # Ctrl-C is how one leaves.
    with contextlib.suppress(KeyboardInterrupt):
        if not json and out.is_terminal:
            view = View(endpoints)
            with Live(view, console=out, refresh_per_second=8):
                _show(subscriber(view.note), view.take, until_ended=until_ended)
        else:
            _show(subscriber(_note), _json if json else _lines, until_ended=until_ended)


def _where(endpoint: list[str] | None) -> tuple[list[str], list[str]]:
    """Return where events are, and the control socket beside them.

    Where endpoints are given, the config is none of theirs, and whose control socket goes with
    them can't be known.
    """
    if endpoint:
        return endpoint, []
    default = default_endpoints(os.environ)
    return [default.events], [default.control] if default.control else []


def _show(subscriber: Subscriber, show: Callable[[Event], None], *, until_ended: bool) -> None:
    with subscriber:
        for event in subscriber:
            show(event)
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
