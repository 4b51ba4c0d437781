"""A small client: endpoints in, typed events out, for programs that want to know the genre.

    for event in Subscriber(types=["genre"]):
        print(event.stream, event.genre)

What is lost, gone or started anew is told by notices, and never ends the iteration: ZeroMQ
connects again by itself. With a `control` endpoint, the daemon is then asked for its present state,
and what was missed of it is handed out, too. One thread at a time may use a subscriber.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Self

import zmq

from genred.errors import GenredError, UsageError
from genred.events import TYPES, Event, check_stream, decode, type_of
from genred.wire.endpoints import DEFAULT_ENDPOINT, check_endpoint
from genred.wire.handshakes import Handshakes
from genred.wire.repair import Repair
from genred.wire.security import ClientKeys, protect_client
from genred.wire.watch import Back, Gap, NewSession, Notice, Skipped, Watch

__all__ = ["DEFAULT_ENDPOINT", "Subscriber"]

_LOOK_S = 0.25
"""how often the clock is looked at while nothing comes"""
_LOG = logging.getLogger("genred.subscriber")
READING = {
    zmq.LINGER: 0,
    zmq.RECONNECT_IVL: 100,  # ms, doubled up to ...
    zmq.RECONNECT_IVL_MAX: 2000,
    zmq.CONNECT_TIMEOUT: 5000,
    # A peer whose machine died says nothing. ZeroMQ's own heartbeats would also cut off a reader
    # whose queue is full, for they wait in it (measured); the kernel's do not.
    zmq.TCP_KEEPALIVE: 1,
    zmq.TCP_KEEPALIVE_IDLE: 10,  # s
    zmq.TCP_KEEPALIVE_INTVL: 5,
    zmq.TCP_KEEPALIVE_CNT: 3,
}


class Subscriber:
    """Iterates events, present state first; `for` and `async for` alike, until it is closed.

    `endpoint` may be several. `types` are those that are handed out; `stream` is one, or None for
    all. The iteration ends when no event of any type has come for `timeout_s` seconds; None waits
    for ever. `on_notice` gets what is to tell; the default logs it. `keys` are for daemons of
    other machines, and then used for all endpoints. `clock` returns seconds that never go back.
    Raises UsageError for an endpoint, type or stream that can't be.

    `control` is the daemon's control socket, or those of several. On a gap, a new session or a
    daemon that is heard again it is asked for its last events, while the iteration goes on. Of the
    types asked for, the last `genre`, `capture` and `status` that were missed are handed out, once
    each, in order and `retained`: at the latest after the next heartbeat, which tells that they do
    not come any more by themselves.
    """

    def __init__(
        self,
        endpoint: str | Sequence[str] = DEFAULT_ENDPOINT,
        *,
        types: Sequence[str] = TYPES,
        stream: str | None = None,
        on_notice: Callable[[Notice], None] | None = None,
        timeout_s: float | None = None,
        keys: ClientKeys | None = None,
        clock: Callable[[], float] = time.monotonic,
        context: "zmq.Context[zmq.Socket[bytes]] | None" = None,
        control: str | Sequence[str] = (),
    ) -> None:
        # libzmq asks in the order of the alphabet (measured), for status last: by the first
        # status that is not retained all other subscriptions hold.
        heard = sorted({*types, "status"})
        if unknown := sorted(set(types) - set(TYPES)):
            raise UsageError(f'no events of type "{unknown[0]}": use {", ".join(TYPES)}')
        endings = "" if stream is None else f"{check_stream(stream)}/"
        self._types = frozenset(types)
        self._notify = on_notice or _log
        self._timeout_s = timeout_s
        self._clock = clock
        self._heard = clock()
        self._watch = Watch(heard)
        self._has_skipped = False
        context = context or zmq.Context.instance()
        self._repair = Repair([control] if isinstance(control, str) else control, context, keys)
        self._socket = context.socket(zmq.SUB)
        for option, value in READING.items():
            self._socket.setsockopt(option, value)
        if keys:
            protect_client(self._socket, keys)
        wanted = [endpoint] if isinstance(endpoint, str) else endpoint
        self._handshakes = Handshakes(self._socket, wanted, keyed=keys is not None)
        for kind in heard:
            self._socket.subscribe(f"{kind}/{endings}")
        self._connect(wanted)

    def close(self) -> None:
        """Close; an iteration under way ends."""
        self._handshakes.close()
        self._socket.close()
        self._repair.close()

    def __iter__(self) -> Iterator[Event]:
        self._heard = self._clock()
        while not self._socket.closed:
            yield from self._take()
            if self._is_over():
                return
            self._wait()

    async def __aiter__(self) -> AsyncIterator[Event]:
        self._heard = self._clock()
        while not self._socket.closed:
            for event in self._take():
                yield event
                await asyncio.sleep(0)  # the others' turn, however much comes
            if self._is_over():
                return
            await self._readable()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def _connect(self, endpoints: Sequence[str]) -> None:
        try:
            for endpoint in endpoints:
                self._socket.ipv6 = "[" in check_endpoint(endpoint)
                self._socket.connect(endpoint)
        except zmq.ZMQError as error:
            self.close()
            reason = zmq.strerror(error.errno or 0)
            raise UsageError(f"can't connect to {endpoint}: {reason}") from error
        except UsageError:
            self.close()
            raise

    def _take(self) -> Iterator[Event]:
        """Hand out what is there; then nothing waits, and the clock can be looked at."""
        while not self._socket.closed:
            try:
                frames = self._socket.recv_multipart(zmq.DONTWAIT)
            except zmq.Again:
                now = self._clock()
                for notice in (*self._watch.tick(now), *self._handshakes.look(now)):
                    self._tell(notice)
                yield from self._missed()
                return
            self._heard = self._clock()
            event = self._read(frames)
            if event is not None:
                yield event
            yield from self._missed()

    def _missed(self) -> Iterator[Event]:
        """Hand out what was missed of the present state and is known by now."""
        if self._socket.closed or not self._repair.sockets:
            return
        try:
            self._repair.step(self._clock())
        except GenredError as error:
            self._skip(str(error))
        for event in self._repair.take(self._watch.has_told):
            new, _ = self._watch.step(event, self._heard)
            if new and type_of(event) in self._types:
                yield event

    def _read(self, frames: list[bytes]) -> Event | None:
        try:
            _, payload = frames
            event = decode(payload)
        except (ValueError, RecursionError) as error:
            self._skip(str(error))
            return None
        new, notices = self._watch.step(event, self._heard)
        for notice in notices:
            self._tell(notice)
        return event if new and type_of(event) in self._types else None

    def _tell(self, notice: Notice) -> None:
        self._notify(notice)
        if isinstance(notice, NewSession):
            self._repair.forget(notice.stream, notice.session)
        if isinstance(notice, Gap | NewSession | Back):
            self._repair.want()

    def _skip(self, reason: str) -> None:
        if not self._has_skipped:
            self._has_skipped = True
            self._tell(Skipped(reason))

    def _wait(self) -> None:
        poller = zmq.Poller()
        for socket in (self._socket, *self._repair.sockets):
            poller.register(socket, zmq.POLLIN)
        poller.poll(int(_LOOK_S * 1000))

    def _is_over(self) -> bool:
        if self._socket.closed:
            return True
        silent_s = self._clock() - self._heard
        return self._timeout_s is not None and silent_s >= self._timeout_s

    async def _readable(self) -> None:
        # zmq.asyncio would leave its watch on the loop after the iteration's end. The descriptor
        # tells only of what comes after the socket was found empty, as it was just now.
        loop, woken = asyncio.get_running_loop(), asyncio.Event()
        descriptors = [s.fileno() for s in (self._socket, *self._repair.sockets)]
        for descriptor in descriptors:
            loop.add_reader(descriptor, woken.set)
        try:
            async with asyncio.timeout(_LOOK_S):
                await woken.wait()
        except TimeoutError:
            pass
        finally:
            for descriptor in descriptors:
                loop.remove_reader(descriptor)


def _log(notice: Notice) -> None:
    _LOG.warning("%s", notice)
