"""Options that several commands share, and how they name things."""

import os
from pathlib import Path
from typing import Annotated

import typer

from genred.cli.style import complain
from genred.errors import UsageError
from genred.labels import Labels, parse_names, parse_weights
from genred.model.shipped import DEFAULT
from genred.pipeline import Model as Hearer
from genred.taught.opened import Wishes
from genred.taught.opened import open_model as opened
from genred.wire.control import DEFAULT_CONTROL
from genred.wire.publisher import DEFAULT_ENDPOINT

Files = Annotated[
    list[Path],
    # Not typer's to check: one file that can't be read must not keep the others.
    typer.Argument(
        help="Sound files (wav, flac, mp3, ogg, opus ...), pipe:PATH?..., or - for stdin.",
        readable=False,
    ),
]
Model = Annotated[
    str, typer.Option("--model", "-m", help="A shipped model by name, or a .tflite file.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Bind = Annotated[
    list[str] | None,
    typer.Option(
        "--bind", help="Endpoint to publish on; several times.", show_default=DEFAULT_ENDPOINT
    ),
]
Control = Annotated[
    list[str] | None,
    typer.Option(
        "--control",
        help="Endpoint on which it is asked and told things; several times; none: no such.",
        show_default=DEFAULT_CONTROL,
    ),
]
KeysFolder = Annotated[
    Path | None, typer.Option("--keys", help="Folder of keys, for other machines.")
]
Insecure = Annotated[bool, typer.Option("--insecure", help="Let other machines in without keys.")]
Stream = Annotated[
    str | None, typer.Option("--stream", help="Name of the stream.", show_default="the host's")
]
TaughtDir = Annotated[
    Path | None,
    typer.Option(
        "--taught-dir",
        help="Folder of what genred teach has learnt.",
        show_default="the user's data folder",
    ),
]
NoTaught = Annotated[bool, typer.Option("--no-taught", help="Leave out what was taught.")]
Weights = Annotated[
    list[str] | None,
    typer.Option(
        "--weight",
        metavar="LABEL=NUMBER",
        help="How likely a label is here: 0.2 a fifth of 1, 0 never; several times.",
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Option("--name", metavar="LABEL=NAME", help="Call a label otherwise; several times."),
]
Config = Annotated[
    Path | None,
    typer.Option("--config", help="The config's file.", show_default="see genred config path"),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Any key of the config, such as tracking.dwell_s=2."
    ),
]
DEFAULT_MODEL = DEFAULT


def wishes(
    taught_dir: Path | None, no_taught: bool, weights: list[str] | None, names: list[str] | None
) -> Wishes:
    """Read what is asked for beside the model; raises UsageError."""
    if no_taught and taught_dir is not None:
        raise UsageError("--no-taught does not go with --taught-dir")
    labels = Labels(parse_weights(weights or ()), parse_names(names or ()))
    return Wishes(taught_dir, no_taught, labels)


def open_model(name: str, wished: Wishes) -> Hearer:
    """Load, check and start a model by name or path, with what was taught."""
    return opened(name, wished, os.environ, complain)
