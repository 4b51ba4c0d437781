"""`genred taught`: what genred was taught, and how to make it forget."""

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from genred.cli.options import DEFAULT_MODEL, Json, Model, TaughtDir
from genred.cli.teach import open_store
from genred.errors import UsageError
from genred.model.shipped import load_model
from genred.taught.lessons_file import About
from genred.taught.store import Store, command

app = typer.Typer(help="See what was taught, or forget it.", no_args_is_help=True)
_OTHERS = "(others)"


@app.callback()
def options() -> None:
    """See what was taught, or forget it."""


@app.command("list")
def show(model: Model = DEFAULT_MODEL, taught_dir: TaughtDir = None, json: Json = False) -> None:
    """List what was taught, and whether the model can use it."""
    store, metadata = open_store(taught_dir), load_model(model).metadata
    listed = store.listed()
    if json:
        for said in listed:
            known = said.model_sha256 == metadata.model_sha256
            print(msgspec.json.encode(msgspec.structs.asdict(said) | {"usable": known}).decode())
        return
    if not listed:
        print(f"nothing is taught in {store.folder}; genred teach NAME FOLDER")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("label", style="bold", no_wrap=True)
    table.add_column("songs", justify="right")
    for title in ("from", "usable"):
        table.add_column(title, overflow="fold")
    for said in listed:
        table.add_row(*_row(said, metadata.model_sha256))
    Console(highlight=False).print(table)


def _row(said: About, model_sha256: str) -> tuple[str, str, str, str]:
    usable = "yes"
    if said.model_sha256 != model_sha256:
        usable = f"no, learnt with {said.model}: {command(said)}"
    return said.name or _OTHERS, str(len(said.songs)), ", ".join(said.folders), usable


@app.command()
def remove(
    names: Annotated[list[str] | None, typer.Argument(help="Labels to forget.")] = None,
    others: Annotated[bool, typer.Option("--others", help="Forget the other music.")] = False,
    taught_dir: TaughtDir = None,
) -> None:
    """Forget labels; what is left is told apart anew."""
    if not names and not others:
        raise UsageError("give the labels to forget, or --others")
    store: Store = open_store(taught_dir)
    for name in [*(names or ()), *([""] if others else [])]:
        store.remove(name)
