"""`genred status`, `snapshot`, `pause`, `resume`, `set`, `reload`: a daemon, asked and told."""

import json as json_text
import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from genred.cli.control_text import event_text, status_panel, status_rows, value_text
from genred.cli.key_option import Key, client_keys
from genred.cli.style import complain
from genred.config import default_endpoints
from genred.errors import GenredError, UsageError
from genred.events import encode
from genred.requests import SnapshotResult, StatusResult
from genred.wire.request import ask

Where = Annotated[
    str | None,
    typer.Option(
        "--control",
        help="The daemon's control socket.",
        metavar="ENDPOINT",
        show_default="control.bind of the config",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def status(control: Where = None, key: Key = None, json: AsJson = False) -> None:
    """Say how the daemon is."""
    found = _asked(control, key, "status")
    if json:
        _print_json(found)
        return
    said = _read(found, StatusResult)
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(status_panel(said))
        return
    for name, text in status_rows(said):
        print(f"{name:<9}{text}")


def snapshot(
    control: Where = None,
    key: Key = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show the last event of each type."""
    for event in _read(_asked(control, key, "snapshot"), SnapshotResult).events:
        sys.stdout.write((encode(event).decode() if json else event_text(event)) + "\n")


def pause(control: Where = None, key: Key = None) -> None:
    """Close what the daemon hears, until resume; it goes on publishing heartbeats."""
    print(_asked(control, key, "pause")["capture"])


def resume(control: Where = None, key: Key = None) -> None:
    """Open it again."""
    print(_asked(control, key, "resume")["capture"])


def set_values(
    values: Annotated[
        list[str], typer.Argument(metavar="KEY=VALUE...", help="Such as labels.weights.rock=0.2")
    ],
    control: Where = None,
    key: Key = None,
    json: AsJson = False,
) -> None:
    """Change the config of the running daemon, until it ends."""
    found = _asked(control, key, "set", dict(map(_pair, values)))["values"]
    if json:
        _print_json(found)
        return
    for name, value in found.items():
        print(f"{name} = {value_text(value)}")


def reload(control: Where = None, key: Key = None, json: AsJson = False) -> None:
    """Have the daemon read its config file again."""
    found = _asked(control, key, "reload")
    if json:
        _print_json(found)
    else:
        for name, value in found["changed"].items():
            print(f"{name} = {value_text(value)}")
        for name, why in found["refused"].items():
            complain(GenredError(f"{name} stays: {why}"))
        if not found["changed"] and not found["refused"]:
            print("nothing has changed")
    if found["refused"]:
        raise typer.Exit(1)


def _asked(
    control: str | None, key: Path | None, method: str, params: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """Ask the daemon that is meant; raises as `ask`."""
    where = control or default_endpoints(os.environ).control
    if where is None:
        raise UsageError("control.bind of the config is empty; say where to ask: --control")
    return ask(where, method, params, keys=client_keys(key, [where]))


def _pair(text: str) -> tuple[str, Any]:
    """Read KEY=VALUE, the value as in TOML, or as it stands if it is none; raises UsageError."""
    key, found, value = text.partition("=")
    if not found or not key.strip():
        raise UsageError(f'"{text}" sets nothing: give KEY=VALUE, such as labels.weights.rock=0.2')
    return key.strip(), _value(value.strip())


def _value(text: str) -> Any:  # noqa: ANN401 - whatever TOML knows
    try:
        tree = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    # A moment or a second key is nothing that a config has: then it is a text.
    known = len(tree) == 1 and isinstance(tree["value"], bool | int | float | str | list | dict)
    return tree["value"] if known else text


def _read(found: Mapping[str, Any], kind: type[msgspec.Struct]) -> Any:  # noqa: ANN401 - `kind`
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise GenredError(f"the daemon's answer is of another version: {error}") from error


def _print_json(found: Mapping[str, Any]) -> None:
    sys.stdout.write(json_text.dumps(found, ensure_ascii=False, allow_nan=False) + "\n")
