"""Options that several commands share, and how they name things."""

from pathlib import Path
from typing import Annotated

import typer

from genred.model.classifier import Classifier
from genred.model.shipped import DEFAULT, load_model
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
Stream = Annotated[
    str | None, typer.Option("--stream", help="Name of the stream.", show_default="the host's")
]
DEFAULT_MODEL = DEFAULT


def open_model(name: str) -> Classifier:
    """Load, check and start a model by name or path."""
    return Classifier(load_model(name))
