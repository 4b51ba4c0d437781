"""Whether the endpoint is free, and if it is not, who holds it (Linux: by what /proc tells)."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import zmq

from genred.doctor.check import Check, bad, note, ok
from genred.errors import GenredError
from genred.wire.endpoints import DEFAULT_ENDPOINT, bind_all

PROC = Path("/proc")
_LISTENS = "0A"
_OTHER = "give the daemon another one: genred run --bind tcp://127.0.0.1:PORT"


class Holder(NamedTuple):
    """Who listens on a port."""

    uid: int
    pid: int | None = None
    """None if its processes may not be looked into"""
    name: str = ""
    ours: bool = False
    """whether it is genred itself"""


def check_port(endpoint: str = DEFAULT_ENDPOINT, proc: Path = PROC) -> Check:
    """See whether the endpoint can be bound; a genred that holds it is no fault."""
    try:
        _bind(endpoint)
    except GenredError as error:
        number = re.search(r":(\d+)$", endpoint)
        found = holder(int(number[1]), proc) if number and sys.platform == "linux" else None
        return _taken(endpoint, str(error), found)
    return ok("port", f"{endpoint} is free")


def _bind(endpoint: str) -> None:
    with zmq.Context() as context, context.socket(zmq.PUB) as socket:
        socket.linger = 0
        bind_all(socket, [endpoint])


def _taken(endpoint: str, said: str, found: Holder | None) -> Check:
    if found is None:
        return bad("port", said, _OTHER)
    if found.pid is None:
        detail = f"{endpoint} is taken by a process of uid {found.uid}"
        return bad("port", detail, "sudo genred doctor   (as root it can say which)")
    who = f"{found.name}, pid {found.pid}"
    if found.ours:
        return note("port", f"{endpoint} is held by genred itself ({who}): it runs already")
    return bad("port", f"{endpoint} is taken by {who}", f"kill {found.pid}, or {_OTHER}")


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
