"""Whether the endpoint is free, and if it is not, who holds it."""

from pathlib import Path

import zmq

from genred.doctor.check import Check, bad, note, ok
from genred.errors import GenredError
from genred.wire.endpoints import DEFAULT_ENDPOINT, bind_all
from genred.wire.holder import PROC, Holder, holder_of


def check_port(
    endpoint: str = DEFAULT_ENDPOINT, proc: Path = PROC, option: str = "--bind"
) -> Check:
    """See whether the endpoint can be bound; a genred that holds it is no fault."""
    try:
        _bind(endpoint)
    except GenredError as error:
        return _taken(endpoint, str(error), holder_of(endpoint, proc), option)
    return ok("port", f"{endpoint} is free")


def _bind(endpoint: str) -> None:
    with zmq.Context() as context, context.socket(zmq.PUB) as socket:
        socket.linger = 0
        bind_all(socket, [endpoint])


def _taken(endpoint: str, said: str, found: Holder | None, option: str) -> Check:
    other = f"give the daemon another one: genred run {option} tcp://127.0.0.1:PORT"
    if found is None:
        return bad("port", said, other)
    if found.pid is None:
        detail = f"{endpoint} is taken by {found}"
        return bad("port", detail, "sudo genred doctor   (as root it can say which)")
    if found.ours:
        who = f"{found.name}, pid {found.pid}"
        return note("port", f"{endpoint} is held by genred itself ({who}): it runs already")
    return bad("port", f"{endpoint} is taken by {found}", f"kill {found.pid}, or {other}")
