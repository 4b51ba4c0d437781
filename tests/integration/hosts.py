"""Two hosts on one machine: network namespaces, joined by a pair of `veth`, and nothing else."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

WAIT_S = 45.0
HALL, ROOM = "10.93.0.1", "10.93.0.2"
"""addresses of the daemon's host and of the others'"""


class HostError(Exception):
    """This machine makes no network namespaces."""


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise HostError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


class Hosts:
    """`hall` and `room`; what is started in them ends with them."""

    def __init__(self) -> None:
        # Names of this test's own, for several may run at once.
        self.hall = f"genred-hall-{os.getpid()}"
        self.room = f"genred-room-{os.getpid()}"
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            self._make()
        except FileNotFoundError as error:
            raise HostError("iproute2 is not installed") from error
        except HostError:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._started:
            process.kill()
            process.wait()
        self._remove()

    def start(
        self, host: str, command: Sequence[str | Path], out: Path, **environment: str
    ) -> "subprocess.Popen[bytes]":
        """Run a program on a host; both its outputs go to a file."""
        with out.open("wb") as file:
            process = subprocess.Popen(
                ["ip", "netns", "exec", host, *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
            )
        self._started.append(process)
        return process

    def python(
        self, host: str, code: str, out: Path, *arguments: str | Path
    ) -> "subprocess.Popen[bytes]":
        """Run a program of a test on a host."""
        return self.start(host, [sys.executable, "-u", "-c", code, *arguments], out)

    def _make(self) -> None:
        for host in (self.hall, self.room):
            _ip("netns", "add", host)
            _ip("-n", host, "link", "set", "lo", "up")
        # Made where it is used: the machine's own network never sees it.
        _ip(
            "-n",
            self.hall,
            "link",
            "add",
            "eth0",
            "type",
            "veth",
            "peer",
            "eth0",
            "netns",
            self.room,
        )
        for host, address in ((self.hall, HALL), (self.room, ROOM)):
            _ip("-n", host, "address", "add", f"{address}/24", "dev", "eth0")
            _ip("-n", host, "link", "set", "eth0", "up")

    def _remove(self) -> None:
        for host in (self.hall, self.room):
            subprocess.run(["ip", "netns", "del", host], capture_output=True, check=False)


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = WAIT_S) -> None:
    """Wait for what only other processes bring about."""
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)
