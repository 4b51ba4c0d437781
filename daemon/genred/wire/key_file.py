"""A file with a key: its text, who may read it, and that a secret is never lost by writing.

The form is that of zmq.auth's certificates, which czmq and pyzmq read, too; a client's file also
says whose daemon it is for. But zmq.auth writes secrets with whatever mode the umask gives, and
reads them whoever else can.
"""

import os
import re
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import zmq
from zmq.utils import z85

from genred.errors import GenredError, UsageError

_LONGEST = 4096
"""bytes of a key's file"""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_SAYS = re.compile(r"^\s*(public-key|secret-key|server-key)\s*=\s*[\"']?(.*?)[\"']?\s*$")
_BANNER = """\
# {what}
# {advice}

metadata
{metadata}curve
    public-key = "{public}"
"""


@dataclass(frozen=True)
class KeyFile:
    """What a file of a key says; all Z85."""

    public: bytes
    secret: bytes | None = field(default=None, repr=False)
    server: bytes | None = None
    """the key of the daemon that a client's file is for"""

    @classmethod
    def made(cls, server: bytes | None = None) -> "KeyFile":
        """Make a new pair."""
        public, secret = zmq.curve_keypair()
        return cls(public, secret, server)


def is_key(text: bytes) -> bool:
    """Tell whether a text is a key: 32 bytes in the 40 letters of Z85."""
    try:
        return len(text) == 40 and len(z85.decode(text)) == 32  # noqa: PLR2004
    except Exception:  # noqa: BLE001 - pyzmq has a way to fail for each thing that is wrong
        return False


def read(path: Path) -> KeyFile:
    """Read a key; GenredError if it is none, or a secret that others may read."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(_LONGEST + 1)
    except OSError as error:
        raise GenredError(f"{path}: {error.strerror}; give a key's file") from error
    said = _said(text) if len(text) <= _LONGEST else {}
    if "public-key" not in said or not all(map(is_key, said.values())):
        raise GenredError(f"{path} holds no key; make one by genred keys new")
    found = KeyFile(said["public-key"], said.get("secret-key"), said.get("server-key"))
    if found.secret is not None:
        if os.name == "posix" and mode & _OTHERS:
            raise GenredError(
                f"{path} is secret, but others may read it (mode {stat.S_IMODE(mode):04o}): "
                f"chmod 600 {path}"
            )
        if zmq.curve_public(found.secret) != found.public:
            raise GenredError(f"{path}: its two keys are no pair; make others by genred keys new")
    return found


def write(path: Path, keys: KeyFile, what: str, *, force: bool = False) -> None:
    """Write a key whole or not at all, for its owner only; `what` is its first line.

    Raises UsageError if a file is there, unless `force`; GenredError if it can't be written.
    """
    try:
        _write(path, _text(keys, what), force=force)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already; --force replaces it for good") from error
    except OSError as error:
        raise GenredError(f"{path} can't be written: {error.strerror}") from error


def make_folder(folder: Path) -> None:
    """Make a folder for keys, which only its owner may look into; raises GenredError."""
    try:
        if not folder.exists():
            folder.mkdir(mode=0o700, parents=True)
            _give(folder)
    except OSError as error:
        raise GenredError(f"{folder} can't be made: {error.strerror}") from error
    check_folder(folder)


def check_folder(folder: Path) -> None:
    """Raise GenredError for a folder in which others could put keys of their own."""
    try:
        mode = folder.stat().st_mode
    except OSError as error:
        raise GenredError(f"{folder}: {error.strerror}") from error
    if os.name == "posix" and mode & _OTHERS_WRITE:
        raise GenredError(
            f"{folder} holds keys, but others may write in it (mode {stat.S_IMODE(mode):04o}): "
            f"chmod 700 {folder}"
        )


def _said(text: bytes) -> dict[str, bytes]:
    lines = text.decode("utf-8", "replace").splitlines()
    found = [match for match in map(_SAYS.match, lines) if match]
    return {match[1]: match[2].encode() for match in found}


def _text(keys: KeyFile, what: str) -> str:
    public = keys.public.decode()
    server = "" if keys.server is None else f'    server-key = "{keys.server.decode()}"\n'
    advice = "May be shown to anybody."
    if keys.secret is not None:
        advice = "SECRET: whoever reads this file can pass for its owner. Keep its mode of 0600."
    text = _BANNER.format(what=what, advice=advice, metadata=server, public=public)
    secret = "" if keys.secret is None else f'    secret-key = "{keys.secret.decode()}"\n'
    return text + secret


def _write(path: Path, text: str, *, force: bool) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)  # of mode 0600, before anything is in it
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _give(temporary)
        if force:
            temporary.replace(path)
        else:
            os.link(temporary, path)  # unlike a rename, it never replaces
    finally:
        temporary.unlink(missing_ok=True)
    _keep(path.parent)


def _give(path: Path) -> None:
    """Have what root makes belong to whom its folder does: the service's user, if it is theirs."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        above = path.parent.stat()
        os.chown(path, above.st_uid, above.st_gid)


def _keep(folder: Path) -> None:
    """Have a folder's new name outlive a power cut."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
