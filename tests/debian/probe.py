"""Tries what a unit forbids, from inside it: `probe.py RESULT` writes what came of each attempt.

"allowed", or why not: an errno's name, or a word. Stands alone: it is copied into a root.
"""

import ctypes
import errno
import json
import mmap
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE, SYSLOG, PERSONALITY, ADJTIMEX, KEYCTL, UNSHARE = (
    101, 103, 135, 159, 250, 272,
)  # fmt: skip
"""numbers of system calls of x86-64"""
NO_RANDOMIZE, NEW_USER, FAR, PORT = 0x0040000, 0x10000000, "10.9.9.9", 7777
FOREIGN_UID = 1234
HOME = str(Path("/", "home", "alice"))


def syscall(number: int, *arguments: object) -> None:
    if LIBC.syscall(number, *arguments) == -1:
        raise OSError(ctypes.get_errno(), "")


def writable(path: str) -> None:
    """Open for writing what is there, without writing."""
    os.close(os.open(path, os.O_WRONLY))


def readable(path: str) -> None:
    os.close(os.open(path, os.O_RDONLY))


def create(path: str) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o666))
    os.unlink(path)


def own_file() -> str:
    path = f"/dev/shm/probe-{os.getpid()}"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o666))
    return path


def mounted_writable(path: str) -> str:
    return "EROFS" if os.statvfs(path).f_flag & os.ST_RDONLY else "allowed"


def capabilities() -> str:
    """Whether any could be gained, be it by a program that has them."""
    bound = Path("/proc/self/status").read_text().partition("CapBnd:")[2].split()[0]
    return "allowed" if int(bound, 16) else "EPERM"


def chown() -> None:
    os.chown(own_file(), 1, 1)


def set_suid() -> None:
    path = own_file()
    os.chmod(path, 0o4755)


def become_root() -> str:
    """A program that is root's by its mode."""
    uid = subprocess.run(
        ["/usr/local/bin/suid-id", "-u"], capture_output=True, text=True, check=False
    ).stdout
    return "allowed" if uid.strip() == "0" else f"stays {uid.strip() or 'out'}"


def other_owner() -> str:
    """Who owns another user's file: in a user namespace of one's own, nobody."""
    uid = os.stat("/srv/foreign").st_uid
    return "allowed" if uid == FOREIGN_UID else f"seen as {uid}"


def processes() -> str:
    return "allowed" if os.path.exists("/proc/1/comm") else "unseen"


def write_and_execute() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def realtime() -> None:
    """Ask for it with a priority that it can't have: who may ask is told so."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(0))
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise


def family() -> None:
    socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()


def connect(host: str) -> None:
    with socket.create_connection((host, PORT), timeout=0.5):
        pass


def send_datagram() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to:
        to.sendto(b"x", (FAR, PORT))


def core() -> str:
    return "EPERM" if resource.getrlimit(resource.RLIMIT_CORE) == (0, 0) else "allowed"


def mode_of_new_files() -> str:
    path = own_file()
    mode = os.stat(path).st_mode & 0o077
    return "allowed" if mode else "EACCES"


def personality() -> None:
    syscall(PERSONALITY, NO_RANDOMIZE)


def adjtimex() -> None:
    syscall(ADJTIMEX, ctypes.create_string_buffer(512))  # changes nothing: no mode is set


def foreign_abi() -> str:
    """A program of another architecture of this machine: 32-bit x86, which exits with 42."""
    code = subprocess.run(["/usr/local/bin/exit42-i386"], check=False).returncode
    return "allowed" if code == 42 else f"ends with {code}"


def hostname_shared() -> str:
    """Whether the host's name is the machine's own or a private copy."""
    return os.readlink("/proc/self/ns/uts")


OWN_CGROUP: str = Path("/proc/self/cgroup").read_text().strip().rpartition(":")[2]

ATTEMPTS: dict[str, Callable[[], object]] = {
    "write /etc": lambda: create("/etc/probe"),
    "write /srv": lambda: create("/srv/open/probe"),
    "write /home": lambda: create(f"{HOME}/probe"),
    "read /home": lambda: os.listdir(HOME),
    "read .ssh": lambda: os.listdir(f"{HOME}/.ssh"),
    "read /tmp": lambda: readable("/tmp/shared"),
    "see processes": processes,
    "see owners": other_owner,
    "open a device": lambda: os.close(os.open("/dev/probe", os.O_RDONLY)),
    "open /dev/null": lambda: writable("/dev/null"),
    "connect afar": lambda: connect(FAR),
    "connect here": lambda: connect("127.0.0.1"),
    "datagram afar": send_datagram,
    "odd address family": family,
    "read what is audio's": lambda: readable("/srv/audio"),
    "capabilities": capabilities,
    "chown": chown,
    "suid program": become_root,
    "suid bit": set_suid,
    "set clock": adjtimex,
    "cgroups": lambda: writable(f"/sys/fs/cgroup{OWN_CGROUP}/cgroup.procs"),
    "hostname": lambda: socket.sethostname(socket.gethostname()),
    "hostname namespace": hostname_shared,
    "kernel log": lambda: syscall(SYSLOG, 10, None, 0),
    "read modules": lambda: os.listdir("/usr/lib/modules"),
    "kernel tunables' mount": lambda: mounted_writable("/proc/sys/net"),
    "kernel tunables": lambda: writable("/proc/sys/net/ipv4/ip_forward"),
    "namespace": lambda: syscall(UNSHARE, NEW_USER),
    "realtime": realtime,
    "personality": personality,
    "write and execute": write_and_execute,
    "ptrace": lambda: syscall(PTRACE, 0, 0, 0, 0),
    "setuid": lambda: os.setresuid(os.getuid(), os.getuid(), os.getuid()),
    "priority": lambda: os.setpriority(os.PRIO_PROCESS, 0, 0),
    "keyring": lambda: syscall(KEYCTL, 0, -3, 0),
    "other ABI": foreign_abi,
    "core dump": core,
    "files for others": mode_of_new_files,
}


def outcome(attempt: Callable[[], object]) -> str:
    try:
        said = attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, type(error).__name__)
    return said if isinstance(said, str) else "allowed"


def attempted(name: str) -> str:
    """Try it in a process of its own: some attempts change the one that makes them."""
    readable, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, outcome(ATTEMPTS[name]).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(readable) as said:
        text = said.read()
    _, status = os.waitpid(child, 0)
    return text or f"status {status}"


if __name__ == "__main__":
    found = {name: attempted(name) for name in ATTEMPTS}
    found["uid"] = str(os.getuid())
    sys.stdout.write(json.dumps(found) + "\n")
