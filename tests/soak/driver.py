"""The daemon's own loop for a day of audio, as fast as the machine allows; run as a program.

    python driver.py FOLDER HOURS SEED

Everything is real but the clock, which each block of audio moves on, and the device, which plays a
recording over and over and is lost in every way by a plan that the seed makes. After each minute of
audio a line of JSON goes to stdout, and a line is waited for on stdin, so that who reads the events
decides how fast it goes.
"""

import json
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import zmq
from numpy.typing import NDArray

from genred.audio.recordings import open_recording
from genred.audio.source import BLOCK_S, Block, Now
from genred.config import Read, read
from genred.errors import GenredError
from genred.model.classifier import Classifier
from genred.model.shipped import load_model
from genred.service.loop import Live
from genred.service.stop import StopSignal
from genred.service.tuning import Tuning
from genred.service.watching import Watching
from genred.wire.control import ControlSocket
from genred.wire.publisher import Publisher

MINUTE_S, HOUR_S = 60.0, 3600.0
CONFIG = """\
[log]
to = "{folder}/genred.log"
max_mb = 0.1
keep = 2

[tracking]
margin = {margin}
"""
MARGINS = (0.3, 0.5)
DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo" / "genred-demo.ogg"


class AudioClock:
    """Time that the audio moves on."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.slept_s = 0.0

    def monotonic(self) -> float:
        """Seconds that the audio has moved on."""
        return self.now_s

    def asleep(self) -> float:
        """Seconds that the machine is said to have slept."""
        return self.slept_s

    def utc(self) -> float:
        """Seconds since an epoch."""
        return 1.8e9 + self.now_s + self.slept_s


class Loop:
    """A recording played over and over, a block at a time, when it is asked for one."""

    def __init__(self, samples: NDArray[np.float32]) -> None:
        self.name, self.sample_rate, self.channels, self.overflows = "loop", 22050, 1, 0
        self._samples = samples
        self._asked: threading.Semaphore = threading.Semaphore(0)
        self._next: Callable[[], Block] | None = None
        self._at = 0

    def give(self, captured_s: float) -> None:
        """Play a block that was sound at this moment."""
        length = round(BLOCK_S * self.sample_rate)
        start, self._at = self._at, (self._at + length) % (len(self._samples) - length)
        block = Block(self._samples[start : start + length], captured_s=captured_s)
        self._do(lambda: block)

    def fail(self) -> None:
        """Go, as a device that is unplugged."""

        def gone() -> Block:
            raise GenredError("unplugged")

        self._do(gone)

    def __iter__(self) -> Iterator[Block]:
        while True:
            self._asked.acquire()
            if self._next is None:
                return
            yield self._next()

    def check_place(self) -> None:
        """Stay where it is."""

    def sounding(self) -> bool:
        """Tell nothing of what plays."""
        return False

    def trouble(self) -> str:
        """Tell nothing of what may be wrong."""
        return ""

    def close(self) -> None:
        """End the iteration."""
        self._next = None
        self._asked.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _do(self, what: Callable[[], Block]) -> None:
        self._next = what
        self._asked.release()


class LoopInput:
    """A device that is there or not, as the plan says."""

    name, drops, quiet_is_silence = "loop", True, False

    def __init__(self, samples: NDArray[np.float32]) -> None:
        self.there = True
        self.open_one: Loop | None = None
        self._samples = samples

    def start(self, changed: Callable[[], None]) -> None:
        """Watch nothing: a device that came is found by the wait's end."""

    def devices(self) -> object:
        """Return whether it is there."""
        return self.there

    def open(self, sample_rate: int, now: Now) -> Loop:
        """Open the device; raises GenredError while it is away."""
        del sample_rate, now
        if not self.there:
            raise GenredError("no such device")
        self.open_one = Loop(self._samples)
        return self.open_one

    def stop(self) -> None:
        """Stop watching."""


@dataclass
class Counts:
    """What the plan did, for the events to be held against."""

    lost: int = 0
    paused: int = 0
    reloads: int = 0


class Soak:
    """One run: the loop, the plan, and how it stands."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.clock = AudioClock()
        self.counts = Counts()
        self._draw = random.Random(seed)
        with open_recording(DEMO, 22050) as source:
            samples = np.concatenate([block.samples for block in source])
        rest = np.zeros(5 * 22050, np.float32)
        self.input = LoopInput(np.concatenate([samples, rest]).astype(np.float32))
        self._file = folder / "config.toml"
        self._folder = folder
        self._write_config(0)
        given = self._read_config()
        self.stop = StopSignal(reloads=True)
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.publisher = Publisher([f"ipc://{folder}/events"], "soak", "s", self.clock.utc)
        self._control = ControlSocket([f"ipc://{folder}/control"], self._context)
        self._watching = Watching(
            given.config.log, "127.0.0.1:0", self.clock, lambda: self.publisher.subscribers
        )
        model = self._watching.timed(Classifier(load_model("base")))
        tuning = Tuning(model, given, self._read_config, self._watching.say)
        self.live = Live(
            tuning.model, self.input, self.publisher, self.clock, self.stop,
            told=self._watching, control=self._control, tuning=tuning,
        )  # fmt: skip

    def run(self, hours: float) -> None:
        """Play so many hours."""
        with self.stop, self._context, self.publisher, self._control, self._watching:
            self.live.begin()
            while not self.publisher.subscribers:
                self.publisher.serve(timeout_ms=100)
            try:
                self._play(hours * HOUR_S)
                os.kill(os.getpid(), signal.SIGTERM)
                while not self.live.ended:
                    self.live.turn()
            finally:
                self.live.close()
            self._report(self.publisher.last_seq)

    def _play(self, seconds: float) -> None:
        begun_s = self.clock.now_s
        told_s = begun_s
        trouble_s = begun_s + self._draw.uniform(1, 5) * MINUTE_S
        while self.clock.now_s - begun_s < seconds:
            self._step()
            if self.clock.now_s >= trouble_s:
                self._trouble()
                trouble_s = self.clock.now_s + self._draw.uniform(1, 5) * MINUTE_S
            if self.clock.now_s - told_s >= MINUTE_S:
                told_s = self.clock.now_s
                self._report(self.publisher.last_seq)

    def _step(self) -> None:
        """Let a block's time pass, with its block if the device is open."""
        self.clock.now_s += BLOCK_S
        playing = self.input.open_one if self.live.opened else None
        before_s = self.live.audio_time
        if playing is None:
            self.stop.ring()
            self.live.turn()
            return
        playing.give(self.clock.now_s + self.clock.slept_s)
        while self.live.audio_time <= before_s and self.live.opened:
            self.live.turn()

    def _idle(self, seconds: float) -> None:
        """Let time pass without a block."""
        for _ in range(round(seconds / BLOCK_S)):
            self.clock.now_s += BLOCK_S
            self.stop.ring()
            self.live.turn()

    def _trouble(self) -> None:
        troubles = [self._unplug, self._hang, self._pause, self._sleep, self._reload]
        self._draw.choice(troubles)()

    def _reload(self) -> None:
        self.counts.reloads += 1
        self._write_config(self.counts.reloads)
        os.kill(os.getpid(), signal.SIGHUP)
        self._step()

    def _write_config(self, number: int) -> None:
        margin = MARGINS[number % len(MARGINS)]
        self._file.write_text(CONFIG.format(folder=self._folder, margin=margin))

    def _read_config(self) -> Read:
        return read(self._file, {}, {})

    def _unplug(self) -> None:
        if self.live.opened and self.input.open_one:
            self.counts.lost += 1
            self.input.there = False
            self.input.open_one.fail()
            while self.live.opened:
                self.live.turn()
            self._idle(self._draw.uniform(1, 90))
        self.input.there = True

    def _hang(self) -> None:
        if self.live.opened:
            self.counts.lost += 1
            self._idle(6.0)

    def _pause(self) -> None:
        self.counts.paused += 1
        self.live.pause()
        self._idle(self._draw.uniform(1, 60))
        self.live.resume()

    def _sleep(self) -> None:
        if self.live.opened:
            self.counts.lost += 1
            self.clock.slept_s += self._draw.uniform(2, 600)

    def _report(self, last_seq: dict[str, int]) -> None:
        """Tell how it stands; wait until the events have been read."""
        status = Path("/proc/self/status").read_text().splitlines()
        rss_kb = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        told = {
            "hours": (self.clock.now_s - 1000.0) / HOUR_S,
            "rss_kb": rss_kb,
            "files": len(list(Path("/proc/self/fd").iterdir())),
            "threads": threading.active_count(),
            "last_seq": last_seq,
            "subscribers": self.publisher.subscribers,
            "elapsed_s": self.clock.now_s + self.clock.slept_s - 1000.0,
            "audio_s": self.live.audio_time,
            "unlogged": self._watching.log.left_out,
            **vars(self.counts),
        }
        print(json.dumps(told), flush=True)
        if not sys.stdin.readline():
            raise SystemExit(1)


if __name__ == "__main__":
    Soak(Path(sys.argv[1]), int(sys.argv[3])).run(float(sys.argv[2]))
