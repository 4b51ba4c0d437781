"""`genred-train evaluate`: a model's figures on arrays, in a light installation."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from genred.cli.options import DEFAULT_MODEL, Json, Model
from genred.model.classifier import Classifier
from genred.model.shipped import load_model
from genred_train.collection.arrays import load_arrays
from genred_train.evaluation.clips import Report, clip_probabilities, report


def evaluate(
    data: Annotated[Path, typer.Option(help="Log-mel arrays (.npz).")],
    model: Model = DEFAULT_MODEL,
    json: Json = False,
) -> None:
    """Measure MODEL on DATA, as the daemon would hear it: by track and by window."""
    package = load_model(model)
    classifier = Classifier(package)
    clips = load_arrays(data, package.metadata.features)
    heard = list(
        track(
            clip_probabilities(classifier, clips),
            description=f"hearing {len(clips)} clips",
            total=len(clips),
            console=Console(stderr=True),
        )
    )
    found = report(package.path, classifier, clips, heard)
    if json:
        print(msgspec.json.encode(found).decode())
    else:
        _show(found)


def _show(found: Report) -> None:
    out = Console(highlight=False)
    out.print(f"{found.model} on {found.data}")
    out.print(f"  by track   {found.track_accuracy}")
    out.print(f"  by window  {found.window_accuracy}")
    out.print(f"  expected calibration error of windows {found.calibration_error:.3f}")
    for genre, clips in found.not_in_model.items():
        out.print(f"  {genre}: {clips} clips, no label of the model: errors, all of them")
    table = Table(
        title="tracks: rows are what they are, columns what was said",
        box=None,
        padding=(0, 1, 0, 0),
    )
    table.add_column()
    for label in found.labels:
        table.add_column(label[:4], justify="right")
    table.add_column("recall", justify="right")
    for label, row in zip(found.labels, found.confusion, strict=True):
        if label in found.recall:
            counts = [str(count) if count else "·" for count in row]
            table.add_row(label, *counts, f"{found.recall[label]:.0%}")
    out.print(table)
