"""Whose sound server it is (Linux): the session's folder and the sockets in it, against our uid."""

import grp
import os
import pwd
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from genred.doctor.check import Check, bad, note

SOCKETS = ("pulse/native", "pipewire-0")
RUN_USER = Path("/run/user")


class Session(NamedTuple):
    """Where a sound server is looked for, and by whom."""

    environ: Mapping[str, str]
    uid: int
    run_user: Path = RUN_USER

    @property
    def folder(self) -> Path | None:
        """XDG_RUNTIME_DIR; None if it is unset."""
        said = self.environ.get("XDG_RUNTIME_DIR")
        return Path(said) if said else None


def this_session() -> Session:
    """Return that of this process."""
    return Session(os.environ, os.getuid())


def whose(session: Session) -> str:
    """Say of a server that answers whose it is, as far as that can be told."""
    address = session.environ.get("PULSE_SERVER")
    if address:
        return f" at {address} (PULSE_SERVER)"
    owner = _owner(session.folder) if session.folder else None
    if owner is None:
        return ""
    if owner == session.uid:
        return f", our own (of {user_name(owner)})"
    return f", of {user_name(owner)} (we are {user_name(session.uid)})"


def check_no_server(session: Session, said: str, *, needed: bool) -> Check:
    """Say why no server answers, and what to do; `said` is what the server's library said.

    Not `needed`, where PortAudio hears something itself.
    """
    why, mend = _trouble(session)
    detail = f"none answers ({said}): {why}"
    if needed:
        return bad("sound server", detail, mend)
    return note("sound server", f"{detail}; PortAudio is used instead", mend)


def _trouble(session: Session) -> tuple[str, str]:
    """Find the first thing that is wrong: what, and its mend."""
    address = session.environ.get("PULSE_SERVER")
    if address:
        return f"PULSE_SERVER is {address}", "unset PULSE_SERVER"
    folder = session.folder
    if folder is None or _owner(folder) is None:
        return _no_folder(session, folder)
    return _in_folder(folder, session.uid)


def _no_folder(session: Session, folder: Path | None) -> tuple[str, str]:
    uid, usual = session.uid, session.run_user / str(session.uid)
    if folder is None and _owner(usual) is not None:
        return "XDG_RUNTIME_DIR is unset", f"export XDG_RUNTIME_DIR={usual}"
    if folder is None:
        return f"XDG_RUNTIME_DIR is unset, and {usual} is not there", _linger(uid, usual)
    return f"XDG_RUNTIME_DIR is {folder}, which is not there", _linger(uid, folder)


def _in_folder(folder: Path, uid: int) -> tuple[str, str]:
    for path in (folder, *(folder / socket for socket in SOCKETS)):
        owner = _owner(path)
        if owner not in (None, uid):
            return _foreign(path, int(owner or 0), uid, folder)
    if all(_owner(folder / socket) is None for socket in SOCKETS):
        return f"no socket of one in {folder}", _START
    return f"its socket in {folder} is there, but nobody behind it", _RESTART


_START = "systemctl --user start pipewire pipewire-pulse wireplumber   (or: pulseaudio --start)"
_RESTART = _START.replace(" start pipe", " restart pipe")


def _linger(uid: int, folder: Path) -> str:
    name = user_name(uid)
    return f"sudo loginctl enable-linger {name} && export XDG_RUNTIME_DIR={folder}"


def _foreign(path: Path, owner: int, uid: int, folder: Path) -> tuple[str, str]:
    name = user_name(owner)
    why = f"{path} is of {name} (uid {owner}), we are {user_name(uid)} (uid {uid})"
    return why, f"sudo -u {name} XDG_RUNTIME_DIR={folder} genred ..."


def _owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None


def user_name(uid: int) -> str:
    """Return a user's name, or the number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"


def group_name(gid: int) -> str:
    """Return a group's name, or the number where it has none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
