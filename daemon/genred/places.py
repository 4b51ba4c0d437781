"""Where things are when nobody says otherwise: files, sockets, and what this machine is called."""

import socket
from collections.abc import Mapping
from pathlib import Path

DEFAULT_EVENTS = "tcp://127.0.0.1:5570"
DEFAULT_CONTROL = "tcp://127.0.0.1:5571"
SYSTEM = Path("/etc/genred")
STATE = Path("/var/lib/genred")
"""what the system's service may write to; its user can't read what is root's alone in /etc"""
NAME = "config.toml"


def places(environment: Mapping[str, str]) -> list[Path]:
    """Return where a config is looked for, in this order; the first that exists is the one."""
    named = environment.get("GENRED_CONFIG", "")
    if named:
        return [Path(named)]
    user = user_folder(environment)
    return [folder / NAME for folder in (user, SYSTEM) if folder is not None]


def find(path: Path | None, environment: Mapping[str, str]) -> Path | None:
    """Return the config file: the one that is named, there or not, else the first that exists."""
    if path is not None:
        return path
    if named := environment.get("GENRED_CONFIG", ""):
        return Path(named)
    return next((place for place in places(environment) if _exists(place)), None)


def user_folder(environment: Mapping[str, str]) -> Path | None:
    """Return the user's folder by the XDG Base Directory Specification; None without a home."""
    said = Path(environment.get("XDG_CONFIG_HOME", ""))
    if said.is_absolute():
        return said / "genred"
    home = Path(environment.get("HOME", ""))
    if home.is_absolute():
        return home / ".config" / "genred"
    try:
        return Path.home() / ".config" / "genred"
    except RuntimeError:
        return None


def keys_folder(file: Path | None, environment: Mapping[str, str]) -> Path:
    """Return where keys lie: the system's for a file of the system's, else the user's."""
    if file is not None and file.absolute().parent == SYSTEM:
        return STATE / "keys"
    return (user_folder(environment) or STATE) / "keys"


def host_stream() -> str:
    """Return the host's name as a stream's name."""
    host = socket.gethostname()
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in host)
    return name[:64] or "genred"


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a folder that may not be looked into has nothing for us
        return False
