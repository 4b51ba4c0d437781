"""Sources of a sound server: PulseAudio, or PipeWire by either of its protocols.

A child watches the server and tells its state; another one, `parec` or `pw-record`, records. What
the recorder hears is taken from the server's word after each change, because servers move
recordings without telling them.
"""

import importlib.util
import json
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from enum import Enum
from typing import Self

import msgspec

from genred.audio.child import Child, python
from genred.audio.children.parent import speaks_pipewire_alone
from genred.audio.names import NoSuchDeviceError, find
from genred.audio.pcm import PcmBlocks, PcmFormat
from genred.audio.server_state import DOWN, ServerSource, ServerState
from genred.audio.source import BLOCK_S, Block, MisplacedError, Now
from genred.errors import GenredError

FIRST_WORD_S = 2.0
"""how long the watcher may take to tell whether a server answers"""
_RESTART_S = 1.0
_PULSE = "genred.audio.children.pulse_watch"
_PIPEWIRE = "genred.audio.children.pipewire_watch"
_decode = msgspec.json.Decoder(ServerState).decode


class SoundServer:
    """The server of this session, watched by a child; its state is at hand at any time."""

    def __init__(self) -> None:
        self.state = DOWN
        self.seen = False
        """whether it has ever answered"""
        self.arrivals = 0
        """how often it, or something of it, came"""
        self._told = threading.Event()
        self._stopping = threading.Event()
        self._changed: Callable[[], None] = _nothing
        self._child: Child | None = None
        self._thread = threading.Thread(target=self._watch, name="sound-server", daemon=True)

    def start(self, changed: Callable[[], None]) -> None:
        """Begin to watch; `changed` is called in another thread at each change."""
        self._changed = changed
        self._thread.start()

    def state_soon(self) -> ServerState:
        """Return the state, waiting for the watcher's first word."""
        self._told.wait(FIRST_WORD_S)
        return self.state

    def stop(self) -> None:
        """End the watcher."""
        self._stopping.set()
        if self._child:
            self._child.close()

    def _watch(self) -> None:
        while (module := watcher()) and not self._stopping.is_set():
            try:
                self._child = Child(python(module))
                self._listen(self._child)
            except GenredError as error:
                self._take(ServerState(up=False, why=str(error)))
            self._stopping.wait(_RESTART_S)
        if not module:
            self._take(ServerState(up=False, why="neither libpulse0 nor pw-dump is installed"))

    def _listen(self, child: Child) -> None:
        if self._stopping.is_set():  # it was asked to stop while the child was being started
            child.close()
        for line in child.lines():
            try:
                self._take(_decode(line))
            except msgspec.MsgspecError:
                continue
        child.forget()
        self._take(ServerState(up=False, why="its watcher ended"))

    def _take(self, state: ServerState) -> None:
        self.arrivals += state.offers_more(self.state)
        self.state = state
        self.seen |= state.up
        self._told.set()
        self._changed()


def watcher() -> str | None:
    """Return the module that can watch a server here, None if there is no means."""
    if speaks_pipewire_alone():
        return _PIPEWIRE
    if importlib.util.find_spec("pulsectl") and find_library("pulse"):
        return _PULSE
    return _PIPEWIRE if shutil.which("pw-dump") else None


def recorder() -> str:
    """Return the program that records here; raises GenredError if there is none."""
    programs = ["pw-record"] if speaks_pipewire_alone() else ["parec", "pw-record"]
    for program in programs:
        if shutil.which(program):
            return program
    raise GenredError(
        "no program to record from the sound server; install one: "
        "apt-get install pulseaudio-utils (or pipewire-bin)"
    )


class Wanted(Enum):
    """What is asked of a server by a word instead of a name."""

    DEFAULT = "default"
    LOOPBACK = "loopback"


class ServerInput:
    """A source of the sound server, by name, or one that follows the server's default."""

    drops = True
    quiet_is_silence = False

    def __init__(self, wanted: Wanted | str, server: SoundServer | None = None) -> None:
        self._wanted = wanted
        self._server = server or SoundServer()
        self._pinned: str | None = None

    @property
    def name(self) -> str:
        """What was asked for."""
        return self._wanted if isinstance(self._wanted, str) else self._wanted.value

    def start(self, changed: Callable[[], None]) -> None:
        """Watch the server."""
        self._server.start(changed)

    def devices(self) -> object:
        """Return how often the server has come to offer more."""
        return self._server.arrivals

    def stop(self) -> None:
        """End the watcher."""
        self._server.stop()

    def open(self, sample_rate: int, now: Now) -> "ServerStream":
        """Start to record; raises GenredError where there is no server or no such source."""
        state = self._server.state_soon()
        if not state.up:
            raise GenredError(f"no sound server answers ({state.why})")
        source = self._pick(state)
        follows = self._wanted if isinstance(self._wanted, Wanted) else None
        if follows is None:
            self._pinned = source.name
        return ServerStream(self._server, source, follows, sample_rate, now)

    def _pick(self, state: ServerState) -> ServerSource:
        if isinstance(self._wanted, Wanted):
            return followed(state, self._wanted)
        if self._pinned is not None:
            found = state.find(self._pinned)
            if found is None:
                raise NoSuchDeviceError(f'waiting for "{self._pinned}"')
            return found
        return find(self._wanted, [(source.candidate, source) for source in state.sources])


def followed(state: ServerState, wanted: Wanted) -> ServerSource:
    """Return the source that a word means now; raises GenredError if there is none."""
    if wanted is Wanted.LOOPBACK:
        source, what = state.loopback, "sink to listen to"
    else:
        source, what = state.default, "source"
    if source is None:
        raise NoSuchDeviceError(f"the sound server has no default {what}")
    return source


class ServerStream:
    """A recording that runs."""

    overflows = 0

    def __init__(
        self,
        server: SoundServer,
        source: ServerSource,
        follows: Wanted | None,
        sample_rate: int,
        now: Now,
    ) -> None:
        self._server = server
        self._source = source
        self._follows = follows
        self._token = uuid.uuid4().hex
        self._pcm = PcmFormat(source.sample_rate, source.channels, "f32le")
        self._target_rate, self._now = sample_rate, now
        self._child = Child(command(recorder(), source, self._token, stays=follows is None))

    @property
    def name(self) -> str:
        """Name of the source."""
        return self._source.name

    @property
    def sample_rate(self) -> int:
        """The source's own rate in Hz."""
        return self._source.sample_rate

    @property
    def channels(self) -> int:
        """The source's own channels."""
        return self._source.channels

    def __iter__(self) -> Iterator[Block]:
        """Yield blocks until it is closed; raises GenredError if the recorder ends."""
        try:
            yield from PcmBlocks(self._child, self._pcm, self._target_rate, self._now, BLOCK_S)
        except GenredError as error:
            if self._server.state.up and self._follows is None:
                raise GenredError(f"the sound server took {self.name} away ({error})") from error
            raise

    def check_place(self) -> None:
        """Ask what the server says; see `LiveSource.check_place`."""
        check_place(self._server.state, self._token, self.name, self._follows)

    def sounding(self) -> bool:
        """Whether some program plays into the sink whose monitor is heard."""
        state = self._server.state
        source = state.find(self.name)
        # PulseAudio gives zeros only where somebody plays zeros.
        return source is not None and source.playing and "PipeWire" in state.server

    def trouble(self) -> str:
        """Say what the server says of the source."""
        state = self._server.state
        if not state.up:
            return "the sound server does not answer"
        source = state.find(self.name)
        if source is None:
            return f"{self.name} is gone"
        return "suspended by the sound server" if source.suspended else ""

    def close(self) -> None:
        """End the recorder; for any thread."""
        self._child.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.forget()


def check_place(state: ServerState, token: str, name: str, follows: Wanted | None) -> None:
    """Raise MisplacedError if a recording of `name` hears something else, or if it should.

    What follows a default is opened anew also where the server has moved it along by itself: the
    new source may have another rate and other channels, and no window is to span the two.
    """
    heard = state.heard_by(token)
    if not heard:  # it is being connected, or the server is down: both are told elsewhere
        return
    if follows is None:
        if heard != name:
            raise MisplacedError(f"moved by the sound server to {heard}")
        return
    found = state.loopback if follows is Wanted.LOOPBACK else state.default
    should = found.name if found else name
    # While things change, more is to come.
    if state.settled and {heard, should} != {name}:
        raise MisplacedError(f"the default is {should} now", follow=True)


def command(program: str, source: ServerSource, token: str, *, stays: bool) -> list[str]:
    """Return how to record a source as float32 on stdout; `stays` asks not to be moved."""
    properties = {"genred.token": token}
    if stays:
        properties["node.dont-reconnect"] = "true"
    shape = [f"--rate={source.sample_rate}", f"--channels={source.channels}"]
    if source.channel_map:
        shape.append(f"--channel-map={','.join(source.channel_map)}")
    latency_ms = round(BLOCK_S * 1000)
    if program == "parec":
        return [
            "parec", "--raw", "--format=float32le", f"--device={source.name}",
            # Without it a block of two seconds comes every two seconds.
            f"--latency-msec={latency_ms}",
            "--client-name=genred", "--stream-name=genred", *shape,
            *(f"--property={key}={value}" for key, value in properties.items()),
        ]  # fmt: skip
    target = source.monitor_of or source.name
    if source.monitor_of:
        properties["stream.capture.sink"] = "true"
    return [
        "pw-record", "--format=f32", f"--target={target}", f"--latency={latency_ms}ms", *shape,
        f"--properties={json.dumps(properties)}", "-",
    ]  # fmt: skip


def _nothing() -> None:
    """Nobody wants to know."""
