"""`genred schema`: the JSON Schema of the events, and of the control socket."""

import json
from typing import Annotated

import typer

from genred import events, requests


def schema(
    control: Annotated[
        bool, typer.Option("--control", help="Of requests and answers on the control socket.")
    ] = False,
) -> None:
    """Print the JSON Schema of every event, or of every request (docs/*.schema.json are these)."""
    print(json.dumps((requests if control else events).json_schema(), indent=2))
