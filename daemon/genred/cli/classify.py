"""`genred classify`: recorded files as a timeline, or as JSON."""

import sys
from typing import TextIO

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from genred.cli.options import (
    DEFAULT_MODEL,
    Files,
    Json,
    Model,
    Names,
    NoTaught,
    TaughtDir,
    Weights,
    open_model,
    wishes,
)
from genred.cli.style import bar, colour, complain
from genred.errors import GenredError
from genred.recording import Recording
from genred.recording import classify as classified
from genred.service.said import clock_text

_BAR = 24


def classify(
    files: Files,
    model: Model = DEFAULT_MODEL,
    taught_dir: TaughtDir = None,
    no_taught: NoTaught = False,
    weight: Weights = None,
    name: Names = None,
    json: Json = False,
) -> None:
    """Say what genre each FILE is, and how it changes on the way."""
    classifier = open_model(model, wishes(taught_dir, no_taught, weight, name))
    console = Console(highlight=False, soft_wrap=True)
    failed = False
    for path in files:
        try:
            recording = classified(path, classifier)
        except GenredError as error:
            complain(error)
            failed = True
            continue
        if json:
            _write(sys.stdout, recording)
        else:
            console.print(timeline(recording))
    if failed:
        raise typer.Exit(1)


def _write(out: TextIO, recording: Recording) -> None:
    out.write(msgspec.json.encode(recording).decode() + "\n")
    out.flush()


def timeline(recording: Recording) -> Text:
    """Draw a recording: its genre, then each stretch with a bar as long as it is sure."""
    text = Text()
    text.append(f"{recording.file}  ", "bold")
    text.append(recording.genre, f"bold {colour(recording.genre)}")
    share = recording.probabilities.get(recording.genre)
    text.append(f"  {share:.0%}" if share is not None else "")
    text.append("  (shorter than a window)\n" if recording.short is True else "\n")
    for segment in recording.segments:
        sure = segment.confidence if isinstance(segment.confidence, float) else 0.0
        times = f"  {clock_text(segment.start):>7} - {clock_text(segment.end):>7}  "
        text.append(times, "dim")
        text.append(f"{segment.genre:<12}", colour(segment.genre))
        text.append(bar(sure, _BAR), colour(segment.genre))
        text.append(f" {sure:.2f}\n" if sure else "\n", "dim")
    return text
