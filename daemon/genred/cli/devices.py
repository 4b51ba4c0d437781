"""`genred devices`: what can be heard here, and whether sound is arriving from it."""

import contextlib
import json
import sys
import time
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live

from genred.audio.devices import Device, Found, Reading, look, measure
from genred.audio.soundserver import SoundServer
from genred.cli.device_list import DeviceList, Row
from genred.cli.device_watch import Watch
from genred.cli.options import Json
from genred.cli.style import complain
from genred.errors import GenredError, UsageError

_REDRAWN_S = 0.125


def devices(
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Keep all open and show levels until Ctrl-C.")
    ] = False,
    no_level: Annotated[
        bool, typer.Option("--no-level", help="Open nothing; list names only.")
    ] = False,
    json: Json = False,
) -> None:
    """List inputs and loopbacks by the names that --source takes, with the sound of now."""
    if watch and (json or no_level):
        raise UsageError(f"--watch does not go with {'--json' if json else '--no-level'}")
    server = SoundServer() if sys.platform == "linux" else None
    if server:
        server.start(_ignore)
    try:
        found = look(server)
        _complain(found)
        if watch:
            _watch(found, server)
        else:
            _show(found.devices, levels=not no_level, as_json=json)
    finally:
        if server:
            server.stop()


def _complain(found: Found) -> None:
    """Say what could not be asked; raises GenredError if nothing at all is there."""
    if not found.devices:
        reasons = "; ".join(found.failures) or "there is none"
        raise GenredError(f"nothing to hear: looked for {found.looked_for}: {reasons}")
    for failure in found.failures:
        complain(GenredError(failure))


def _show(listed: list[Device], *, levels: bool, as_json: bool) -> None:
    readings = measure(listed) if levels else [Reading(None, "")] * len(listed)
    rows = [Row(*pair) for pair in zip(listed, readings, strict=True)]
    if not as_json:
        # Folded by the terminal itself, a name can be copied whole.
        console = Console(highlight=False, soft_wrap=True)
        for line in DeviceList(rows).lines():
            console.print(line)
        return
    for row in rows:
        print(json.dumps(as_object(row), allow_nan=False))


def as_object(row: Row) -> dict[str, Any]:
    """Return a device as one JSON object; `problem` only where there is one."""
    device, (level, problem) = row
    made = {
        "name": device.name,
        "description": device.description,
        "kind": device.kind.value,
        "backend": device.backend,
        "sample_rate": device.sample_rate,
        "channels": device.channels,
        "default": device.default,
        "level_dbfs": None if level is None else round(level, 1),
    }
    return made | ({"problem": problem} if problem else {})


def _watch(found: Found, server: SoundServer | None) -> None:
    console = Console(highlight=False)
    with (
        contextlib.suppress(KeyboardInterrupt),  # Ctrl-C is how one leaves
        Watch(found.devices, server) as watched,
        Live(watched, console=console, refresh_per_second=8),
    ):
        while True:
            watched.look()
            time.sleep(_REDRAWN_S)


def _ignore() -> None:
    """Do nothing: the state is asked for."""
