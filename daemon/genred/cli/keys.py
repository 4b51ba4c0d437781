"""`genred keys`: the daemon's key, and whose keys it lets in from other machines."""

import os
import shlex
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from genred.cli.options import Json
from genred.config import read
from genred.errors import UsageError
from genred.wire.keys import (
    Keyring,
    check_name,
    make_client,
    public_of,
)

app = typer.Typer(help="Let clients of other machines in, and others not.", no_args_is_help=True)

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", help="Config of the daemon whose keys they are.", show_default="the user's"
    ),
]
KeysFolder = Annotated[
    Path | None,
    typer.Option(
        "--keys", help="Folder of the daemon's keys.", show_default="security.keys of the config"
    ),
]
Name = Annotated[str, typer.Argument(help="Client's name, of your choice.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what is there, for good.")]


@app.callback()
def options() -> None:
    """Let clients of other machines in, and others not."""


@app.command()
def new(
    client: Annotated[
        str | None, typer.Option("--client", metavar="NAME", help="Make a client's key instead.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="File of the client's key.", show_default="NAME.key"),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            "--server",
            metavar="FILE|KEY",
            help="Public key of the daemon that the client means.",
            show_default="that of this machine's",
        ),
    ] = None,
    force: Force = False,
    config: Config = None,
    keys: KeysFolder = None,
) -> None:
    """Make the daemon's key, or a client's, which knows the daemon's, too."""
    ring = _ring(config, keys)
    if client is None:
        if out is not None or server is not None:
            raise UsageError("--out and --server are for a client's key: give --client NAME")
        public = ring.make(force=force)
        print(f"made the daemon's key in {ring.folder}; its public key is\n{public.decode()}")
        return
    path = out or Path(f"{check_name(client)}.key")
    daemons = ring.public() if server is None else public_of(server)
    public = make_client(path, client, daemons, force=force)
    print(f"made {path}: a secret of {client}'s; its public key is\n{public.decode()}")
    if server is None:
        named = "".join(
            f" --{option} {shlex.quote(str(given))}"
            for option, given in (("config", config), ("keys", keys))
            if given
        )
        print(f"let it in by: genred keys allow{named} {client} {shlex.quote(str(path))}")
    else:
        # After the two dashes, for a key may begin with one.
        print(f"let it in, there, by: genred keys allow {client} -- {shlex.quote(public.decode())}")


@app.command()
def allow(
    name: Name,
    key: Annotated[
        str, typer.Argument(metavar="FILE|KEY", help="Client's public key, or a file with it.")
    ],
    force: Force = False,
    config: Config = None,
    keys: KeysFolder = None,
) -> None:
    """Let a client in."""
    _ring(config, keys).allow(name, public_of(key), force=force)
    print(f"{name} may connect: at once after genred reload, else from the daemon's next start on")


@app.command()
def revoke(name: Name, config: Config = None, keys: KeysFolder = None) -> None:
    """Let a client in no more."""
    _ring(config, keys).revoke(name)
    print(f"{name} is cut off by genred reload, else from the daemon's next start on")


@app.command("list")
def show_all(json: Json = False, config: Config = None, keys: KeysFolder = None) -> None:
    """List who is let in."""
    allowed = _ring(config, keys).allowed()
    if json:
        for name, key in allowed.items():
            print(msgspec.json.encode({"name": name, "public_key": key.decode()}).decode())
        return
    if not allowed:
        print("nobody is let in; genred keys allow NAME FILE")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("client", style="bold", no_wrap=True)
    table.add_column("public key", no_wrap=True)
    for name, key in allowed.items():
        # No markup: a key may hold brackets.
        table.add_row(Text(name), Text(key.decode()))
    Console(highlight=False).print(table)


@app.command()
def show(config: Config = None, keys: KeysFolder = None) -> None:
    """Show the daemon's public key."""
    print(_ring(config, keys).public().decode())


def _ring(config: Path | None, folder: Path | None) -> Keyring:
    return Keyring(folder or read(config, os.environ, {}).config.security.keys)
