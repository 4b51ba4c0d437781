"""`python -m genred.service.hub`: the hub from its arguments to its exit code.

It needs no model: neither numpy nor LiteRT is imported, nor typer or rich.
"""

import argparse
import os
import sys
from pathlib import Path

import zmq

from genred import __version__
from genred.errors import GenredError, UsageError
from genred.events import Event
from genred.places import keys_folder
from genred.service.clock import Clock, SystemClock
from genred.service.hub_report import EVERY_S, LOOK_S, Notices, status_json, status_text
from genred.service.process import (
    allow_many_files,
    complain,
    fill_standard_files,
    let_signals_in,
)
from genred.service.stop import StopSignal
from genred.service.systemd import Notifier
from genred.service.telling import Teller
from genred.service.upstreams import Upstreams, read_upstreams
from genred.wire.hub import DEFAULT_HUB, MOST_UPSTREAMS, Counts, Hub
from genred.wire.keys import Keyring, guarding
from genred.wire.security import Guard

_TURN_S = 0.25
_MARK = 1000


def main(arguments: list[str]) -> int:
    """Gather until asked to stop; return the exit code, errors as one line on stderr."""
    fill_standard_files()
    try:
        return run(_parser().parse_args(arguments))
    except GenredError as error:
        complain(error)
        return 2 if isinstance(error, UsageError) else 1


def run(asked: argparse.Namespace) -> int:
    """Do as the arguments say; return 1 if whoever read the output has gone. Raises GenredError."""
    upstreams = _upstreams(asked)
    endpoints = _endpoints(asked)
    folder = asked.keys or keys_folder(None, os.environ)
    clock = SystemClock()
    allow_many_files()
    with (
        StopSignal(reloads=True) as stop,
        zmq.Context() as context,
        guarding(_roomy(context), endpoints, folder, insecure=asked.insecure) as guard,
        Hub(
            list(upstreams),
            endpoints,
            clock.monotonic,
            context=context,
            high_water_mark=asked.high_water_mark,
            insecure=asked.insecure,
            keys={end: keys for end, keys in upstreams.items() if keys is not None},
            guard=guard,
        ) as hub,
        Teller(_no_event, stop.ask) as told,
        Teller(_no_event, _do_nothing, fd=2) as complained,
    ):
        let_signals_in()
        notifier = Notifier.from_environment(os.environ)
        _Gathering(asked, hub, guard, folder, clock, stop, notifier, told, complained).run()
    return int(stop.asked_by_us)


class _Gathering:
    """The loop of one hub, and what it says of itself."""

    def __init__(
        self,
        asked: argparse.Namespace,
        hub: Hub,
        guard: Guard | None,
        folder: Path,
        clock: Clock,
        stop: StopSignal,
        notifier: Notifier,
        told: Teller,
        complained: Teller,
    ) -> None:
        self._asked = asked
        self._hub = hub
        self._guard = guard
        self._folder = folder
        self._clock = clock
        self._stop = stop
        self._notifier = notifier
        self._told = told
        self._complained = complained
        self._notices = Notices()
        self._began_s = self._looked_s = clock.monotonic()
        self._reported_s = float("-inf")
        self._reported_events = 0
        self._said = ""

    def run(self) -> None:
        """Bind, gather until a stop is asked for; raises as `Hub.bind`."""
        self._hub.bind()
        self._hub.wake_for(self._stop)
        self._notifier.ready()
        self._report()
        while not self._stop.requested:
            notices = self._hub.turn(_TURN_S)
            self._stop.hush()
            for line in self._notices.lines(notices, self._clock.monotonic()):
                self._complained.say(f"genred: {line}")
            if self._stop.take_reload():
                self._reload()
            self._notifier.watchdog()
            self._look()
        self._notifier.stopping()
        if self._asked.json:
            self._report()

    def _look(self) -> None:
        """Report what has changed in the last second, and as JSON, every ten, that nothing has."""
        now_s = self._clock.monotonic()
        if now_s - self._looked_s < LOOK_S:
            return
        self._looked_s = now_s
        due = self._asked.json and now_s - self._reported_s >= EVERY_S
        if due or status_text(self._hub.counts()) != self._said:
            self._report()

    def _report(self) -> None:
        counts, now_s = self._hub.counts(), self._clock.monotonic()
        self._said = status_text(counts)
        self._notifier.status(self._said)
        self._told.say(self._json(counts, now_s) if self._asked.json else self._line())
        self._reported_s, self._reported_events = now_s, counts.events

    def _line(self) -> str:
        return f"{', '.join(self._hub.endpoints)}: {self._said}"

    def _json(self, counts: Counts, now_s: float) -> str:
        events_per_s = (counts.events - self._reported_events) / max(1e-3, now_s - self._reported_s)
        return status_json(counts, self._clock.utc(), now_s - self._began_s, events_per_s)

    def _reload(self) -> None:
        """Read the list of upstreams and the allowed keys anew; what is wrong changes nothing."""
        self._notifier.reloading()
        try:
            upstreams = _upstreams(self._asked)
            if self._guard:
                self._guard.replace(Keyring(self._folder).load())
        except GenredError as error:
            self._complained.say(f"genred: not reloaded: {' '.join(str(error).split())}")
        else:
            self._hear(upstreams)
        self._notifier.ready()

    def _hear(self, upstreams: Upstreams) -> None:
        for endpoint in set(self._hub.upstreams) - set(upstreams):
            self._hub.disconnect(endpoint)
        for endpoint, keys in upstreams.items():
            try:
                self._hub.connect(endpoint, keys)
            except UsageError as error:
                self._complained.say(f"genred: {' '.join(str(error).split())}")


def _roomy(context: "zmq.Context[zmq.Socket[bytes]]") -> "zmq.Context[zmq.Socket[bytes]]":
    context.max_sockets = MOST_UPSTREAMS + 100
    return context


def _upstreams(asked: argparse.Namespace) -> Upstreams:
    upstreams = read_upstreams(asked.upstream, asked.key, asked.listed, os.environ)
    if itself := set(upstreams) & set(_endpoints(asked)):
        raise UsageError(f"{min(itself)} is this hub itself; leave it out, or give another --bind")
    return upstreams


def _endpoints(asked: argparse.Namespace) -> list[str]:
    return asked.bind or [DEFAULT_HUB]


def _no_event(event: Event) -> str:
    del event  # a hub prints how it is, not what it passes
    return ""


def _do_nothing() -> None:
    """Go on: who does not read complaints misses nothing else."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="genred.service.hub",
        allow_abbrev=False,
        description="Gather many daemons behind one endpoint.",
    )
    parser.add_argument("upstream", nargs="*")
    parser.add_argument("--from", dest="listed", type=Path)
    parser.add_argument("--bind", action="append")
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--keys", type=Path)
    parser.add_argument("--insecure", action="store_true")
    parser.add_argument("--high-water-mark", type=int, default=_MARK)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--version", action="version", version=f"genred {__version__}")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
