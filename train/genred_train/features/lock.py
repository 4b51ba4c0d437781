"""One `prepare` at a time in a folder: a lock that the system lets go of when its owner dies."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from genred.errors import GenredError
from genred_train.features.shards import writing

LOCK = ".lock"
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}
"""of file systems that know none: there nothing keeps a second run away"""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder that is there; raises GenredError, one line, if another process holds it."""
    path = folder / LOCK
    handle = _taken(folder, path)
    try:
        yield
    finally:
        _let_go(path, handle)


def _taken(folder: Path, path: Path) -> int:
    while True:
        with writing(folder):
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            free = _lock(handle)
        if not free:
            owner = _owner(handle)
            os.close(handle)
            raise GenredError(
                f"another prepare works in {folder}{owner}; wait for it or give another --out"
            )
        if _still_there(path, handle):
            break
        # Its owner took the file away between our opening and locking it.
        os.close(handle)
    with writing(folder):
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
    return handle


def _owner(handle: int) -> str:
    """Say which process holds the lock, where it has written that already."""
    try:
        pid = os.read(handle, 20).decode()
    except OSError:
        return ""
    return f" (pid {pid})" if pid else ""


def _still_there(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool:
        # A byte beyond the text, which others may then read.
        os.lseek(handle, 1 << 16, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True

    def _let_go(path: Path, handle: int) -> None:
        os.close(handle)
        with suppress(OSError):
            path.unlink()

else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
        return True

    def _let_go(path: Path, handle: int) -> None:
        # Before it is let go: the file that is taken away is ours for certain.
        with suppress(OSError):
            path.unlink()
        os.close(handle)
