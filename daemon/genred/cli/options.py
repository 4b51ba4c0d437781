"""Options that several commands share, and how they name things."""

import socket
from pathlib import Path
from typing import Annotated

import typer

from genred.events import Genre
from genred.model.classifier import Classifier
from genred.model.shipped import DEFAULT, load_model

Files = Annotated[
    list[Path],
    # Not typer's to check: one file that can't be read must not keep the others.
    typer.Argument(help="Sound files: wav, flac, mp3, ogg, opus, aiff, au ...", readable=False),
]
Model = Annotated[
    str, typer.Option("--model", "-m", help="A shipped model by name, or a .tflite file.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
DEFAULT_MODEL = DEFAULT


def open_model(name: str) -> Classifier:
    """Load, check and start a model by name or path."""
    return Classifier(load_model(name))


def host_stream() -> str:
    """Return the host's name as a stream's name."""
    host = socket.gethostname()
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in host)
    return name[:64] or "genred"


def clock_text(seconds: float) -> str:
    """Say a time as minutes:seconds.tenths."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def change_text(change: Genre) -> str:
    """Say a change of label: when, in which stream, to what, and how sure."""
    sure = f"  {change.confidence:.2f}" if isinstance(change.confidence, float) else ""
    return f"{clock_text(change.audio_time):>8}  {change.stream}  {change.genre}{sure}"
