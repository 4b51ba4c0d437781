"""How a session can be seen from outside, beside its events: its log and its metrics.

Only what the config asks for is there: without an address for metrics nothing is counted.
"""

import logging
import os
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from genred import __version__
from genred.errors import GenredError
from genred.events import Event
from genred.pipeline import Model
from genred.service.clock import Clock
from genred.service.figures import Observer, TimedModel
from genred.service.logbook import STDERR, Logbook, LogWishes


class Watching:
    """Takes each event that was published; use as a context manager.

    `metrics` is an address, empty for none; `subscribers` is asked in the loop's thread. What
    stdout tells, a log on stderr does not tell again. Raises as `Logbook` and `Metrics`.
    """

    def __init__(
        self,
        log: LogWishes,
        metrics: str,
        clock: Clock,
        subscribers: Callable[[], int],
        *,
        insecure: bool = False,
    ) -> None:
        self._has_events = log.to != STDERR
        self.log = Logbook(log, clock, events=self._has_events)
        self._observer = Observer(subscribers) if metrics else None
        self._metrics = metrics
        self._insecure = insecure
        self._open = ExitStack()

    def __call__(self, event: Event) -> None:
        """Take an event."""
        self.log(event)
        if self._observer:
            self._observer(event)

    def timed(self, model: Model) -> Model:
        """Return a model whose inferences are seen."""
        return TimedModel(model, self._observer) if self._observer else model

    def set_level(self, level: object) -> None:
        """Change how much is written to the log. Raises UsageError."""
        self.log.level = str(level)

    def begin(self, **fields: object) -> None:
        """Note what runs, where stdout does not show it anyway."""
        if self._has_events:
            self.log.info("started", version=__version__, pid=os.getpid(), **fields)

    def say(self, line: str) -> None:
        """Note a line about the config: what was read anew, or why it was not."""
        note = self.log.warning if line.startswith("not ") else self.log.info
        note(line)

    def warn(self, error: GenredError) -> None:
        """Note what was left out because of an error."""
        self.log.warning(str(error))

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            opened.enter_context(self.log)
            below = logging.getLogger("genred")
            forward = _Forward(self.log)
            below.addHandler(forward)
            opened.callback(below.removeHandler, forward)
            if self._observer:
                # Here and not above: who does not ask for metrics does not pay for them.
                from genred.service.metrics import Metrics  # noqa: PLC0415

                figures = self._observer.figures
                opened.enter_context(Metrics(self._metrics, figures, insecure=self._insecure))
            self._open = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)


class _Forward(logging.Handler):
    """What the sockets have to say, by way of Python's own logging."""

    def __init__(self, log: Logbook) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Note it."""
        note = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        note(record.getMessage())
