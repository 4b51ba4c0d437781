"""Who holds an endpoint that is taken (Linux: as far as /proc may be read)."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
_LISTENS = "0A"
_ACCEPTS = 0x10000  # __SO_ACCEPTCON, in the flags of /proc/net/unix
_UNIX_COLUMNS = 8


class Holder(NamedTuple):
    """Who listens."""

    uid: int
    pid: int | None = None
    """None if its processes may not be looked into"""
    name: str = ""
    ours: bool = False
    """whether it is genred itself"""

    def __str__(self) -> str:
        if self.pid is None:
            return f"a process of uid {self.uid}"
        return f"{'genred' if self.ours else self.name}, pid {self.pid}"


def holder_of(endpoint: str, proc: Path = PROC) -> Holder | None:
    """Find who listens on an endpoint of this machine; None if that can't be told."""
    if sys.platform != "linux":
        return None
    port = re.search(r"^tcp://.*:(\d+)$", endpoint)
    if port:
        return holder(int(port[1]), proc)
    name = endpoint.removeprefix("ipc://")
    inodes = _unix_listeners(name, proc) if name != endpoint else ()
    return next((found for inode in inodes if (found := _owner(inode, proc))), None)


def holder(port: int, proc: Path = PROC) -> Holder | None:
    """Find who listens on a TCP port of this machine; None if that can't be told."""
    for uid, inode in _listeners(port, proc):
        return _owner(inode, proc) or Holder(uid)
    return None


def _listeners(port: int, proc: Path) -> Iterator[tuple[int, str]]:
    """Yield uid and inode of the sockets that listen on a port."""
    for table in (proc / "net" / "tcp", proc / "net" / "tcp6"):
        for line in _text(table).splitlines()[1:]:
            cells = line.split()
            if cells[3] == _LISTENS and int(cells[1].rpartition(":")[2], 16) == port:
                yield int(cells[7]), cells[9]


def _unix_listeners(name: str, proc: Path) -> Iterator[str]:
    """Yield inodes of the sockets that listen on a path, or on an abstract name."""
    for line in _text(proc / "net" / "unix").splitlines()[1:]:
        cells = line.split(maxsplit=_UNIX_COLUMNS - 1)
        if len(cells) == _UNIX_COLUMNS and cells[7] == name and int(cells[3], 16) & _ACCEPTS:
            yield cells[6]


def _owner(inode: str, proc: Path) -> Holder | None:
    for process in proc.glob("[0-9]*"):
        if f"socket:[{inode}]" in _opened(process):
            command = _text(process / "cmdline").split("\0")
            ours = any(re.search(r"\bgenred\b", word) for word in command[:3])
            name = _text(process / "comm").strip() or "a process"
            return Holder(process.stat().st_uid, int(process.name), name, ours)
    return None


def _opened(process: Path) -> Iterator[str]:
    """Yield what a process has open; nothing of one that may not be looked into."""
    try:
        for link in (process / "fd").iterdir():
            yield str(link.readlink())
    except OSError:
        return


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
