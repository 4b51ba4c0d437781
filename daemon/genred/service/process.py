"""What every program of ours that goes on for months does as a process: files, signals, errors."""

import os
import signal
import sys

from genred.errors import GenredError

if sys.platform != "win32":
    import resource


def complain(error: GenredError) -> None:
    """Say an error in one line on stderr."""
    os.write(2, f"genred: {' '.join(str(error).split())}\n".encode(errors="replace"))


def fill_standard_files() -> None:
    """Open what of 0, 1 and 2 is closed, or the next file that is opened would be taken for it."""
    for fd in range(3):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def let_signals_in() -> None:
    """Take the signals that came since the program was started, now that they are minded."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})


def allow_many_files() -> None:
    """Open as many files as the system permits: each peer of a socket takes one."""
    if sys.platform != "win32":
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
