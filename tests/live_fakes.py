"""For tests of live audio: threads that can be waited for, conditions, and programs on a PATH."""

import fcntl
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from genred.audio.source import Source

WAIT_S = 20.0
"""how long a test waits for what must come; a fault, not a deadline of the contract"""

T = TypeVar("T")


def in_thread(work: Callable[[], T]) -> "Future[T]":
    """Run something beside the test; a test that fails does not wait for it."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline_s = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline_s, "it did not come to be"
        time.sleep(0.002)


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and waits to be asked does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def hear(source: Source, into: "list[NDArray[np.float32]]") -> None:
    """Take all samples of a source, also those that come before an error."""
    for block in source:
        into.append(block.samples)


def open_files() -> int:
    """Count this process's file descriptors."""
    return len(list(Path("/proc/self/fd").iterdir()))


def unread(fd: int) -> int:
    """Count the bytes that lie in a FIFO."""
    (count,) = struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"\0" * 4))
    return int(count)


def program(folder: Path, name: str, code: str) -> Path:
    """Write a Python program that can be found under a name."""
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{code}")
    path.chmod(0o755)
    return path
