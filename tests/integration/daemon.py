"""`genred run` as its user runs it, beside a test that reads what it says."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from programs import GENRED

Event = dict[str, Any]
WAIT_S = 45.0
"""how long what must come may take; a fault, not a deadline of the contract"""


class Daemon:
    """A running `genred run --json` and all the events that it has printed."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.events: list[Event] = []
        self.times_s: list[float] = []
        """when each event was read, by time.monotonic"""
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait(
        self, wanted: Callable[[Event], bool], *, after: int = 0, timeout_s: float = WAIT_S
    ) -> int:
        """Wait for an event from a place on; return its place."""
        end = time.monotonic() + timeout_s
        at = after
        with self._more:
            while True:
                for at in range(at, len(self.events)):  # noqa: B020 - goes on where it stopped
                    if wanted(self.events[at]):
                        return at
                at = max(at, len(self.events))
                if not self._more.wait(end - time.monotonic()):
                    raise TimeoutError(f"what came: {[self.line(e) for e in self.events[-12:]]}")

    def wait_state(self, state: str, *, after: int = 0, timeout_s: float = WAIT_S) -> int:
        """Wait for a state of the capture."""
        return self.wait(
            lambda e: e["type"] == "capture" and e["state"] == state,
            after=after,
            timeout_s=timeout_s,
        )

    def wait_genre(self, *, after: int = 0, timeout_s: float = WAIT_S) -> int:
        """Wait for a genre: neither silence nor unknown."""
        return self.wait(
            lambda e: e["type"] == "genre" and e["genre"] not in {"silence", "unknown"},
            after=after,
            timeout_s=timeout_s,
        )

    def of(self, kind: str, *, after: int = 0) -> list[Event]:
        return [event for event in self.events[after:] if event["type"] == kind]

    def memory_kb(self) -> int:
        """Resident memory of the process."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line)

    def files(self) -> int:
        """Open file descriptors of the process."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def children(self) -> list[int]:
        """Process ids of its children."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/children")
        return [int(pid) for task in tasks for pid in task.read_text().split()]

    def end(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal; return the exit code and how long that took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(WAIT_S)
        took_s = time.monotonic() - begun
        self._reader.join(WAIT_S)
        return code, took_s

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._more:
                self.events.append(msgspec.json.decode(line))
                self.times_s.append(time.monotonic())
                self._more.notify_all()

    @staticmethod
    def line(event: Event) -> str:
        said = event.get("genre") or event.get("reason") or ""
        return f"{event['audio_time']:.2f} {event['type']} {event.get('state', '')} {said}"


@contextlib.contextmanager
def daemon(*arguments: str, env: dict[str, str] | None = None, **options: Any) -> Iterator[Daemon]:
    """Run the daemon; it is ended with the block, by its own process id."""
    where = ["--bind", "tcp://127.0.0.1:*", "--control", "none"]
    process = subprocess.Popen(
        [*GENRED, "run", "--json", *where, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ) if env is None else env,
        **options,
    )
    try:
        yield Daemon(process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        try:
            process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdout, process.stderr, process.stdin):
            if pipe:
                pipe.close()
