"""The folder of a daemon's keys: its own pair, and those of the clients that may connect.

`daemon.secret`, `daemon.public`, `allowed/NAME.public`: files of mode 0600 in folders of 0700. A
client's file (`NAME.key`) lies with the client, and holds the daemon's public key, too.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import zmq

from genred.errors import GenredError, UsageError
from genred.wire import key_file
from genred.wire.endpoints import check_endpoint, is_local, without_keys
from genred.wire.key_file import KeyFile, is_key
from genred.wire.security import ClientKeys, Guard, ServerKeys

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SUFFIX = ".public"


class Keyring:
    """Keys in a folder; all raise GenredError, one line, for what can't be read or written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._secret = folder / "daemon.secret"
        self._public = folder / "daemon.public"
        self._allowed = folder / "allowed"

    def exists(self) -> bool:
        """Tell whether the daemon has a key."""
        return os.path.lexists(self._secret)

    def make(self, *, force: bool = False) -> bytes:
        """Make the daemon's own pair; return its public key."""
        key_file.make_folder(self.folder)
        key_file.make_folder(self._allowed)
        made = KeyFile.made()
        what = "genred: the key of a daemon"
        key_file.write(self._secret, made, what, force=force)
        key_file.write(self._public, KeyFile(made.public), what, force=True)
        return made.public

    def public(self) -> bytes:
        """Return the daemon's public key; UsageError if it has none yet."""
        self._check_there()
        return key_file.read(self._secret).public

    def allow(self, name: str, key: bytes, *, force: bool = False) -> None:
        """Let a client in; UsageError for a name or a key that is taken."""
        check_name(name)
        self._check_there()
        for other, held in self.allowed().items():
            if held == key and other != name:
                raise UsageError(f"{other} has this key; genred keys revoke {other} frees it")
            if held == key:
                return
        key_file.make_folder(self._allowed)
        path = self._allowed / f"{name}{_SUFFIX}"
        key_file.write(path, KeyFile(key), f"genred: the key of the client {name}", force=force)

    def revoke(self, name: str) -> None:
        """Let a client in no more; UsageError if it is not allowed."""
        try:
            (self._allowed / f"{check_name(name)}{_SUFFIX}").unlink()
        except FileNotFoundError as error:
            known = ", ".join(self.allowed()) or "nobody"
            raise UsageError(f'no client "{name}" is allowed ({known} is)') from error
        except OSError as error:
            raise GenredError(f"{name} can't be revoked: {error.strerror}") from error

    def allowed(self) -> dict[str, bytes]:
        """Return the public keys of all clients that may connect, by name."""
        try:
            paths = sorted(self._allowed.iterdir())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise GenredError(f"{self._allowed}: {error.strerror}") from error
        key_file.check_folder(self._allowed)
        named = [p for p in paths if p.suffix == _SUFFIX and not p.name.startswith(".")]
        return {path.stem: key_file.read(path).public for path in named}

    def load(self) -> ServerKeys:
        """Read all that a daemon goes by; UsageError if it has no key yet."""
        self._check_there()
        key_file.check_folder(self.folder)
        own = key_file.read(self._secret)
        if own.secret is None:
            raise GenredError(f"{self._secret} holds no secret key; make one by genred keys new")
        return ServerKeys(own.public, own.secret, frozenset(self.allowed().values()))

    def _check_there(self) -> None:
        if not self.exists():
            raise UsageError(f"no key of a daemon in {self.folder}: make one by genred keys new")


def check_name(name: str) -> str:
    """Return a client's name; raises UsageError for one that can't be a file's."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"\"{name}\" can't be a client's name: use 1 to 64 of A-Z a-z 0-9 . _ -")
    return name


def public_of(said: str) -> bytes:
    """Return the public key that is said: itself, or a file that holds it."""
    if is_key(said.encode()) and not Path(said).exists():
        return said.encode()
    return key_file.read(Path(said)).public


def make_client(path: Path, name: str, server: bytes, *, force: bool = False) -> bytes:
    """Write a client's file, ready to be carried to it; return its public key."""
    made = KeyFile.made(server)
    what = f"genred: the key of the client {check_name(name)}"
    key_file.write(path, made, what, force=force)
    return made.public


def load_client(path: Path) -> ClientKeys:
    """Read a client's file; raises GenredError."""
    found = key_file.read(path)
    if found.secret is None or found.server is None:
        raise GenredError(
            f"{path} is no client's key: make one by genred keys new --client NAME on the "
            "daemon's machine"
        )
    return ClientKeys(found.public, found.secret, found.server)


@contextmanager
def guarding(
    context: "zmq.Context[zmq.Socket[bytes]]",
    endpoints: Sequence[str],
    folder: Path,
    *,
    insecure: bool = False,
) -> Iterator[Guard | None]:
    """Have somebody stand before endpoints; None if all are local, or open to all on purpose.

    Raises UsageError for what is no endpoint, and without keys to go by; GenredError for keys that
    can't be read.
    """
    open_to_others = [each for each in endpoints if not is_local(check_endpoint(each))]
    if insecure or not open_to_others:
        yield None
        return
    keyring = Keyring(folder)
    if not keyring.exists():
        raise without_keys(open_to_others[0], folder)
    guard = Guard(context, keyring.load())
    try:
        yield guard
    finally:
        guard.close()


def reread(guard: Guard, folder: Path) -> dict[str, object]:
    """Have a guard go by the folder as it is now; return what changed, by key of the config.

    Whoever was connected by a key that is gone is cut off. Raises GenredError, and changes
    nothing, for keys that can't be read, or another pair of the daemon's own.
    """
    before = guard.keys.allowed
    guard.replace(Keyring(folder).load())
    let_in, revoked = len(guard.keys.allowed - before), len(before - guard.keys.allowed)
    if not let_in and not revoked:
        return {}
    return {"security.keys": f"{let_in} let in, {revoked} revoked"}
