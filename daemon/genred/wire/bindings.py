"""The endpoints of one socket over its life: bound, and bound again when a key was taken away.

libzmq asks the guard at a handshake only, so whoever has come in stays in. Unbinding an endpoint
ends the connections that came by it, and no others, whatever its linger (measured): who is still
allowed connects again, and local peers notice nothing.
"""

import logging
import time
from collections.abc import Sequence

import zmq

from genred.errors import GenredError
from genred.wire.endpoints import bind_all, bind_one, ipc_path, is_local
from genred.wire.security import Guard

_LOG = logging.getLogger("genred.wire")
_TRIES = 200
_RETRY_S = 0.001
"""libzmq lets go of a port in its own thread: within a millisecond (measured)"""


class Bindings:
    """Endpoints of one socket; `guard` stands before those that are not local.

    `option` is what an error tells to give otherwise.
    """

    def __init__(
        self,
        socket: "zmq.Socket[bytes]",
        wanted: Sequence[str],
        *,
        insecure: bool = False,
        guard: Guard | None = None,
        option: str = "--bind",
    ) -> None:
        self.endpoints: list[str] = []
        """where it is bound, a port `*` resolved; empty before `bind`"""
        self._socket = socket
        self._wanted = tuple(wanted)
        self._insecure = insecure
        self._guard = guard
        self._option = option
        self._revocations = guard.revocations if guard else 0
        self._closed: list[str] = []

    def bind(self) -> None:
        """Bind all or none; raises as `bind_all`."""
        self.endpoints = bind_all(
            self._socket,
            self._wanted,
            insecure=self._insecure,
            guard=self._guard,
            option=self._option,
        )

    def tend(self) -> None:
        """Bind again if a key was taken away since; and what could not be bound again then."""
        if self._guard and self._guard.revocations != self._revocations:
            self._revocations = self._guard.revocations
            self.rebind()
        elif self._closed:
            self._open_closed()

    def rebind(self) -> list[str]:
        """End the connections that came past the guard; return the endpoints that were reopened.

        What waits to be sent on them is lost. One that is taken meanwhile stays closed, and is
        tried again by `tend`.
        """
        guarded = [each for each in self.endpoints if self._guard and not is_local(each)]
        if not guarded:
            return []
        for endpoint in set(guarded) - set(self._closed):
            self._socket.unbind(endpoint)
        self._closed = guarded
        for _ in range(_TRIES):
            self._open_closed()
            if not self._closed:
                break
            time.sleep(_RETRY_S)
        for endpoint in self._closed:
            _LOG.error("%s is taken by another program: tried again until it is free", endpoint)
        reopened = [each for each in guarded if each not in self._closed]
        if reopened:
            _LOG.warning(
                "%s reopened: a key was revoked; others connect again", ", ".join(reopened)
            )
        return reopened

    def release(self) -> None:
        """Remove the files that libzmq leaves behind; call it once the socket is closed."""
        for path in map(ipc_path, self.endpoints):
            if path is not None:
                path.unlink(missing_ok=True)
        self.endpoints, self._closed = [], []

    def _open_closed(self) -> None:
        still: list[str] = []
        for endpoint in self._closed:
            try:
                bind_one(self._socket, endpoint)
            except GenredError:
                still.append(endpoint)
        self._closed = still
