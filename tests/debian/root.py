"""A Debian of our own for tests: made once, kept in a cache, copied in no time for each test.

    root = debian()                                  # debootstrap, the first time some minutes
    sound = root.layer("sound", add)                 # `add(copy)` is done once, and kept
    with root.copy() as copy:                        # what is written is gone afterwards
        copy.put(deb, "/tmp/genred.deb")             # or write to copy.path / "etc" / ...
        copy.run("apt-get", "install", "-y", "/tmp/genred.deb", network=True)
        with boot(copy) as machine:                  # machine.py: systemd is PID 1 there
            machine.run("systemctl", "is-active", "genred@bar")

Needs root, and Debian's debootstrap, systemd-container and util-linux; `missing()` says what is
not there. Everything lies in GENRED_DEBIAN_CACHE, else in the user's cache folder; packages come
from GENRED_DEBIAN_MIRROR, else from deb.debian.org, by apt's settings of this machine. Another
architecture needs qemu-user-static with its binfmt entry.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

MIRROR = os.environ.get("GENRED_DEBIAN_MIRROR", "http://deb.debian.org/debian")
SUITE = "bookworm"
PACKAGES = (
    "ca-certificates", "dbus", "dbus-user-session", "iproute2", "libpam-systemd", "procps",
    "python3", "python3-venv", "systemd", "systemd-sysv",
)  # fmt: skip
"""what every root has, beside the little that debootstrap's `minbase` is"""
TOOLS = ("debootstrap", "mount", "nsenter", "systemd-nspawn", "umount", "unshare")
WAIT_S = 600
"""how long a command in a root may take; a fault, not a deadline of the contract"""


class DebianError(Exception):
    """A command in a root has failed; the message has what it said."""


def missing() -> str:
    """Say what is not here for such roots; empty if all is."""
    if os.geteuid() != 0:
        return "only root may make and boot a Debian root"
    found = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    absent = [tool for tool in TOOLS if shutil.which(tool, path=found) is None]
    hint = "apt-get install debootstrap systemd-container"
    return f"{', '.join(absent)} is not there: {hint}" if absent else ""


def cache() -> Path:
    """Return the folder that keeps what was made."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("GENRED_DEBIAN_CACHE") or base / "genred" / "debian")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def debian(arch: str = "amd64") -> "Root":
    """Return a minimal Debian that boots, made if it is not there yet."""

    def bootstrap(folder: Path) -> None:
        included = ",".join(PACKAGES)
        done(["debootstrap", f"--arch={arch}", "--variant=minbase", f"--include={included}",
              SUITE, str(folder), MIRROR])  # fmt: skip
        _as_on_this_machine(folder)

    return Root((_kept(f"{SUITE}-{arch}-{_digest(*PACKAGES)}", bootstrap),))


@dataclass(frozen=True)
class Root:
    """A Debian that nobody writes to: folders laid over each other, the uppermost first."""

    layers: tuple[Path, ...]

    def layer(self, name: str, build: Callable[["Copy"], None], *keys: str) -> "Root":
        """Return this root with what `build` did to a copy of it.

        Done once: kept under the name, the root below and the `keys` that it depends on.
        """

        def make(folder: Path) -> None:
            with self.copy() as copy:
                build(copy)
                copy.unmount()
                (copy.folder / "upper").rename(folder)

        below = self.layers[0].name
        return Root((_kept(f"{name}-{_digest(below, *keys)}", make), *self.layers))

    @contextlib.contextmanager
    def copy(self) -> Iterator["Copy"]:
        """Lay a folder over it that takes what is written; it goes with the block."""
        folder = cache() / f"copy-{uuid.uuid4().hex[:12]}"  # it is the machine's name, too
        folder.mkdir()
        copy = Copy(folder, self.layers)
        copy.mount()
        try:
            yield copy
        finally:
            copy.unmount()
            shutil.rmtree(folder)


class Copy:
    """A root that may be written to: `path` is its `/`."""

    def __init__(self, folder: Path, layers: Sequence[Path]) -> None:
        self.folder = folder
        self.path = folder / "root"
        self._layers = layers
        self._mounted = False

    def mount(self) -> None:
        """Lay the folders over each other."""
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir()
        (self.folder / "upper").chmod(0o755)
        lower = ":".join(map(str, self._layers))
        upper, work = self.folder / "upper", self.folder / "work"
        options = f"lowerdir={lower},upperdir={upper},workdir={work}"
        done(["mount", "-t", "overlay", "overlay", "-o", options, str(self.path)])
        self._mounted = True

    def unmount(self) -> None:
        """Take them apart."""
        if self._mounted:
            done(["umount", "--lazy", str(self.path)])
        self._mounted = False

    def put(self, source: Path, target: str, mode: int | None = None) -> Path:
        """Copy a file or folder to a place in the root; return it as seen from here."""
        place = self.path / target.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy(source, place)
        if mode is not None:
            place.chmod(mode)
        return place

    def write(self, target: str, text: str, mode: int = 0o644) -> Path:
        """Write a file in the root; return it as seen from here."""
        place = self.path / target.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)
        return place

    def run(
        self,
        *command: str,
        network: bool = False,
        binds: Sequence[Path] = (),
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the root while it is not booted; raises DebianError if it fails.

        `binds` are folders of this machine, seen at the same places, read-only.
        """
        options = ["--quiet", "--pipe", "--setenv=DEBIAN_FRONTEND=noninteractive", *_seen(binds)]
        options += ["--resolv-conf=copy-host"] if network else ["--private-network"]
        try:
            return done(nspawn(self, *options, "--", *command), check=check)
        finally:
            sweep(self)


def nspawn(copy: Copy, *arguments: str) -> list[str]:
    """Return the command that runs systemd-nspawn on a copy.

    In a cgroup of its own, and with the unified hierarchy, whatever this machine has: what units
    say of devices and of the network is held by it alone.
    """
    inner = ["systemd-nspawn", "--register=no", "--keep-unit", f"--directory={copy.path}",
             f"--machine={copy.folder.name}", *arguments]  # fmt: skip
    return ["unshare", "--mount", "--propagation=private", "sh", "-euc", _IN_CGROUP,
            copy.folder.name, *inner]  # fmt: skip


_CGROUP = "[ $(stat -fc %T /sys/fs/cgroup) = cgroup2fs ] || mount -t cgroup2 none /sys/fs/cgroup; "
_IN_CGROUP = (
    f'{_CGROUP}mkdir -p "/sys/fs/cgroup/$0"; echo $$ > "/sys/fs/cgroup/$0/cgroup.procs"; exec "$@"'
)
_NO_CGROUP = f'{_CGROUP}find "/sys/fs/cgroup/$0" -depth -type d -exec rmdir {{}} ";"'


def sweep(copy: Copy) -> None:
    """Take away what an ended machine leaves behind on this one."""
    name = copy.folder.name
    done(["unshare", "--mount", "--propagation=private", "sh", "-euc", _NO_CGROUP, name])
    with contextlib.suppress(OSError):
        (Path("/run/systemd/nspawn/propagate") / name).rmdir()


def done(command: Sequence[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command of this machine to its end; raises DebianError with what it said."""
    environ = os.environ | {"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
    found = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=WAIT_S, env=environ,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if check and found.returncode:
        said = (found.stdout + found.stderr)[-4000:]
        raise DebianError(f"exit code {found.returncode} of {' '.join(command)}:\n{said}")
    return found


def _seen(binds: Sequence[Path]) -> list[str]:
    return [f"--bind-ro={path}" for path in binds]


def _kept(name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder of the cache; the first who asks for it makes it, others wait."""
    folder = cache() / name
    with (cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            making = cache() / f"{name}.making"
            shutil.rmtree(making, ignore_errors=True)
            make(making)
            making.rename(folder)
    return folder


def _as_on_this_machine(root: Path) -> None:
    """Let apt fetch as it does here (proxies, certificates, dates), and set no clock."""
    settings = done(["apt-config", "dump", "Acquire"], check=False).stdout
    (root / "etc/apt/apt.conf.d/99host").write_text(settings)
    (root / "etc/apt/sources.list").write_text(f"deb {MIRROR} {SUITE} main\n")
    (root / "etc/hostname").write_text("venue\n")


def _digest(*keys: str) -> str:
    return hashlib.sha256("\0".join((MIRROR, *keys)).encode()).hexdigest()[:12]
