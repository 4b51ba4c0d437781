"""`genred service`: install, look at and remove the service of systemd that runs genred."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from genred.cli.doctor import text_of
from genred.doctor.check import State
from genred.errors import GenredError
from genred.installing import plan
from genred.installing.checks import checks
from genred.installing.place import Place, place_of
from genred.installing.steps import Step, carry_out
from genred.installing.systemctl import Systemctl
from genred.installing.unit_text import is_ours
from genred.places import host_stream

app = typer.Typer(help="Run genred as a service of systemd.", no_args_is_help=True)

System = Annotated[
    bool | None,
    typer.Option(
        "--system/--user",
        help="The machine's, for ALSA; or yours, for your sound server.",
        show_default="yours; as root the machine's",
    ),
]
Instance = Annotated[
    str | None,
    typer.Option(
        "--instance",
        metavar="NAME",
        help="Of the machine's: its stream, and its config /etc/genred/NAME.toml.",
        show_default="the host's name",
    ),
]
Root = Annotated[Path, typer.Option("--root", hidden=True)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and end.")]


@app.command()
def install(
    system: System = None,
    enable: Annotated[
        bool, typer.Option("--enable", help="Start it, now and with the machine or session.")
    ] = False,
    instance: Instance = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a unit that was changed by hand.")
    ] = False,
    dry_run: DryRun = False,
    root: Root = Path("/"),
) -> None:
    """Put the service in place, or nothing at all if something is in its way."""
    place, systemctl = _asked(system, instance, root)
    console = Console(highlight=False, soft_wrap=True)
    found = list(checks(place, os.environ, sys.executable, force=force, offline=systemctl.offline))
    for check in found:
        console.print(text_of(check, console.width, plain=console.options.ascii_only))
    if any(check.state is State.BAD for check in found):
        raise GenredError("nothing was installed: see what is wrong above")
    steps = plan.install(place, systemctl, enable=enable, python=sys.executable)
    _do(steps, dry_run=dry_run)
    if not dry_run and not enable:
        print(f"start it by: {systemctl.words('enable', '--now', place.unit)}")


@app.command()
def remove(
    system: System = None,
    purge: Annotated[
        bool, typer.Option("--purge", help="Also the machine's configs, and what was learnt.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also a unit that was changed by hand.")
    ] = False,
    dry_run: DryRun = False,
    root: Root = Path("/"),
) -> None:
    """Stop the service and take it away, the machine's with all its instances."""
    place, systemctl = _asked(system, None, root)
    plan.check_removable(place, force=force)
    steps = plan.remove(place, systemctl, purge=purge)
    _do(steps, dry_run=dry_run)
    for path in plan.leaves(place, steps):
        print(f"left: {path}")


@app.command()
def status(system: System = None, instance: Instance = None, root: Root = Path("/")) -> None:
    """Say whether the service is installed, enabled and running; exit code 1 if it does not run."""
    place, systemctl = _asked(system, instance, root)
    state = systemctl.show(place.unit, "ActiveState")
    rows = {
        "unit": _about_unit(place),
        "enabled": systemctl.says("is-enabled", place.unit) or "no",
        "state": f"{state} ({systemctl.show(place.unit, 'SubState')})" if state else "unknown",
        "says": systemctl.show(place.unit, "StatusText"),
        "restarts": systemctl.show(place.unit, "NRestarts"),
    }
    for name, text in rows.items():
        if text:
            print(f"{name:<9}{text}")
    if state not in ("active", "reloading"):
        raise typer.Exit(1)


def _asked(system: bool | None, instance: str | None, root: Path) -> tuple[Place, Systemctl]:
    chosen = os.geteuid() == 0 if system is None else system
    place = place_of(system=chosen, instance=instance or host_stream(), root=root.absolute())
    return place, Systemctl(system=chosen, root=place.root)


def _do(steps: list[Step], *, dry_run: bool) -> None:
    if not steps:
        print("nothing to do")
    for step in steps:
        print(f"will: {step.text}")
    if not dry_run:
        carry_out(steps, lambda text: print(f"done: {text}"))


def _about_unit(place: Place) -> str:
    path = place.unit_file
    if path.exists():
        ours = is_ours(path.read_text(encoding="utf-8", errors="replace"))
        return f"{path}{'' if ours else ' (changed by hand)'}"
    return str(place.packaged or "not installed")
