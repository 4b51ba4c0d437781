"""Our programs as other processes, and raw ZeroMQ to talk to them."""

import contextlib
import socket as network
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import soundfile
import zmq

GENRED = [sys.executable, "-m", "genred"]
WAIT_S = 60
"""how long a test waits for what must come; a fault, not a deadline of the contract"""


def genred(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*GENRED, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_S,
        cwd=cwd,
    )


@contextlib.contextmanager
def started(*arguments: Any, **options: Any) -> Iterator[Any]:
    """Open a `Popen` that a test which fails kills; else its end would be waited for, for ever."""
    with subprocess.Popen(*arguments, **options) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


@contextlib.contextmanager
def running(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Run a command beside the test; it is ended with it, by its own process id."""
    process = subprocess.Popen(
        [*GENRED, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=WAIT_S)


@contextlib.contextmanager
def raw_subscriber(endpoint: str, *topics: str) -> Iterator["zmq.Socket[bytes]"]:
    """Open a plain zmq.SUB, without any code of ours."""
    context = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RCVHWM, 0)
    socket.connect(endpoint)
    for topic in topics:
        socket.subscribe(topic)
    try:
        yield socket
    finally:
        socket.close()
        context.term()


@contextlib.contextmanager
def raw_publisher(endpoint: str) -> Iterator["zmq.Socket[bytes]"]:
    """Open a plain zmq.XPUB: readable once somebody subscribes."""
    context = zmq.Context()
    socket = context.socket(zmq.XPUB)
    socket.setsockopt(zmq.LINGER, 0)
    socket.bind(endpoint)
    try:
        yield socket
    finally:
        socket.close()
        context.term()


def received(socket: "zmq.Socket[bytes]") -> dict[str, Any]:
    """Wait for one message; return its JSON."""
    if not socket.poll(WAIT_S * 1000):
        raise TimeoutError("no event came")
    topic, payload = socket.recv_multipart()
    event: dict[str, Any] = msgspec.json.decode(payload)
    assert topic.decode() == f"{event['type']}/{event['stream']}/"
    return event


def until_ended(socket: "zmq.Socket[bytes]") -> list[dict[str, Any]]:
    """Read events up to the one that says the end."""
    events = []
    while True:
        events.append(received(socket))
        if events[-1]["type"] == "capture" and events[-1]["state"] == "ended":
            return events


def free_address() -> str:
    """Return a HOST:PORT of this machine's own that nobody holds."""
    with network.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def sound_file(path: Path, seconds: float, rate: int = 22050, channels: int = 1) -> Path:
    """Write some noise as a 16-bit file."""
    rng = np.random.default_rng(0)
    samples = rng.standard_normal((round(seconds * rate), channels)) * 0.1
    soundfile.write(path, samples, rate, subtype="PCM_16")
    return path
