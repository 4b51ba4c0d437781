"""Programs beside ours: they can be killed, and their faults are not ours.

What they give comes on their stdout; what they say, on their stderr, is kept to its last lines.
"""

import contextlib
import errno
import io
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence

from genred.errors import GenredError

if sys.platform == "linux":
    import fcntl

_KEPT_LINES = 20
_LONGEST_LINE = 1 << 16  # bytes; a longer one is taken in parts
_PIPE_BYTES = 1 << 20
_END_S = 2.0  # how long a child that was killed may take to be gone


def python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of ours in a fresh interpreter."""
    return [sys.executable, "-m", module, *arguments]


class Child:
    """A running program: a Feed of the bytes that it writes.

    Raises GenredError if it can't be started. Our own programs end when their stdin does; for
    others the kernel is asked to end them with us, where it can be asked so.
    """

    def __init__(self, command: Sequence[str], heard: Callable[[str], None] | None = None) -> None:
        self._name = command[0]
        self._closing = False
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)
        self._heard = heard or self._said.append
        guard = [] if command[0] == sys.executable else with_parent()
        try:
            if guard and not shutil.which(command[0]):  # else the guard itself would start, and end
                raise FileNotFoundError(errno.ENOENT, "not found")
            self._process = subprocess.Popen(  # noqa: S603 - programs named here, no shell
                [*guard, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C in a terminal is for us alone
            )
        except OSError as error:
            raise GenredError(f"{self._name}: {error.strerror}") from error
        _widen(self._stdout.fileno())
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether it is gone."""
        return self._process.poll() is not None

    def fill(self, buffer: memoryview) -> int:
        """Wait until the buffer is full; raises GenredError if the program ends before.

        Returns less than the buffer's size only once it is closed.
        """
        count = self._stdout.readinto(buffer)
        if count < len(buffer) and not self._closing:
            raise GenredError(self._last_words())
        return count

    def lines(self) -> "Lines":
        """Its stdout as lines of text, for programs that tell instead of play."""
        return Lines(self._stdout)

    def close(self) -> None:
        """Kill it; a read that waits for it ends. For any thread, and more than once."""
        self._closing = True
        if sys.platform == "win32":
            self._process.kill()
        elif not self.ended:
            # With all that it has started: they are a group of their own.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def forget(self) -> None:
        """Kill it, and let go of its pipes; only for the thread that reads."""
        self.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        self._listener.join(_END_S)
        pipes = [self._process.stdin, self._process.stdout]
        # While a program that it left behind may still speak, closing would wait for that one.
        if not self._listener.is_alive():
            pipes.append(self._process.stderr)
        for pipe in pipes:
            with contextlib.suppress(OSError, ValueError):
                pipe.close()  # type: ignore[union-attr]

    @property
    def _stdout(self) -> io.BufferedReader:
        pipe = self._process.stdout
        assert isinstance(pipe, io.BufferedReader)  # noqa: S101 - Popen was asked for it
        return pipe

    def _listen(self) -> None:
        pipe = self._process.stderr
        with contextlib.suppress(OSError, ValueError):
            while pipe and (line := pipe.readline(_LONGEST_LINE)):
                self._heard(line.decode("utf-8", "replace").strip())

    def _last_words(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        self._listener.join(_END_S)
        said = next((line for line in reversed(self._said) if line), "")
        code = self._process.returncode
        how = f"was killed (signal {-code})" if code is not None and code < 0 else "ended"
        return f"{self._name} {how}" + (f": {said}" if said else "")


class Lines:
    """Lines of a child's stdout, until it ends."""

    def __init__(self, pipe: io.BufferedReader) -> None:
        self._pipe = pipe

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        """Return the next line; ends with the program."""
        try:
            line = self._pipe.readline()
        except (OSError, ValueError):
            line = b""
        if not line:
            raise StopIteration
        return line.decode("utf-8", "replace").strip()


def _widen(fd: int) -> None:
    """Let a pipe hold seconds of sound, so that a block is one wake-up, and a stall no loss."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # a user may have used up what all pipes may hold
            fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def with_parent() -> list[str]:
    """Return what makes a program end when we do, even when we are killed.

    For the kernel we are the thread that starts it, so it ends with that one at the latest.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []
