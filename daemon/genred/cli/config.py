"""`genred config`: what can be chosen, what holds, and whether it is right."""

import contextlib
import json as jsons
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from msgspec import UNSET

from genred.cli import config_check, config_edit
from genred.cli.options import Config, Json, Settings
from genred.config import Read, read
from genred.config.keys import Key, clean, keys
from genred.config.layers import value_of
from genred.config.page import page, toml, toml_key
from genred.config.problems import Place, Slot
from genred.errors import GenredError
from genred.model.shipped import load_model
from genred.parameters import Tracking
from genred.places import find, places
from genred.service.arguments import parse_settings

app = typer.Typer(help="See, check and change what can be chosen.", no_args_is_help=True)


@app.callback()
def options() -> None:
    """See, check and change what can be chosen."""


@app.command()
def show(config: Config = None, setting: Settings = None, json: Json = False) -> None:
    """Show what holds, and where each value comes from."""
    found = read(config, os.environ, parse_settings(setting or []))
    if json:
        print(jsons.dumps(_as_json(found), indent=2))
    else:
        print("\n".join(_as_toml(found)))


@app.command()
def path(config: Config = None) -> None:
    """Show which file holds, and where it was looked for."""
    file = find(config, os.environ)
    print("none: defaults hold" if file is None else clean(str(file), longest=None))
    for place in places(os.environ) if config is None else ():
        print(f"  {'*' if place == file else '-'} {clean(str(place), longest=None)}")


@app.command()
def check(
    file: Annotated[
        Path | None,
        typer.Argument(help="A file; without one, all that holds here.", readable=False),
    ] = None,
) -> None:
    """Say all that is wrong with the config, one line each."""
    problems = config_check.problems(file, {} if file else os.environ)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        raise typer.Exit(2)
    held = file or find(None, os.environ)
    print("no config: defaults hold" if held is None else f"{clean(str(held), longest=None)}: ok")


@app.command()
def edit(config: Config = None) -> None:
    """Change the config in $VISUAL or $EDITOR; only what is right takes its place."""
    file = find(config, os.environ) or places(os.environ)[0]
    print(config_edit.edit(file, lambda draft: config_check.problems(draft, {}), _ask))


@app.command(hidden=True)
def docs() -> None:
    """Print docs/config.md."""
    print(page(), end="")


def _ask(question: str) -> bool:
    """Ask a person, where there is one; yes but for an answer that says no."""
    if not sys.stdin.isatty():
        return False
    try:
        return not input(f"{question} [Y/n] ").strip().casefold().startswith("n")
    except EOFError:
        return False


def _as_json(found: Read) -> dict[str, object]:
    values: dict[str, object] = {}
    for key, value in _holding(found):
        if isinstance(value, dict):
            values[key.name] = {
                label: {"value": one, **_origin(found, (key.name, label))}
                for label, one in value.items()
            }
        else:
            values[key.name] = {"value": value, **_origin(found, (key.name, None))}
    return {"file": None if found.file is None else str(found.file), "values": values}


def _origin(found: Read, slot: Slot) -> dict[str, str]:
    place = _place(found, slot)
    return {"from": place.kind, "where": place.where} if place.where else {"from": place.kind}


def _as_toml(found: Read) -> Iterator[str]:
    """Yield what holds as a file that says it, each value with its origin behind it."""
    section = ""
    for key, value in _holding(found):
        above, _, name = key.name.rpartition(".")
        if above != section:
            section = above
            yield from ("", f"[{section}]")
        if isinstance(value, dict) and value:
            for label, one in value.items():
                line = f"{name}.{toml_key(label)} = {toml(one)}"
                yield _with_origin(line, _place(found, (key.name, label)))
        elif value is None:
            yield _with_origin(f"#{name} =", _place(found, (key.name, None)))
        else:
            yield _with_origin(f"{name} = {toml(value)}", _place(found, (key.name, None)))


def _with_origin(line: str, place: Place) -> str:
    return f"{line:<40} # {place}"


def _holding(found: Read) -> Iterator[tuple[Key, object]]:
    """Yield each key with what holds, as JSON has it; None where the system decides."""
    tracking = _tracking(found)
    for key in keys().values():
        value = value_of(found.config, (key.name, None))
        if value is UNSET:
            value = getattr(tracking, key.name.rpartition(".")[2])
        yield key, str(value) if isinstance(value, Path) else value


def _tracking(found: Read) -> Tracking:
    """Return the model's own figures; those of models without, if it can't be read."""
    with contextlib.suppress(GenredError):
        return load_model(found.config.model).metadata.tracking
    return Tracking()


def _place(found: Read, slot: Slot) -> Place:
    if slot not in found.places and value_of(found.config, slot) is UNSET:
        return Place("model")
    return found.place(slot)
