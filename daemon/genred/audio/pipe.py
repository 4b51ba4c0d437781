"""Any other program's sound: raw samples from a FIFO, a file or stdin.

`pipe:PATH?rate=48000&channels=2&format=s16le`; PATH `-`, or `-` alone, is stdin. They never drop,
because their writer waits for us, and they may come faster than real time.
"""

import contextlib
import os
import select
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import parse_qsl

from genred.audio.names import printable
from genred.audio.pcm import SAMPLE_BYTES, PcmBlocks, PcmFormat
from genred.audio.source import Block, Now
from genred.errors import GenredError, UsageError

PREFIX = "pipe:"
STDIN = "-"
FIRST_BYTES_S = 5.0
"""how long a pipe that was opened may take to give its first bytes"""
_STDIN_FD = 0
_DEFAULTS = {"rate": "48000", "channels": "2", "format": "s16le"}
_RATES = range(4000, 768001)
_CHANNELS = range(1, 33)


class PipeName(NamedTuple):
    """What a pipe's name says."""

    path: Path | None
    """None for stdin"""
    given: PcmFormat


def is_pipe(text: str) -> bool:
    """Tell whether a source's name is that of a pipe."""
    return text == STDIN or text.startswith(PREFIX)


def parse(text: str) -> PipeName:
    """Read a pipe's name; raises UsageError naming what is wrong in it."""
    place, _, query = text.removeprefix(PREFIX).partition("?")
    text = printable(text)
    try:
        given = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True)) if query else {}
    except ValueError:
        raise UsageError(f'"{text}": write it as pipe:PATH?rate=48000&channels=2') from None
    unknown = sorted(map(printable, set(given) - set(_DEFAULTS)))
    if unknown:
        raise UsageError(f'"{text}": unknown "{unknown[0]}"; there are {", ".join(_DEFAULTS)}')
    asked = _DEFAULTS | given
    if asked["format"] not in SAMPLE_BYTES:
        raise UsageError(
            f'"{text}": format "{printable(asked["format"])}" is none of {", ".join(SAMPLE_BYTES)}'
        )
    pcm = PcmFormat(
        _number(text, "rate", asked["rate"], _RATES),
        _number(text, "channels", asked["channels"], _CHANNELS),
        asked["format"],
    )
    if "\0" in place:
        raise UsageError(f'"{text}": a path has no zero byte')
    if not place:
        raise UsageError(f'"{text}": names no path; write it as pipe:PATH?rate=48000&channels=2')
    return PipeName(None if place == STDIN else Path(place), pcm)


def _number(text: str, key: str, value: str, among: range) -> int:
    if not (value.isascii() and value.isdigit()) or int(value) not in among:
        raise UsageError(f'"{text}": {key} must be a number from {among.start} to {among.stop - 1}')
    return int(value)


Wait = Callable[[int], bool]
"""waits until a file descriptor can be read; False if it is to be read no more"""


class PipeInput:
    """A pipe, opened again whenever its writer comes back.

    `wait`: how to wait for the next bytes, for whoever has something to do meanwhile, or to heed.
    """

    drops = False
    quiet_is_silence = False

    def __init__(self, text: str, wait: Wait | None = None) -> None:
        self._text = text
        self._wait = wait
        self._path, self._given = parse(text)
        self._bytes: PipeBytes | None = None
        self._readable = False
        self._arrivals = 0

    @property
    def name(self) -> str:
        """What was asked for."""
        return printable(self._text)

    def start(self, changed: Callable[[], None]) -> None:
        """Do nothing: a pipe tells by being readable."""

    def devices(self) -> object:
        """Return how often there came to be something to read."""
        readable = self._bytes is not None and self._bytes.readable
        self._arrivals += readable and not self._readable
        self._readable = readable
        return self._arrivals

    def stop(self) -> None:
        """Let go of it."""
        if self._bytes:
            self._bytes.interrupt()

    def open(self, sample_rate: int, now: Now | None = None) -> "PipeSource":
        """Open it, or go on where the last source was closed; raises GenredError.

        With a clock it waits some seconds for the first bytes; without one, as long as it takes.
        """
        if self._bytes and not self._bytes.ended and self._bytes.was_replaced():
            self._bytes.close()
            self._bytes = None
        if self._bytes is None or self._bytes.ended:
            self._bytes = PipeBytes(self._path, self._wait)
        elif now is not None:
            self._bytes.resume()
        if now is not None and not self._bytes.ready(FIRST_BYTES_S):
            raise GenredError(f"nothing arrives from {_called(self._path)}")
        return PipeSource(self._bytes, self._given, sample_rate, now)


class PipeSource:
    """A pipe that is being read."""

    overflows = 0

    def __init__(
        self, taken: "PipeBytes", given: PcmFormat, sample_rate: int, now: Now | None
    ) -> None:
        self._bytes = taken
        self._given = given
        self._target_rate, self._now = sample_rate, now
        self._closed = threading.Event()

    @property
    def name(self) -> str:
        """The path, or stdin."""
        return self._bytes.name

    @property
    def sample_rate(self) -> int:
        """Rate in Hz, as its name says."""
        return self._given.sample_rate

    @property
    def channels(self) -> int:
        """Channels, as its name says."""
        return self._given.channels

    def __iter__(self) -> Iterator[Block]:
        """Yield blocks to the end; live, a FIFO has none: raises GenredError if its writer goes."""
        yield from PcmBlocks(self, self._given, self._target_rate, self._now)
        if self._now is not None and self._bytes.ended and self._bytes.returns:
            raise GenredError(f"the program that wrote into {self.name} has gone")

    def fill(self, buffer: memoryview) -> int:
        """Wait until the buffer is full or the writer ends; closed, leave what comes to others."""
        return self._bytes.fill(buffer, self._closed)

    def check_place(self) -> None:
        """Do nothing: a pipe stays where it is."""

    def sounding(self) -> bool:
        """Return False: a pipe tells nothing of its writer."""
        return False

    def trouble(self) -> str:
        """Return nothing: a pipe tells no reasons."""
        return ""

    def close(self) -> None:
        """Stop reading; what is in the pipe stays there. For any thread."""
        self._closed.set()
        self._bytes.interrupt()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Keep it open: its writer would be told that nobody reads any more."""
        if self._bytes.ended or self._now is None:
            self._bytes.close()


class PipeBytes:
    """Bytes from a file descriptor, which can be interrupted without losing a byte.

    Raises GenredError if the path can't be opened.
    """

    def __init__(self, path: Path | None, wait: Wait | None = None) -> None:
        self.name = _called(path)
        self.ended = False
        self._path = path
        self._wait_for = wait
        self._fd = _open(path)
        self.returns = path is not None and stat.S_ISFIFO(os.fstat(self._fd).st_mode)
        """whether another writer may come after the last one has gone"""
        self._held = b""
        self._interrupted = threading.Event()
        self._woken, self._wake = os.pipe()
        if _CAN_POLL:
            os.set_blocking(self._wake, False)
        self._reading = threading.Lock()
        self._closing = threading.Lock()
        self._open = True

    def fill(self, buffer: memoryview, closed: threading.Event) -> int:
        """Wait until the buffer is full or the writer ends; interrupted, keep what came for later.

        One reader at a time, and none that is `closed`. Raises GenredError if it can't be read.
        """
        with self._reading:
            return 0 if closed.is_set() else self._fill(buffer)

    def _fill(self, buffer: memoryview) -> int:
        count = len(self._held)
        buffer[:count] = self._held
        self._held = b""
        while count < len(buffer):
            if not self._wait(None):
                self._held = bytes(buffer[:count])
                return 0
            read = self._read(buffer[count:])
            if read is not None and not read:
                self.ended = True
                break
            count += read or 0
        return count

    def was_replaced(self) -> bool:
        """Tell whether the path leads to another pipe by now: this one's writers never come."""
        try:
            there = self._path.stat() if self._path else None
        except OSError:
            there = None
        return there is not None and not os.path.samestat(there, os.fstat(self._fd))

    def ready(self, timeout_s: float) -> bool:
        """Tell whether there is something to read, or the end, waiting so long for it."""
        return self._wait(timeout_s)

    @property
    def readable(self) -> bool:
        """Whether there is something to read, for whoever reads next."""
        return self._open and not self.ended and _CAN_POLL and _readable(self._fd)

    def interrupt(self) -> None:
        """End a `fill` or a `ready` that waits."""
        self._interrupted.set()
        with self._closing, contextlib.suppress(BlockingIOError):
            if self._open and _CAN_POLL:  # closed, the descriptor may be another's by now
                os.write(self._wake, b"x")

    def resume(self) -> None:
        """Read on after an interruption, once the reader before has noticed it."""
        with self._reading:
            self._interrupted.clear()
            if _CAN_POLL and _readable(self._woken):
                os.read(self._woken, 4096)

    def close(self) -> None:
        """Let go of it."""
        self._interrupted.set()
        with self._closing:
            fds = (self._fd, self._woken, self._wake) if self._open else ()
            self._open = False
            for fd in fds:
                if fd != _STDIN_FD:
                    os.close(fd)

    def _wait(self, timeout_s: float | None) -> bool:
        """Wait for bytes or the end; False if interrupted or nothing came in time."""
        if self._interrupted.is_set():
            return False
        if not _CAN_POLL:
            return True
        if self._wait_for and timeout_s is None:
            return self._wait_for(self._fd)
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        ready = dict(poll.poll(None if timeout_s is None else timeout_s * 1000))
        return self._fd in ready and not self._interrupted.is_set()

    def _read(self, buffer: memoryview) -> int | None:
        """Read what is there, 0 at the end, None if there was nothing after all."""
        try:
            got = os.read(self._fd, len(buffer))
        except BlockingIOError:
            return None
        except OSError as error:
            raise GenredError(f"{self.name}: {error.strerror}") from error
        buffer[: len(got)] = got
        return len(got)


_CAN_POLL = hasattr(select, "poll")  # Windows has none for pipes; reads simply wait there


def _readable(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


def _open(path: Path | None) -> int:
    if path is None:
        return _STDIN_FD
    if path.is_dir():
        raise UsageError(f"{_called(path)}: is a folder; name a FIFO or a file of raw samples")
    try:
        # Without O_NONBLOCK, opening a FIFO would wait for its writer; Windows needs O_BINARY.
        return os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", getattr(os, "O_BINARY", 0)))
    except OSError as error:
        raise GenredError(f"{_called(path)}: {error.strerror}") from error


def _called(path: Path | None) -> str:
    return "stdin" if path is None else printable(str(path))
