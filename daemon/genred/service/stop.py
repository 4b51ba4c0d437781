"""A bell that a poller can wait for: rung by SIGINT and SIGTERM, and by other threads."""

import contextlib
import signal
import socket
from types import FrameType
from typing import Any, Self


class StopSignal:
    """While entered, SIGINT and SIGTERM ask to stop instead of ending the process."""

    def __init__(self) -> None:
        self.requested = False
        self._readable, self._writable = socket.socketpair()
        self._writable.settimeout(0)
        self._readable.settimeout(0)
        self._before: list[tuple[signal.Signals, Any]] = []
        self._fd_before = -1

    def __enter__(self) -> Self:
        self._fd_before = signal.set_wakeup_fd(self._writable.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before.append((number, signal.signal(number, self._ask)))
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before:
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._fd_before)
        self._readable.close()
        self._writable.close()

    def fileno(self) -> int:
        """File descriptor that is readable once it was rung."""
        return self._readable.fileno()

    def ring(self) -> None:
        """Wake the poller; for any thread."""
        # Full, it is rung already; closed, nobody waits any more.
        with contextlib.suppress(OSError):
            self._writable.send(b"x")

    def hush(self) -> None:
        """Take the rings that were heard; a stop that was asked for stays `requested`."""
        # What is left, if ever there was more, rings once again.
        with contextlib.suppress(OSError):
            self._readable.recv(4096)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.requested = True
