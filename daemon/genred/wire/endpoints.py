"""Where sockets are: an endpoint in words goes in, a bound socket or one line of error comes out.

libzmq takes `tcp://127.0.0.1:99999` and binds port 34463, and an `ipc://` path that another
process listens on is taken away from it without a word (both measured): here both are refused.
"""

import errno
import re
import shlex
import socket as unix
import stat
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import zmq

from genred.errors import GenredError, UsageError
from genred.places import DEFAULT_EVENTS
from genred.wire.holder import holder_of
from genred.wire.security import Guard

DEFAULT_ENDPOINT = DEFAULT_EVENTS

_TCP = re.compile(r"tcp://(?P<host>.+):(?P<port>\*|[0-9]{1,5})")
_LOCAL = re.compile(r"(ipc|inproc)://.+")
_LAST_PORT = 65535
_PROBE_S = 0.2


def check_endpoint(endpoint: str) -> str:
    """Return the endpoint; raises UsageError if it has no form that ZeroMQ knows."""
    tcp = _TCP.fullmatch(endpoint)
    if tcp and (tcp["port"] == "*" or int(tcp["port"]) <= _LAST_PORT):
        return endpoint
    if _LOCAL.fullmatch(endpoint):
        return endpoint
    raise UsageError(f'"{endpoint}" is no endpoint: give tcp://HOST:PORT or ipc://PATH')


def is_local(endpoint: str) -> bool:
    """Tell whether only this machine can reach it: loopback, `ipc://`, `inproc://`."""
    tcp = _TCP.fullmatch(endpoint)
    if tcp is None:
        return bool(_LOCAL.fullmatch(endpoint))
    return _is_loopback(tcp["host"].strip("[]"))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def check_secure(
    endpoints: Sequence[str], guard: Guard | None = None, *, insecure: bool = False
) -> None:
    """Raise UsageError for an endpoint that is malformed, or open to other machines for all."""
    for endpoint in endpoints:
        check_endpoint(endpoint)
        if not insecure and guard is None and not is_local(endpoint):
            raise without_keys(endpoint)


def without_keys(endpoint: str, folder: Path | None = None) -> UsageError:
    """Say how to open an endpoint to other machines, and to those alone that are let in."""
    where = f" in {folder}" if folder else ""
    named = f" (all with --keys {shlex.quote(str(folder))})" if folder else ""
    return UsageError(
        f"{endpoint} can be reached from other machines and there is no key{where}: make one by "
        "genred keys new, a client's by genred keys new --client NAME, let it in by "
        f"genred keys allow NAME NAME.key{named}, and start again; or open it to all by --insecure"
    )


def bind_all(
    socket: zmq.Socket[bytes],
    endpoints: Sequence[str],
    *,
    insecure: bool = False,
    guard: Guard | None = None,
    option: str = "--bind",
) -> list[str]:
    """Bind all of them or none; return them as resolved, `*` replaced by the port.

    A guard stands before those that are not local; the others are open to all of this machine.
    `option` is what an error tells to give otherwise.
    Raises UsageError for one that is malformed, or not local with neither a guard nor `insecure`;
    GenredError for one that is taken.
    """
    check_secure(endpoints, guard, insecure=insecure)
    bound: dict[int, str] = {}
    # libzmq goes by the options of the moment of binding, and a name that it asks the guard by
    # can't be taken back (measured): so the local ones come first.
    order = sorted(range(len(endpoints)), key=lambda i: not is_local(endpoints[i]))
    try:
        for i in order:
            if guard and not is_local(endpoints[i]):
                guard.protect(socket)
            bound[i] = bind_one(socket, endpoints[i], option)
    except GenredError:
        for endpoint in bound.values():
            socket.unbind(endpoint)
        raise
    return [bound[i] for i in sorted(bound)]


def bind_one(socket: zmq.Socket[bytes], endpoint: str, option: str = "--bind") -> str:
    """Bind one endpoint with the socket's present options; return it as resolved."""
    path = ipc_path(endpoint)
    if path is not None:
        _check_ipc(endpoint, path, option)
    # With it set, 127.0.0.1 is told as [::ffff:127.0.0.1].
    socket.ipv6 = "[" in endpoint
    try:
        socket.bind(endpoint)
    except zmq.ZMQError as error:
        if error.errno == errno.EADDRINUSE:
            raise _taken(endpoint, option) from error
        reason = zmq.strerror(error.errno or 0)
        raise UsageError(f"{endpoint} can't be bound: {reason}; give another {option}") from error
    return socket.getsockopt_string(zmq.LAST_ENDPOINT)


def ipc_path(endpoint: str) -> Path | None:
    """Return the file of an `ipc://` endpoint; None for others and for abstract names."""
    name = endpoint.removeprefix("ipc://")
    return None if name == endpoint or name.startswith("@") else Path(name)


def _check_ipc(endpoint: str, path: Path, option: str) -> None:
    """Refuse what libzmq would take away without a word: a live socket, or any file."""
    if _is_listened_on(str(path)):
        raise _taken(endpoint, option)
    try:
        mode = path.lstat().st_mode
    except OSError:  # nothing is there, or binding says better what is wrong
        return
    if not stat.S_ISSOCK(mode):
        raise GenredError(f"{endpoint}: a file is there that is no socket; give another {option}")


def _taken(endpoint: str, option: str) -> GenredError:
    found = holder_of(endpoint)
    who = f"taken by {found}" if found else "taken by another program"
    stop = f"kill {found.pid}" if found and found.pid else "stop what holds it"
    return GenredError(f"{endpoint} is {who}; {stop}, or give another {option}")


def _is_listened_on(path: str) -> bool:
    with unix.socket(unix.AF_UNIX, unix.SOCK_STREAM) as probe:
        probe.settimeout(_PROBE_S)
        try:
            return probe.connect_ex(path) in (0, errno.EAGAIN)
        except OSError:  # longer than a path may be: binding says it better
            return False
