"""The daemon from its arguments to its exit code: opened in order, closed in reverse."""

import argparse
import os
import signal
import uuid
from pathlib import Path

from genred import __version__
from genred.audio.inputs import DEFAULT, make_input
from genred.config.places import host_stream
from genred.errors import GenredError, UsageError
from genred.events import Capture, Event, Genre, encode
from genred.labels import Labels, parse_names, parse_weights
from genred.model.shipped import DEFAULT as DEFAULT_MODEL
from genred.service.clock import SystemClock
from genred.service.loop import Live
from genred.service.said import capture_text, change_text
from genred.service.stop import StopSignal
from genred.service.systemd import Notifier
from genred.service.telling import Teller
from genred.taught.opened import Wishes, open_model
from genred.wire.publisher import DEFAULT_ENDPOINT, Publisher


def main(arguments: list[str]) -> int:
    """Capture until asked to stop; return the exit code, errors as one line on stderr."""
    _fill_standard_files()
    try:
        return run(_parser().parse_args(arguments))
    except GenredError as error:
        _complain(error)
        return 2 if isinstance(error, UsageError) else 1


def run(asked: argparse.Namespace) -> int:
    """Do as the arguments say; return 1 if whoever read the output has gone. Raises GenredError."""
    chosen = make_input(asked.source)
    labels = Labels(parse_weights(asked.weight), parse_names(asked.name))
    wished = Wishes(asked.taught_dir, asked.no_taught, labels)
    clock = SystemClock()
    stream = host_stream() if asked.stream is None else asked.stream
    endpoints = asked.bind or [DEFAULT_ENDPOINT]
    with (
        StopSignal() as stop,
        Publisher(endpoints, stream, uuid.uuid4().hex[:12], clock.utc) as publisher,
        Teller(_json_line if asked.json else _line, stop.ask) as told,
    ):
        _let_signals_in()
        model = open_model(asked.model, wished, os.environ, _complain)
        notifier = Notifier.from_environment(os.environ, clock.monotonic)
        Live(
            model, chosen, publisher, clock, stop,
            wait=not asked.no_wait, told=told, notifier=notifier,
        ).run()  # fmt: skip
    return int(stop.asked_by_us)


def _complain(error: GenredError) -> None:
    os.write(2, f"genred: {' '.join(str(error).split())}\n".encode())


def _fill_standard_files() -> None:
    """Open what of 0, 1 and 2 is closed, or the next file that is opened would be taken for it."""
    for fd in range(3):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _let_signals_in() -> None:
    """Take the signals that came since `genred run` was started, now that they are minded."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="genred.service",
        allow_abbrev=False,
        description="Hear a live source and publish its genres.",
    )
    parser.add_argument("--source", default=DEFAULT)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--stream")
    parser.add_argument("--bind", action="append")
    parser.add_argument("--taught-dir", type=Path)
    parser.add_argument("--no-taught", action="store_true")
    parser.add_argument("--weight", action="append", default=[])
    parser.add_argument("--name", action="append", default=[])
    parser.add_argument("--no-wait", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--version", action="version", version=f"genred {__version__}")
    return parser


def _json_line(event: Event) -> str:
    return encode(event).decode()


def _line(event: Event) -> str:
    if isinstance(event, Genre):
        return change_text(event)
    return capture_text(event) if isinstance(event, Capture) else ""
