"""SIGINT and SIGTERM as something that a poller can wait for."""

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
        """File descriptor that becomes readable when a stop is asked for."""
        return self._readable.fileno()

    def _ask(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.requested = True
