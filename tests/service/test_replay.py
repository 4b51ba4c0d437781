"""Playing what a pipe gives, and what goes on while it gives nothing."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes import FakeModel
from genred.errors import GenredError
from genred.events import Capture, Event, Status
from genred.service.replay import Replay
from genred.service.stop import StopSignal
from genred.wire.publisher import Publisher
from live_service import RATE, TurnedClock

BEATS = 5


class RunningClock(TurnedClock):
    """Runs on whenever it is looked at, so that nobody has to wait for a beat."""

    def monotonic(self) -> float:
        self.running_s += 1.0
        return self.running_s


@pytest.fixture
def fifo(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR)
    yield path, writer
    os.close(writer)


def played(path: Path, then: Callable[[StopSignal], None]) -> list[Event]:
    """Play a FIFO; do something after some beats; return all that was said."""
    said: list[Event] = []
    clock = RunningClock()

    def told(event: Event) -> None:
        said.append(event)
        if isinstance(event, Status) and event.seq == BEATS:
            then(stop)

    endpoint = f"ipc://{path.parent}/e"
    with StopSignal() as stop, Publisher([endpoint], "bar", "s", clock.utc) as publisher:
        player = Replay(FakeModel(), publisher, clock, stop, told=told)
        player.run([Path(f"pipe:{path}?rate={RATE}&channels=1")], refused=_no_refusal)
    return said


def _no_refusal(error: GenredError) -> None:
    raise error


def last_words(said: list[Event]) -> tuple[str, str, float]:
    last = said[-1]
    assert isinstance(last, Capture)
    return last.state, last.reason, last.audio_time


def test_while_a_pipe_is_quiet_it_beats_and_a_stop_ends_it(fifo: tuple[Path, int]) -> None:
    assert last_words(played(fifo[0], StopSignal.ask)) == ("ended", "interrupted", 0.0)


def test_a_pipe_that_was_quiet_is_heard_on_to_its_end(fifo: tuple[Path, int]) -> None:
    path, writer = fifo
    half = bytes(2 * RATE // 2)
    os.write(writer, half)

    def speak(_: StopSignal) -> None:
        os.write(writer, half)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, writer)  # the writer has gone
        os.close(null)

    assert last_words(played(path, speak)) == ("ended", "end of file", 1.0)
