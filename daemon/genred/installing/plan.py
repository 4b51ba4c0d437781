"""What installing and removing a service comes to: steps, before any of them is done."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from genred.errors import UsageError
from genred.installing.place import Place
from genred.installing.steps import Step, erase, write
from genred.installing.systemctl import Systemctl
from genred.installing.unit_text import is_ours, marked, unit_text

CONFIG = """\
# What genred@{instance} hears, and where it publishes; genred config show lists all there is.

source = "default"

[events]
bind = ["tcp://127.0.0.1:5570"]

[control]
bind = ["tcp://127.0.0.1:5571"]
"""


def install(place: Place, systemctl: Systemctl, *, enable: bool, python: str) -> list[Step]:
    """Return the steps that put a service in place; what is there already is no step."""
    steps = []
    text = marked(unit_text(place.shipped, python))
    if _text(place.unit_file) != text:
        steps.append(write(place.unit_file, text))
        steps += _reload(systemctl)
    if place.system and not place.config_file.exists():
        steps.append(write(place.config_file, marked(CONFIG.format(instance=place.instance))))
    if enable and not _is_on(place, systemctl):
        steps.append(_enable(place, systemctl))
    return steps


def remove(place: Place, systemctl: Systemctl, *, purge: bool) -> list[Step]:
    """Return the steps that take a service away, the system's with all its instances.

    A config that somebody wrote or changed, and what was learnt, stay unless `purge`.
    """
    names = systemctl.instances() if place.system else [place.unit]
    steps = [_disable(name, systemctl) for name in names if _knows(name, systemctl)]
    if place.unit_file.exists():
        steps.append(erase(place.unit_file))
        steps += _reload(systemctl)
    if place.system:
        configs = sorted((place.root / "etc/genred").glob("*.toml"))
        steps += [erase(path) for path in configs if purge or is_ours(_text(path))]
        steps += _without_state(place, purge=purge)
    return steps


def leaves(place: Place, steps: Sequence[Step]) -> list[Path]:
    """Return what is genred's and stays after these steps."""
    gone = {step.text for step in steps}
    if not place.system:
        kept = [place.config_file]
    else:
        kept = [*sorted((place.root / "etc/genred").glob("*.toml")), place.state_folder]
    return [path for path in kept if path.exists() and f"remove {path}" not in gone]


def check_removable(place: Place, *, force: bool) -> None:
    """Raise UsageError where the unit is not ours to take away."""
    if place.unit_file.exists() and not is_ours(_text(place.unit_file)) and not force:
        raise UsageError(f"{place.unit_file} was changed by hand; --force removes it all the same")


def _reload(systemctl: Systemctl) -> list[Step]:
    if systemctl.offline:
        return []

    def do() -> None:
        systemctl("daemon-reload")

    return [Step(systemctl.words("daemon-reload"), do, do)]


def _enable(place: Place, systemctl: Systemctl) -> Step:
    words = ["enable", place.unit] if systemctl.offline else ["enable", "--now", place.unit]
    undo = ["disable", *words[1:]]
    return Step(
        systemctl.words(*words), lambda: systemctl(*words), lambda: _stopped(undo, systemctl)
    )


def _stopped(undo: Sequence[str], systemctl: Systemctl) -> None:
    systemctl(*undo)
    if not systemctl.offline and systemctl.show(undo[-1], "ActiveState") == "failed":
        systemctl("reset-failed", undo[-1])


def _disable(name: str, systemctl: Systemctl) -> Step:
    words = ["disable", name] if systemctl.offline else ["disable", "--now", name]
    again = ["enable", *words[1:]] if systemctl.says("is-enabled", name) == "enabled" else None

    def do() -> None:
        systemctl(*words)
        if systemctl.show(name, "ActiveState") == "failed":
            systemctl("reset-failed", name)

    def undo() -> None:
        if again:
            systemctl(*again)

    return Step(systemctl.words(*words), do, undo)


def _without_state(place: Place, *, purge: bool) -> list[Step]:
    """Return the step that takes away what was learnt, and the link that systemd made to it."""
    folder, link = place.state_folder, place.root / "var/lib/genred"
    empty = folder.is_dir() and not any(folder.iterdir())

    def do() -> None:
        shutil.rmtree(folder)
        link.unlink(missing_ok=True)

    return [Step(f"remove {folder}", do)] if folder.is_dir() and (purge or empty) else []


def _is_on(place: Place, systemctl: Systemctl) -> bool:
    enabled = systemctl.says("is-enabled", place.unit) == "enabled"
    return enabled and (systemctl.offline or systemctl.show(place.unit, "ActiveState") == "active")


def _knows(name: str, systemctl: Systemctl) -> bool:
    """Whether there is something to stop or to disable."""
    enabled = systemctl.says("is-enabled", name) == "enabled"
    active = "" if systemctl.offline else systemctl.show(name, "ActiveState")
    return enabled or active not in ("", "inactive")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
