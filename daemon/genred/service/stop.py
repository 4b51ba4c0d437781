"""A bell that a poller can wait for: rung by signals that ask for something, and by threads.

SIGHUP has two meanings. From a terminal that was closed it asks to stop; to a daemon, which has
none, it asks to read the config anew.
"""

import contextlib
import os
import signal
import socket
from types import FrameType
from typing import Any, Self

_HANGUP = getattr(signal, "SIGHUP", None)
_ASKING = [number for number in (signal.SIGINT, signal.SIGTERM, _HANGUP) if number is not None]


class StopSignal:
    """While entered, SIGINT, SIGTERM and SIGHUP ask to stop instead of ending the process.

    `reloads`: SIGHUP asks to reload, unless it comes of a terminal's end that was to be heeded.
    """

    def __init__(self, *, reloads: bool = False) -> None:
        self.requested = False
        self._reloads = reloads
        self._reload = False
        self._had_terminal = False
        self.asked_by_us = False
        """whether no signal asked, but `ask`"""
        self._readable, self._writable = socket.socketpair()
        self._writable.settimeout(0)
        self._readable.settimeout(0)
        self._before: list[tuple[signal.Signals, Any]] = []
        self._fd_before = -1

    def __enter__(self) -> Self:
        self._had_terminal = _HANGUP is not None and _has_terminal()
        self._fd_before = signal.set_wakeup_fd(self._writable.fileno(), warn_on_full_buffer=False)
        for number in _ASKING:
            before = signal.signal(number, self._heed)
            self._before.append((number, before))
            if number == _HANGUP and before is signal.SIG_IGN:  # by nohup
                self._had_terminal = False
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

    def take_reload(self) -> bool:
        """Tell, once each time, whether a reload was asked for."""
        asked, self._reload = self._reload, False
        return asked

    def _heed(self, number: int, frame: FrameType | None) -> None:
        del frame
        if number == _HANGUP and self._reloads and not self._lost_its_terminal():
            self._reload = True
        else:
            self.requested = True

    def _lost_its_terminal(self) -> bool:
        return self._had_terminal and not _has_terminal()


def _has_terminal() -> bool:
    """Tell whether this process has a terminal that can send it signals."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
