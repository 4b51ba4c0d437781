"""The daemon from its arguments to its exit code: opened in order, closed in reverse."""

import argparse
import os
import uuid
from functools import partial

import zmq

from genred.audio.inputs import make_input
from genred.config import Read, read
from genred.errors import GenredError, UsageError
from genred.events import Capture, Event, Genre, encode
from genred.service.arguments import flags, parser
from genred.service.clock import SystemClock
from genred.service.logbook import JOURNAL
from genred.service.loop import Live
from genred.service.process import complain, fill_standard_files, let_signals_in
from genred.service.said import capture_text, change_text
from genred.service.stop import StopSignal
from genred.service.systemd import Notifier
from genred.service.telling import Teller, tell_all
from genred.service.tuning import Tuning
from genred.service.watching import Watching
from genred.taught.opened import Wishes, open_model
from genred.wire.control import ControlSocket
from genred.wire.keys import guarding, reread
from genred.wire.publisher import Publisher


def main(arguments: list[str]) -> int:
    """Capture until asked to stop; return the exit code, errors as one line on stderr."""
    fill_standard_files()
    try:
        return run(parser().parse_args(arguments))
    except GenredError as error:
        complain(error)
        return 2 if isinstance(error, UsageError) else 1


def run(asked: argparse.Namespace) -> int:
    """Do as the arguments say; return 1 if whoever read the output has gone. Raises GenredError."""
    given_flags = flags(asked)

    def again() -> Read:
        return read(asked.config, os.environ, given_flags)

    given = again()
    config = given.config
    heard = make_input(config.source)
    wished = Wishes(config.taught_dir, not config.taught)
    security = config.security
    clock = SystemClock()
    with (
        StopSignal(reloads=True) as stop,
        # Sockets are opened here, in the order of the data, and closed in reverse.
        zmq.Context() as context,
        guarding(
            context,
            [*config.events.bind, *config.control.bind],
            security.keys,
            insecure=security.insecure,
        ) as guard,
        Publisher(
            config.events.bind,
            config.stream,
            uuid.uuid4().hex[:12],
            clock.utc,
            context=context,
            high_water_mark=config.events.high_water_mark,
            insecure=security.insecure,
            guard=guard,
        ) as publisher,
        ControlSocket(
            config.control.bind, context, insecure=security.insecure, guard=guard
        ) as control,
        Watching(
            config.log,
            config.metrics.bind,
            clock,
            lambda: publisher.subscribers,
            insecure=security.insecure,
        ) as watching,
        Teller(_json_line if asked.json else _line, stop.ask) as teller,
    ):
        let_signals_in()
        watching.begin(stream=config.stream, source=heard.name, config=given.file)
        model = open_model(config.model, wished, os.environ, watching.warn)
        tuning = Tuning(watching.timed(model), given, again, watching.say)
        tuning.heeds["log.level"] = watching.set_level
        if guard:
            tuning.rereads.append(partial(reread, guard, security.keys))
        # A journal has events already, from the log.
        printed = asked.json or config.log.to != JOURNAL
        told = tell_all(*[teller] * printed, watching)
        notifier = Notifier.from_environment(os.environ, clock.monotonic)
        Live(
            tuning.model, heard, publisher, clock, stop,
            wait=config.wait, told=told, notifier=notifier, control=control, tuning=tuning,
        ).run()  # fmt: skip
    return int(stop.asked_by_us)


def _json_line(event: Event) -> str:
    return encode(event).decode()


def _line(event: Event) -> str:
    if isinstance(event, Genre):
        return change_text(event)
    return capture_text(event) if isinstance(event, Capture) else ""
