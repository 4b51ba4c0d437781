"""`genred doctor`: what is in order on this machine, and the command that mends what is not."""

import json as json_text
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from genred.audio.inputs import DEFAULT
from genred.cli.options import DEFAULT_MODEL, Model
from genred.cli.run_live import is_file
from genred.doctor.check import Check, State
from genred.doctor.checkup import Checkup
from genred.errors import UsageError

_MARKS = {State.OK: ("✓", "ok", "green"), State.BAD: ("✗", "XX", "red"),
          State.NOTE: ("·", "--", "yellow")}  # fmt: skip
_NAME_WIDTH = 12
_NARROWEST = 20


def doctor(
    source: Annotated[
        str, typer.Option("--source", "-s", help="What to listen to, as genred run takes it.")
    ] = DEFAULT,
    model: Model = DEFAULT_MODEL,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Look whether genred can work here, and say how to mend what is wrong."""
    if is_file(source):
        raise UsageError(f'"{source}" is a file: doctor listens to live sources')
    checks = Checkup(source, model)
    found = _as_json(checks) if json else _as_lines(checks)
    if any(check.state is State.BAD for check in found):
        raise typer.Exit(1)


def _as_lines(checks: Iterable[Check]) -> list[Check]:
    """Print each check when it is done."""
    # A command must stay one line, so that it can be copied: the terminal folds it.
    console = Console(highlight=False, soft_wrap=True)
    found = []
    for check in checks:
        console.print(text_of(check, console.width, plain=console.options.ascii_only))
        found.append(check)
    return found


def text_of(check: Check, width: int, *, plain: bool = False) -> Text:
    """Return a check as it is shown: tick or cross, name, finding, and below it the mend."""
    mark, word, style = _MARKS[check.state]
    text = Text().append(word if plain else mark, style)
    text.append(f" {check.name:<{_NAME_WIDTH}} ", "bold")
    left = " " * len(text)
    room = max(_NARROWEST, width - len(left))
    folded = textwrap.wrap(check.detail, room, break_long_words=False, break_on_hyphens=False)
    text.append(f"\n{left}".join(folded))
    if check.mend:
        text.append(f"\n{left}{'>' if plain else '→'} {check.mend}", "cyan")
    return text


def _as_json(checks: Iterable[Check]) -> list[Check]:
    found = list(checks)
    sys.stdout.write(json_text.dumps(as_object(found), allow_nan=False) + "\n")
    return found


def as_object(found: list[Check]) -> dict[str, Any]:
    """Return all checks as one JSON object; `ok` is whether none is bad."""
    return {
        "ok": all(check.state is not State.BAD for check in found),
        "checks": [asdict(check) | {"state": check.state.value} for check in found],
    }
