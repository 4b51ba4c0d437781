"""Real sound servers for tests: private, with null sinks only; they can be killed and come back."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

WAIT_S = 10.0
"""how long anything here may take; a fault, not a deadline of the contract"""
PROBE_S = 2.0
"""how long one question may take while the server is still starting"""
POLL_S = 0.02
LOG_LINES = 20

NO_SPAWN = "autospawn = no\n"
"""for libpulse, whose clients else start a server of their own, which nobody would end"""

NO_HARDWARE = """\
alsa_monitor.enabled = false
v4l2_monitor.enabled = false
libcamera_monitor.enabled = false
"""
"""for WirePlumber, which else takes the sound cards of the machine it runs on"""

NO_BLUETOOTH = "bluez_monitor.enabled = false\n"

BUS = """\
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/>
  </policy>
</busconfig>
"""
"""a session bus that starts no service; the usual one starts what the desktop has installed"""

FOREIGN = frozenset(
    {"DISPLAY", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"}
)
"""variables that lead to the user's own server; libpulse also asks the X display"""


class ServerError(Exception):
    """A server, or a question to it, has failed."""


@dataclass(frozen=True)
class Sink:
    """A null sink as it was asked for; PipeWire keeps the rate and channels, not the format."""

    name: str
    rate: int
    channels: int
    sample_format: str

    def arguments(self) -> list[str]:
        """Arguments of module-null-sink."""
        return [
            f"sink_name={self.name}",
            f"rate={self.rate}",
            f"channels={self.channels}",
            f"format={self.sample_format}",
        ]


class SoundServer(ABC):
    """A sound server with a folder of its own; `env` leads clients to it, up or down."""

    name: ClassVar[str]
    programs: ClassVar[tuple[str, ...]]
    packages: ClassVar[tuple[str, ...]]
    null_sink: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="genred-sound-"))
        self.runtime = self.folder / "run"
        self.runtime.mkdir(mode=0o700)
        # Clients make this folder too, and pipewire-pulse ends where one does so just before it.
        (self.runtime / "pulse").mkdir(mode=0o700)
        self._write(".config/pulse/client.conf", NO_SPAWN)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._sinks: dict[str, Sink] = {}
        self._modules: dict[str, str] = {}
        self._default: str | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @classmethod
    def missing(cls) -> list[str]:
        """Programs that are needed and not installed."""
        return [program for program in cls.programs if shutil.which(program) is None]

    @property
    def env(self) -> dict[str, str]:
        """Environment of client programs; the same over the server's whole life."""
        kept = {
            key: value
            for key, value in os.environ.items()
            if key not in FOREIGN and not key.startswith(("PULSE_", "PIPEWIRE_", "DBUS_"))
        }
        return {
            **kept,
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.runtime),
            # Where there is no bus, this keeps libdbus from looking for the user's own.
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self._bus}",
        }

    @property
    def pids(self) -> list[int]:
        """Process ids of the server's programs that run."""
        return [process.pid for process in self._processes if process.poll() is None]

    def start(self) -> None:
        """Start the server, then bring back its sinks one by one, then the default sink."""
        if self._processes:
            raise ServerError(f"{self.name} already runs")
        try:
            self._launch()
            self.wait_until(self._answers, "an answer")
            for sink in self._sinks.values():
                self._load(sink)
            if self._default is not None:
                self.set_default_sink(self._default)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """End all programs of the server as a crash would; its files stay as they are."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait(WAIT_S)
        self._processes.clear()
        self._modules.clear()

    def stop(self) -> None:
        """End the server in good order and remove its folder."""
        for process in reversed(self._processes):
            end(process)
        self._processes.clear()
        self._modules.clear()
        shutil.rmtree(self.folder)

    def add_sink(
        self, name: str, rate: int = 48000, channels: int = 2, sample_format: str = "s16le"
    ) -> None:
        """Add a null sink; return when its monitor can be heard."""
        sink = Sink(name, rate, channels, sample_format)
        self._load(sink)
        self._sinks[name] = sink

    def remove_sink(self, name: str) -> None:
        """Remove a sink, as if its device were unplugged; it is not brought back by a start."""
        self.pactl("unload-module", self._modules.pop(name))
        del self._sinks[name]
        if self._default == name:
            self._default = None
        self.wait_sink_gone(name)

    def wait_sink_gone(self, name: str) -> None:
        """Wait until neither the sink nor its monitor is listed."""
        self.wait_until(
            lambda: name not in self._listed("sinks") and monitor(name) not in self._sources(),
            f"the end of sink {name}",
        )

    def set_default_sink(self, name: str) -> None:
        """Make a sink the default; return when the server says so."""
        self.pactl("set-default-sink", name)
        self._default = name
        self.wait_until(
            lambda: self.pactl("get-default-sink").strip() == name, f"{name} as default sink"
        )

    def default_sink(self) -> str:
        """Name of the default sink; what the server says where there is none."""
        return self.pactl("get-default-sink").strip()

    def suspend(self, name: str, on: bool) -> None:
        """Suspend a sink, or wake it.

        On PulseAudio its monitor gives nothing meanwhile; PipeWire 0.3.65 goes on with zeros, and
        who hears it then hears zeros for ever.
        """
        self.pactl("suspend-sink", name, str(int(on)))

    @contextlib.contextmanager
    def play(self, path: Path, sink: str) -> Iterator[subprocess.Popen[bytes]]:
        """Play a sound file into a sink; the player has begun, and ends with the block."""
        before = self._inputs(sink)
        player = self._open(*self._player(path, sink))
        try:
            self.wait_until(
                lambda: player.poll() is not None or bool(self._inputs(sink) - before),
                f"{path.name} in sink {sink}",
            )
            if player.returncode:
                raise ServerError(f"{player.args!r} failed\n{self.log()}")
            yield player
        finally:
            end(player)

    def pactl(self, *arguments: str, seconds: float = WAIT_S) -> str:
        """Ask the server with pactl; return what it prints."""
        done = subprocess.run(
            ["pactl", *arguments],
            env={**self.env, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
        if done.returncode:
            raise ServerError(f"pactl {' '.join(arguments)}: {done.stderr.strip()}\n{self.log()}")
        return done.stdout

    def wait_until(self, done: Callable[[], bool], what: str) -> None:
        """Ask again and again until it is so; a program that ends meanwhile is an error."""
        deadline = time.monotonic() + WAIT_S
        while not done():
            ended = [process.args for process in self._processes if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                why = f"{ended} ended" if ended else f"{WAIT_S:g} s are over"
                raise ServerError(f"{self.name}: waited for {what}: {why}\n{self.log()}")
            time.sleep(POLL_S)

    def log(self) -> str:
        """Last lines that each program wrote."""
        parts = []
        for path in sorted(self.folder.glob("*.log")):
            lines = path.read_text(errors="replace").splitlines()[-LOG_LINES:]
            parts.append("\n".join([f"==> {path.name}", *lines]))
        return "\n".join(parts)

    @property
    def _bus(self) -> Path:
        return self.runtime / "bus"

    @abstractmethod
    def _launch(self) -> None:
        """Start the server's programs, in the order they need each other."""

    @abstractmethod
    def _player(self, path: Path, sink: str) -> list[str]:
        """Command that plays a file into a sink."""

    def _ready(self, info: str) -> bool:
        """Whether a server that gives this answer is complete."""
        return bool(info)

    def _answers(self) -> bool:
        try:
            return self._ready(self.pactl("info", seconds=PROBE_S))
        except (ServerError, subprocess.TimeoutExpired):
            return False

    def _run(self, *command: str, socket_path: Path | None = None) -> None:
        """Start one of the server's programs; wait for its socket, if it is named."""
        self._processes.append(self._open(*command))
        if socket_path is not None:
            self.wait_until(lambda: listens(socket_path), f"socket {socket_path.name}")

    def _open(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{command[0]}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=self.folder,
            )

    def _load(self, sink: Sink) -> None:
        index = self.pactl("load-module", "module-null-sink", *sink.arguments(), *self.null_sink)
        self._modules[sink.name] = index.strip()
        self.wait_until(
            lambda: monitor(sink.name) in self._sources(), f"monitor of sink {sink.name}"
        )

    def _table(self, what: str) -> list[list[str]]:
        return [line.split("\t") for line in self.pactl("list", "short", what).splitlines()]

    def _listed(self, what: str) -> dict[str, str]:
        """Names of sinks or sources, each with its index."""
        return {row[1]: row[0] for row in self._table(what)}

    def _sources(self) -> dict[str, str]:
        return self._listed("sources")

    def _inputs(self, sink: str) -> set[str]:
        """Indexes of the streams that play into a sink."""
        index = self._listed("sinks").get(sink)
        return {row[0] for row in self._table("sink-inputs") if row[1] == index}

    def _write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


class PulseAudio(SoundServer):
    """PulseAudio with nothing loaded but its socket."""

    name = "pulseaudio"
    programs = ("pulseaudio", "pactl", "paplay", "parec")
    packages = ("pulseaudio", "pulseaudio-utils")
    # Else an idle null sink is two seconds ahead of the clock, and who comes then waits for them.
    null_sink = ("norewinds=1",)

    def _launch(self) -> None:
        self._run(
            "pulseaudio",
            "-n",
            "--daemonize=no",
            "--exit-idle-time=-1",
            "--use-pid-file=no",
            "-L",
            "module-native-protocol-unix",
        )

    def _player(self, path: Path, sink: str) -> list[str]:
        return ["paplay", "-d", sink, str(path)]


class PipeWire(SoundServer):
    """PipeWire with WirePlumber and PulseAudio's protocol, on a session bus of its own."""

    name = "pipewire"
    programs = (
        "dbus-daemon",
        "pipewire",
        "wireplumber",
        "pipewire-pulse",
        "pw-play",
        "pactl",
        "parec",
    )
    packages = ("dbus-daemon", "pipewire", "pipewire-pulse", "wireplumber", "pulseaudio-utils")

    def __init__(self) -> None:
        super().__init__()
        self._write("bus.conf", BUS.format(path=self._bus))
        self._write(".config/wireplumber/main.lua.d/60-no-hardware.lua", NO_HARDWARE)
        self._write(".config/wireplumber/bluetooth.lua.d/60-no-bluetooth.lua", NO_BLUETOOTH)

    def _launch(self) -> None:
        config = self.folder / "bus.conf"
        self._run("dbus-daemon", "--nofork", f"--config-file={config}", socket_path=self._bus)
        self._run("pipewire", socket_path=self.runtime / "pipewire-0")
        self._run("wireplumber")
        self._run("pipewire-pulse")

    def _ready(self, info: str) -> bool:
        # pipewire-pulse answers before WirePlumber is up, which alone names a default.
        return "Default Sink:" in info and "@DEFAULT_SINK@" not in info

    def _player(self, path: Path, sink: str) -> list[str]:
        return ["pw-play", "--target", sink, str(path)]


def monitor(sink: str) -> str:
    """Name of the source that hears a sink."""
    return f"{sink}.monitor"


def listens(path: Path) -> bool:
    """Whether somebody listens at a Unix socket; a dead server leaves the file behind."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
        return True


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process by its own id, by force where it does not listen."""
    process.terminate()
    try:
        process.wait(WAIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(WAIT_S)
