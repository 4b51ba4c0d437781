"""The option `--key`: who a command says it is to a daemon of another machine."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from genred.wire.endpoints import is_local
from genred.wire.keys import load_client
from genred.wire.security import ClientKeys

VARIABLE = "GENRED_KEY"
Key = Annotated[
    Path | None,
    typer.Option(
        "--key",
        help="Client's key, for a daemon of another machine (genred keys new --client).",
        show_default=f"{VARIABLE} for other machines, else none",
    ),
]


def client_keys(key: Path | None, endpoints: Sequence[str]) -> ClientKeys | None:
    """Return the keys to connect with; raises GenredError for a file that holds none.

    The one that is given goes for any endpoint; that of the environment where one is not local,
    so that `genred listen` alone hears this machine's daemon as ever.
    """
    if key is None and os.environ.get(VARIABLE) and not all(map(is_local, endpoints)):
        key = Path(os.environ[VARIABLE])
    return None if key is None else load_client(key)
