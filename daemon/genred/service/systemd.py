"""What systemd is told of the daemon: that it is ready, alive, how it is, that it reloads or stops.

The protocol of sd_notify(3): lines NAME=VALUE, one datagram, to the socket that NOTIFY_SOCKET
names; one that begins with @ has no place in the file system. Where that is unset, nothing is sent.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping
from typing import Self

from genred.events import Capture, Event, Genre

_MOST_OWED = 16  # words that found no room; the oldest are of no use any more
_MOST_STATUS = 200  # characters; a datagram that is too long would never be taken
_FEEDS = 4  # within the time that the watchdog allows


class Notifier:
    """Tells systemd; never waits and never raises.

    `watchdog_s` is what WatchdogSec allows between two signs of life; None: nobody watches.
    """

    def __init__(
        self,
        address: str = "",
        watchdog_s: float | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = _address(address)
        self._watchdog_s = watchdog_s
        self._monotonic = monotonic
        self._fed_s = float("-inf")
        self._status = ""
        self._owed: list[str] = []

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str], monotonic: Callable[[], float] = time.monotonic
    ) -> Self:
        """Take what systemd sets: NOTIFY_SOCKET, WATCHDOG_USEC and whom the latter is meant for."""
        ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        usec = environ.get("WATCHDOG_USEC", "")
        watchdog_s = int(usec) / 1e6 if ours and usec.isdecimal() and int(usec) else None
        return cls(environ.get("NOTIFY_SOCKET", ""), watchdog_s, monotonic)

    def ready(self) -> None:
        """Say that it serves; also after `reloading`."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """Say that it takes up changes; `ready` must follow."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={self._monotonic() * 1e6:.0f}")

    def stopping(self) -> None:
        """Say that it ends."""
        self._tell("STOPPING=1")

    def status(self, text: str) -> None:
        """Say in one line how it is; again only once that has changed."""
        line = " ".join(text.split())[:_MOST_STATUS]
        if line != self._status:
            self._status = line
            self._owed = [word for word in self._owed if not word.startswith("STATUS=")]
            self._tell(f"STATUS={line}")

    def watchdog(self) -> None:
        """Give a sign of life, as often as the watchdog needs it."""
        self._tell()
        now_s = self._monotonic()
        due = self._watchdog_s and now_s - self._fed_s >= self._watchdog_s / _FEEDS
        if due and self._send("WATCHDOG=1"):
            self._fed_s = now_s

    def _tell(self, *words: str) -> None:
        """Send words in their order; what finds no room now is sent before the next."""
        self._owed = [*self._owed, *words][-_MOST_OWED:]
        while self._owed and self._send(self._owed[0]):
            del self._owed[0]

    def _send(self, word: str) -> bool:
        """Return whether it is done with: told, or there is nobody to tell."""
        if not self._address:
            return True
        try:
            # Opened for each word, of which there are few: nothing is left to be closed.
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
                to.settimeout(0)
                to.sendto(word.encode(errors="replace"), self._address)
        except (AttributeError, OSError):
            return False
        return True


class StatusLine:
    """Keeps systemd's one line: the genre and how the capture is; `told` sees every event first."""

    def __init__(self, notifier: Notifier, told: Callable[[Event], None] | None) -> None:
        self._notifier = notifier
        self._told = told
        self._genre = ""
        self._capture = ""

    def __call__(self, event: Event) -> None:
        """Take an event."""
        if self._told:
            self._told(event)
        match event:
            case Genre(genre=genre):
                self._genre = f"{genre}; "
            case Capture(state="capturing"):
                self._capture = f"capturing {event.source}"
            case Capture():
                self._capture = f"{event.state}: {event.reason}"
            case _:
                return
        self._notifier.status(self._genre + self._capture)


def _address(said: str) -> str:
    if said.startswith("@"):
        return f"\0{said[1:]}"
    return said if said.startswith("/") else ""
