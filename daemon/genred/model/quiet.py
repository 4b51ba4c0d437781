"""Keeps what native libraries print by themselves out of the terminal."""

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep greetings out of the terminal: LiteRT and TensorFlow have no switch for theirs."""
    try:
        kept = os.dup(2)
    except OSError:  # A service may have closed it.
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
