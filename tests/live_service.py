"""A live session in a test's hands: its clock, its input, its blocks, and all that it says."""

import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import zmq

from fakes import FakeModel, metadata
from genred.audio.source import Block, Now
from genred.errors import GenredError
from genred.events import Capture, Event, Genre, Status
from genred.service.loop import Live
from genred.service.stop import StopSignal
from genred.service.systemd import Notifier
from genred.service.telling import tell_all
from genred.service.tuning import Tuning
from genred.wire.control import ControlSocket
from genred.wire.publisher import Publisher
from programs import WAIT_S

RATE = 22050
BLOCK_S = 0.25


class TurnedClock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.running_s = 1000.0
        self.asleep_s = 50.0
        self.epoch_s = 1.8e9

    def monotonic(self) -> float:
        return self.running_s

    def asleep(self) -> float:
        return self.asleep_s

    def utc(self) -> float:
        return self.epoch_s + self.running_s + self.asleep_s

    def set_back(self, seconds: float) -> None:
        """Set the wall clock back, as a person or NTP would; no other clock goes with it."""
        self.epoch_s -= seconds

    @property
    def elapsed_s(self) -> float:
        return self.running_s + self.asleep_s


class FakeStream:
    """An open source whose blocks the test puts in."""

    sample_rate, channels = 48000, 2

    def __init__(self, name: str = "mic") -> None:
        self.name = name
        self.overflows = 0
        self.closed = False
        self.delivered = 0
        """blocks that are in the loop's hands"""
        self.given: queue.Queue[Block | Exception | None] = queue.Queue()
        self.place: Exception | None = None
        self.why = ""
        self.plays = False

    def __iter__(self) -> Iterator[Block]:
        while (given := self.given.get()) is not None:
            if isinstance(given, Exception):
                raise given
            yield given
            self.delivered += 1

    def drained(self) -> None:
        """Wait until the reader has taken all that was given."""
        end = time.monotonic() + WAIT_S
        while not self.given.empty() and time.monotonic() < end:
            time.sleep(0.001)

    def check_place(self) -> None:
        place, self.place = self.place, None
        if place:
            raise place

    def sounding(self) -> bool:
        return self.plays

    def trouble(self) -> str:
        return self.why

    def close(self) -> None:
        self.closed = True
        self.given.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class FakeInput:
    """An input that opens, one after the other, what the test has laid out; else it refuses."""

    def __init__(self, *, drops: bool = True, quiet_is_silence: bool = False) -> None:
        self.name = "mic"
        self.drops = drops
        self.quiet_is_silence = quiet_is_silence
        self.openings: list[FakeStream | GenredError] = []
        self.opened = 0
        self.seen: object = 0
        self.hang: threading.Event | None = None
        self.started = self.stopped = False

    def start(self, changed: Callable[[], None]) -> None:
        del changed
        self.started = True

    def devices(self) -> object:
        return self.seen

    def open(self, sample_rate: int, now: Now) -> FakeStream:
        del now
        assert sample_rate == RATE
        self.opened += 1
        if self.hang:
            self.hang.wait(WAIT_S)
        if not self.openings:
            raise GenredError("no such device")
        opening = self.openings.pop(0)
        if isinstance(opening, GenredError):
            raise opening
        return opening

    def stop(self) -> None:
        self.stopped = True


class LiveSession:
    """`Live` with fakes around it; use as a context manager."""

    def __init__(
        self,
        folder: Path,
        *,
        wait: bool = True,
        drops: bool = True,
        quiet_is_silence: bool = False,
        says: Callable[[Any], list[float]] | None = None,
        also: Callable[[Event], None] | None = None,
        notifier: Callable[[Callable[[], float]], Notifier] | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        self.clock = TurnedClock()
        self.input = FakeInput(drops=drops, quiet_is_silence=quiet_is_silence)
        self.said: list[Event] = []
        self.stop = StopSignal(reloads=tuning is not None)
        # A socket's path may have 107 bytes.
        endpoint = f"ipc://{folder}/{uuid.uuid4().hex[:8]}"
        self.publisher = Publisher([endpoint], "bar", "s", self.clock.utc)
        self.model = FakeModel(says, metadata())
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.control = ControlSocket([f"{endpoint}c"], self.context)
        self.sockets: list[zmq.Socket[bytes]] = []
        """of its clients, closed with it"""
        self.live = Live(
            tuning.model if tuning else self.model,
            self.input, self.publisher, self.clock, self.stop,
            wait=wait, told=tell_all(self.said.append, *([also] if also else [])),
            notifier=notifier(self.clock.monotonic) if notifier else None,
            control=self.control, tuning=tuning,
        )  # fmt: skip
        self._rng = np.random.default_rng(0)
        self._stream: FakeStream | None = None

    def __enter__(self) -> Self:
        self.stop.__enter__()
        self.publisher.__enter__()
        self.live.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.live.close()
        self.control.close()
        self.context.destroy(linger=0)
        self.publisher.__exit__()
        self.stop.__exit__()

    def opening(self, name: str = "mic") -> FakeStream:
        """Lay out a stream to be opened next, and turn until it is."""
        stream = FakeStream(name)
        self.input.openings.append(stream)
        return stream

    def socket(self, kind: int, endpoint: str) -> "zmq.Socket[bytes]":
        """Open a client's end."""
        socket = self.context.socket(kind)
        socket.linger, socket.rcvhwm = 0, 0
        socket.connect(endpoint)
        self.sockets.append(socket)
        return socket

    def turn(self, seconds: float = 0.0) -> None:
        """Let time pass, then let the loop go round once, without waiting for anything."""
        self.clock.running_s += seconds
        self.stop.ring()
        self.live.turn()

    def until(self, done: Callable[[], object]) -> None:
        """Go round, without any time passing on the clock, until something is so."""
        end = time.monotonic() + WAIT_S
        while not done():
            if time.monotonic() > end:
                raise TimeoutError(f"after: {[self.line(e) for e in self.said[-8:]]}")
            self.turn()
            time.sleep(0.0005)

    def play(
        self,
        stream: FakeStream,
        seconds: float,
        *,
        amplitude: float = 0.1,
        rate: float = 1.0,
        turned: bool = True,
    ) -> None:
        """Give noise as it would come, block by block; `rate` 1.01 is 1 % too fast."""
        for _ in range(round(seconds / BLOCK_S)):
            if turned:
                self.clock.running_s += BLOCK_S / rate
            samples = self._rng.standard_normal(round(BLOCK_S * RATE)) * amplitude
            block = Block(samples.astype(np.float32), captured_s=self.clock.elapsed_s)
            if not turned:
                stream.given.put(block)
                continue
            before = self.live.audio_time
            due = stream.delivered + stream.given.qsize() + 1
            stream.given.put(block)
            # A loss moves the audio's time on, too: it is the block that has to be heard.
            self.until(lambda due=due: stream.delivered >= due)  # type: ignore[misc]
            self.turn()
            self.until(lambda before=before: self.live.audio_time > before)  # type: ignore[misc]

    def hear(self, seconds: float = 1.0, name: str = "mic") -> FakeStream:
        """Open a stream and play from it."""
        stream = self.opening(name)
        self.until(lambda: stream not in self.input.openings)
        self.play(stream, seconds)
        self._stream = stream
        return stream

    def resume_with(self, stream: FakeStream, gap_s: float) -> None:
        """Let time pass, then hear a second of what has been laid out to be opened."""
        self.turn(gap_s)
        self.until(lambda: stream not in self.input.openings)
        self.play(stream, 1.0)
        self._stream = stream

    def hear_more(self, seconds: float) -> None:
        """Play on from the stream that was opened last."""
        assert self._stream
        self.play(self._stream, seconds)

    def settle(self) -> None:
        """Go round until nothing is under way."""
        for _ in range(3):
            self.turn()

    @property
    def beats(self) -> int:
        return sum(isinstance(event, Status) for event in self.said)

    @property
    def lost(self) -> int:
        """How often it was lost."""
        return sum(isinstance(event, Capture) and event.state == "lost" for event in self.said)

    @property
    def overruns(self) -> int:
        return int(self.last(Capture).overruns)

    @property
    def states(self) -> list[str]:
        """States of the capture as they were said, repetitions left out."""
        said = [event.state for event in self.said if isinstance(event, Capture)]
        return [state for at, state in enumerate(said) if at == 0 or said[at - 1] != state]

    @property
    def reasons(self) -> list[str]:
        return [event.reason for event in self.said if isinstance(event, Capture)]

    @property
    def genres(self) -> list[str]:
        return [event.genre for event in self.said if isinstance(event, Genre)]

    def last(self, kind: type[Event]) -> Any:
        return next(event for event in reversed(self.said) if isinstance(event, kind))

    @staticmethod
    def line(event: Event) -> str:
        return f"{event.audio_time:.2f} {type(event).__name__}"
