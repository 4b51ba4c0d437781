"""A bell that a poller can wait for: rung by signals that ask to stop, and by other threads."""

import contextlib
import signal
import socket
from types import FrameType
from typing import Any, Self

_ASKING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class StopSignal:
    """While entered, SIGINT, SIGTERM and SIGHUP ask to stop instead of ending the process."""

    def __init__(self) -> None:
        self.requested = False
        self.asked_by_us = False
        """whether no signal asked, but `ask`"""
        self._readable, self._writable = socket.socketpair()
        self._writable.settimeout(0)
        self._readable.settimeout(0)
        self._before: list[tuple[signal.Signals, Any]] = []
        self._fd_before = -1

    def __enter__(self) -> Self:
        self._fd_before = signal.set_wakeup_fd(self._writable.fileno(), warn_on_full_buffer=False)
        for number in _ASKING:
            self._before.append((number, signal.signal(number, self._heed)))
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

    def ask(self) -> None:
        """Ask to stop, as a signal would; for any thread."""
        self.requested = self.asked_by_us = True
        self.ring()

    def _heed(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.requested = True
