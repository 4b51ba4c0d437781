"""A machine on which units are tried out: with what they must not reach, and what tries it."""

import json
import struct
from pathlib import Path

from debian.machine import Machine
from debian.probe import FAR, FOREIGN_UID, HOME, PORT
from debian.root import Copy

Outcomes = dict[str, str]

PYTHON, PROBE = "/usr/bin/python3", "/opt/probe.py"
ALL_POWERS = ("--capability=all", "--system-call-filter=@keyring")
"""for the machine: else it would forbid by itself what a unit is to forbid"""


def prepare(copy: Copy) -> None:
    """Put in place what units try to reach."""
    copy.put(Path(__file__).with_name("probe.py"), PROBE)
    copy.put(copy.path / "usr/bin/id", "/usr/local/bin/suid-id", 0o4755)
    (copy.path / "usr/local/bin/exit42-i386").write_bytes(_exit42())
    (copy.path / "usr/local/bin/exit42-i386").chmod(0o755)
    (copy.path / "usr/lib/modules").mkdir(exist_ok=True)
    copy.write("/srv/foreign", "")
    copy.run("chown", str(FOREIGN_UID), "/srv/foreign")
    copy.write("/srv/audio", "", 0o640)
    copy.run("chgrp", "audio", "/srv/audio")
    copy.run("install", "-d", "-m", "777", "/srv/open")


def furnish(machine: Machine) -> None:
    """Make what is made at run time: an address beyond loopback's, a listener, a device."""
    machine.log_in("alice")
    machine.run("install", "-d", "-o", "alice", "-m", "700", f"{HOME}/.ssh")
    machine.run("sh", "-c", "echo secret > /tmp/shared")
    machine.run("mknod", "-m", "666", "/dev/probe", "c", "10", "229")  # /dev/fuse, as a stand-in
    machine.run("ip", "address", "add", f"{FAR}/32", "dev", "lo")
    listen = ("python3", "-m", "http.server", str(PORT))
    machine.run("systemd-run", "--unit=listener", *listen)
    machine.run("sh", "-c", f"until ss -ltn | grep -q :{PORT}; do sleep 0.05; done")


def alone(machine: Machine, *lines: str, user: str = "root", session: str = "") -> Outcomes:
    """Return what came of each attempt in a unit that has these lines and no others.

    `session` is the user whose manager runs it, instead of the system's.
    """
    manager = ("systemd-run", "--user") if session else ("systemd-run", f"--property=User={user}")
    given = [f"--property={line}" for line in lines]
    command = (*manager, "--wait", "--pipe", "--quiet", "--collect", *given, PYTHON, PROBE)
    found: Outcomes = json.loads(machine.said(*command, user=session or "root"))
    return found


def inside(machine: Machine, unit: str, folder: str, *, session: str = "") -> Outcomes:
    """Return what came of each attempt in a unit, all its lines in force.

    Only what runs in it is another program. `folder` is where the unit's drop-ins lie.
    """
    result = f"/srv/open/{unit}.json"
    machine.copy.write(
        f"{folder}/{unit}.service.d/probe.conf",
        "[Service]\nType=oneshot\nWatchdogSec=0\nRestart=no\n"
        f"ExecStart=\nExecStart={PYTHON} {PROBE}\nStandardOutput=truncate:{result}\n",
    )
    manager = ["systemctl", "--user"] if session else ["systemctl"]
    user = session or "root"
    machine.run(*manager, "daemon-reload", user=user)
    machine.run(*manager, "start", unit, user=user)
    found: Outcomes = json.loads(machine.said("cat", result))
    return found


def _exit42() -> bytes:
    """Make the smallest program for 32-bit x86: it exits with 42."""
    code = bytes.fromhex("b801000000 bb2a000000 cd80")  # mov eax, 1; mov ebx, 42; int 0x80
    base, start = 0x08048000, 52 + 32
    ident = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    header = struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, base + start, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    size = start + len(code)
    segment = struct.pack("<IIIIIIII", 1, 0, base, base, size, size, 5, 0x1000)
    return ident + header + segment + code
