"""What must hold before a service is installed, and what is worth knowing; nothing is changed."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from genred.config import ConfigError, load
from genred.doctor.check import Check, bad, note, ok
from genred.installing.place import Place
from genred.installing.unit_text import is_ours

_HIDDEN = ("home", "root", "run/user")
"""what the system's unit does not see of the machine (ProtectHome)"""
_SERVERS = ("pipewire-0", "pulse/native")
_IN_OPT = "sudo python3 -m venv /opt/genred && sudo /opt/genred/bin/pip install genred"
_BOOTED, _SESSION = "run/systemd/system", "systemd/private"


def checks(
    place: Place, environ: Mapping[str, str], python: str, *, force: bool, offline: bool
) -> Iterator[Check]:
    """Yield what is found, in the order in which it matters; `offline`: nothing is to run here."""
    if not offline:
        yield _systemd(place)
    if not offline and place.system:
        yield _rights()
    if not offline and not place.system:
        yield _session(environ)
    yield _interpreter(place, python)
    yield _unit(place, force=force)
    if place.system:
        yield _groups(place)
    else:
        yield _linger(place)
    yield _server(place, environ)
    yield _config(place)


def _systemd(place: Place) -> Check:
    if (place.root / _BOOTED).is_dir():
        return ok("systemd", "runs this machine")
    return bad("systemd", "does not run this machine", "genred run   (under what starts services)")


def _rights() -> Check:
    if os.geteuid() == 0:
        return ok("rights", "we are root")
    return bad("rights", "a service of the system is root's to install", "sudo genred service ...")


def _session(environ: Mapping[str, str]) -> Check:
    run = environ.get("XDG_RUNTIME_DIR", "")
    if run and (Path(run) / _SESSION).exists():
        return ok("session", f"systemd runs in it ({run})")
    usual = f"/run/user/{os.getuid()}"
    detail = f"no systemd of yours answers at {run or 'XDG_RUNTIME_DIR, which is unset'}"
    return bad("session", detail, f"loginctl enable-linger && export XDG_RUNTIME_DIR={usual}")


def _interpreter(place: Place, python: str) -> Check:
    name, package = "interpreter", Path(__file__).resolve().parents[1]
    if place.system:
        for path in (Path(python), Path(python).resolve(), package):
            if path.parts[1:2] and any(_below(path, Path("/", folder)) for folder in _HIDDEN):
                return bad(name, f"the service sees no homes, but needs {path}", _IN_OPT)
        shut = next((p for p in (Path(python).resolve(), package) if not _for_all(p)), None)
        if shut:
            return bad(name, f"{shut} is not for all to read", _IN_OPT)
    return ok(name, python)


def _unit(place: Place, *, force: bool) -> Check:
    path = place.unit_file
    if place.packaged is not None:
        how = f"systemctl {'' if place.system else '--user '}enable --now {place.unit}"
        return bad("unit", f"a package has put it in place already: {place.packaged}", how)
    if not path.exists():
        return ok("unit", f"{path} is not there yet")
    if is_ours(path.read_text(encoding="utf-8", errors="replace")):
        return ok("unit", f"{path} is ours")
    changed = f"{path} was changed by hand"
    if force:
        return note("unit", f"{changed}, and is replaced")
    return bad("unit", changed, f"systemctl edit {place.unit}   for changes; --force replaces it")


def _groups(place: Place) -> Check:
    file = place.root / "etc/group"
    names = [line.partition(":")[0] for line in file.read_text().splitlines()]
    if "audio" in names:
        return ok("groups", "there is a group audio, which may read sound cards")
    return bad("groups", "there is no group audio, which the unit takes", "sudo groupadd -r audio")


def _linger(place: Place) -> Check:
    if (place.root / "var/lib/systemd/linger" / place.user).exists():
        return ok("linger", "it runs while you are not logged in, too")
    return note("linger", "it runs while you are logged in only", "loginctl enable-linger")


def _server(place: Place, environ: Mapping[str, str]) -> Check:
    name = "sound server"
    if not place.system:
        run = Path(environ.get("XDG_RUNTIME_DIR") or "/nonexistent")
        if any(os.access(run / socket, os.F_OK) for socket in _SERVERS):
            return ok(name, "yours runs")
        return note(name, f"none of yours runs ({run}): it is waited for")
    held = [p for s in _SERVERS for p in (place.root / "run/user").glob(f"*/{s}")]
    if held:
        detail = f"{held[0]}: a user's, which may hold the card that this is to hear"
        return note(name, detail, "genred service install --user   (as that user)")
    return ok(name, "no user's runs: the cards are free")


def _config(place: Place) -> Check:
    path = place.config_file
    if not path.exists():
        new = f"{path} is not there: it is written" if place.system else "none: defaults hold"
        return ok("config", new)
    try:
        load(path, {}, {})
    except ConfigError as error:
        return bad("config", " ".join(str(error).split()), f"$EDITOR {path}")
    return ok("config", str(path))


def _below(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder)


def _for_all(path: Path) -> bool:
    """Tell whether any user may reach and read a file or folder."""
    shut = [p for p in path.parents if not p.stat().st_mode & stat.S_IXOTH]
    return not shut and bool(path.stat().st_mode & stat.S_IROTH)
