"""`python -m genred.service`: the daemon itself, as the units run it, without typer or rich."""

import argparse
import sys
import uuid

from genred import __version__
from genred.audio.inputs import DEFAULT, make_input
from genred.errors import GenredError, UsageError
from genred.events import Capture, Event, Genre, encode
from genred.model.classifier import Classifier
from genred.model.shipped import DEFAULT as DEFAULT_MODEL
from genred.model.shipped import load_model
from genred.service.clock import SystemClock
from genred.service.loop import Live
from genred.service.said import capture_text, change_text, host_stream
from genred.service.stop import StopSignal
from genred.wire.publisher import DEFAULT_ENDPOINT, Publisher


def main(arguments: list[str]) -> int:
    """Capture until asked to stop; return the exit code, errors as one line on stderr."""
    try:
        run(_parser().parse_args(arguments))
    except GenredError as error:
        print(f"genred: {' '.join(str(error).split())}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except BrokenPipeError:
        return 1
    return 0


def run(asked: argparse.Namespace) -> None:
    """Do as the arguments say; raises GenredError."""
    chosen = make_input(asked.source)
    classifier = Classifier(load_model(asked.model))
    clock = SystemClock()
    stream = host_stream() if asked.stream is None else asked.stream
    endpoints = asked.bind or [DEFAULT_ENDPOINT]
    with (
        StopSignal() as stop,
        Publisher(endpoints, stream, uuid.uuid4().hex[:12], clock.utc) as publisher,
    ):
        told = _tell_json if asked.json else _tell_lines
        Live(classifier, chosen, publisher, clock, stop, wait=not asked.no_wait, told=told).run()


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
    parser.add_argument("--no-wait", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--version", action="version", version=f"genred {__version__}")
    return parser


def _tell_json(event: Event) -> None:
    sys.stdout.write(encode(event).decode() + "\n")
    sys.stdout.flush()


def _tell_lines(event: Event) -> None:
    if isinstance(event, Genre):
        print(change_text(event), flush=True)
    elif isinstance(event, Capture):
        print(capture_text(event), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
