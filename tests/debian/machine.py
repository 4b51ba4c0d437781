"""A copy of a Debian root, booted: systemd is PID 1 in it, and the test is its operator."""

import contextlib
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from debian.root import Copy, DebianError, nspawn, sweep

BOOT_S = 60.0
"""how long booting may take; a fault, not a deadline of the contract"""
WAIT_S = 120.0
"""how long a command may take"""


class Machine:
    """A booted root; `leader` is its PID 1 as seen from this machine."""

    def __init__(self, copy: Copy, leader: int) -> None:
        self.copy = copy
        self.leader = leader

    def run(
        self,
        *command: str,
        user: str = "root",
        check: bool = True,
        input: str = "",  # noqa: A002 - as subprocess calls it
        env: dict[str, str] | None = None,
        timeout: float = WAIT_S,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in it, as in a session of the user's; DebianError if it fails."""
        entered = ["nsenter", f"--target={self.leader}", "--all", "--wdns=/", *_as(user)]
        variables = [f"{name}={value}" for name, value in (env or {}).items()]
        found = subprocess.run(
            [*entered, *variables, *command],
            capture_output=True, text=True, check=False, input=input, timeout=timeout,
        )  # fmt: skip
        if check and found.returncode:
            said = (found.stdout + found.stderr)[-4000:]
            raise DebianError(f"exit code {found.returncode} of {' '.join(command)}:\n{said}")
        return found

    def said(self, *command: str, user: str = "root", check: bool = True) -> str:
        """Run a command; return what it printed, without the last line's end."""
        return self.run(*command, user=user, check=check).stdout.rstrip("\n")

    def log_in(self, user: str) -> None:
        """Make a user if there is none, with a manager of their own that stays."""
        if self.run("id", user, check=False).returncode:
            self.run("useradd", "--create-home", "--shell=/bin/bash", user)
        self.run("loginctl", "enable-linger", user)
        self.run("systemctl", "start", f"user@{self.said('id', '-u', user)}.service")

    def show(self, unit: str, name: str, *options: str, user: str = "root") -> str:
        """Return a property of a unit, such as `ActiveState` or `MainPID`."""
        return self.said("systemctl", *options, "show", "--value", "-p", name, unit, user=user)

    def journal(self, unit: str) -> str:
        """Return what a unit has said."""
        return self.said("journalctl", "--no-pager", "-o", "cat", "-u", unit)


@contextlib.contextmanager
def boot(
    copy: Copy, *, network: bool = False, binds: Sequence[Path] = (), options: Sequence[str] = ()
) -> Iterator[Machine]:
    """Boot a copy, and halt it with the block.

    Without `network` it has a loopback of its own and nothing else, so that machines of several
    tests don't meet. `binds` are folders of this machine, seen at the same places, read-only.
    """
    # systemd holds a unit's network and devices by BPF, which a container is not given as such.
    asked = ["--boot", "--console=pipe", "--quiet", "--notify-ready=yes"]
    asked += ["--system-call-filter=bpf"]
    asked += ["--resolv-conf=copy-host"] if network else ["--private-network"]
    asked += [f"--bind-ro={path}" for path in binds] + list(options)
    with (
        tempfile.TemporaryDirectory() as folder,
        (copy.folder / "console").open("w") as console,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told,
    ):
        told.bind(f"{folder}/notify")
        process = subprocess.Popen(
            ["env", f"NOTIFY_SOCKET={folder}/notify", *nspawn(copy, *asked)],
            stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            machine = Machine(copy, _leader(told, process, copy))
            state = machine.said("systemctl", "is-system-running", "--wait", check=False)
            if state not in ("running", "degraded"):
                raise DebianError(f"it is {state}: {_console(copy)}")
            yield machine
        finally:
            _halt(process)
            sweep(copy)


def _leader(told: socket.socket, process: "subprocess.Popen[bytes]", copy: Copy) -> int:
    """Wait until it says that it is ready; return its PID 1."""
    told.settimeout(BOOT_S)
    leader = 0
    try:
        while True:
            lines = told.recv(4096).decode().splitlines()
            said = dict(line.split("=", 1) for line in lines)
            leader = int(said.get("X_NSPAWN_LEADER_PID", leader))
            if said.get("READY") == "1" and leader:
                return leader
    except TimeoutError:
        code = process.poll()
        raise DebianError(f"it did not boot ({code}): {_console(copy)}") from None


def _halt(process: "subprocess.Popen[bytes]") -> None:
    """Halt it in order, as by its power button; then without."""
    process.terminate()
    try:
        process.wait(BOOT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _console(copy: Copy) -> str:
    return (copy.folder / "console").read_text()[-4000:]


def _as(user: str) -> list[str]:
    """Return what makes a command a user's, with their folder for sockets and their bus."""
    base = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]
    if user == "root":
        return ["env", "-i", *base, "HOME=/root"]
    run = "XDG_RUNTIME_DIR=/run/user/$(id -u)"
    shell = f'export HOME=~ {run}; exec "$@"'
    return ["env", "-i", *base, "runuser", "-u", user, "--", "sh", "-c", shell, "sh", "env"]
