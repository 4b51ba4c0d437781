"""`genred model`: what a model file says of itself."""

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from genred.cli.options import DEFAULT_MODEL, Json
from genred.model.classifier import Classifier
from genred.model.metadata import Metadata
from genred.model.scores import by_name
from genred.model.shipped import load_model

app = typer.Typer(help="Look at models.", no_args_is_help=True)


@app.callback()
def options() -> None:
    """Look at models."""


@app.command()
def show(
    model: Annotated[str, typer.Argument(help="A shipped model by name, or a file.")] = (
        DEFAULT_MODEL
    ),
    json: Json = False,
) -> None:
    """Show a model: labels, features, figures and where it comes from."""
    package = load_model(model)
    Classifier(package)  # What LiteRT can't run is refused here too.
    if json:
        print(msgspec.json.encode(package.metadata).decode())
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _lines(package.metadata).items():
        table.add_row(name, value)
    table.add_row("file", f"{package.path} ({package.path.stat().st_size / 1000:.0f} kB)")
    Console(highlight=False).print(table)


def _lines(metadata: Metadata) -> dict[str, str]:
    spec, training, accuracy = metadata.features, metadata.training, metadata.accuracy
    lines = {
        "model": f"{metadata.name} {metadata.version}, {metadata.created}",
        "labels": ", ".join(metadata.labels),
        "head": metadata.head,
        "hears": f"{spec.window_frames} frames of {spec.n_coefficients} {spec.kind} coefficients "
        f"({spec.window_samples / spec.sample_rate:.1f} s), every {spec.interval_s:.2f} s",
        "frames": f"{spec.sample_rate} Hz, n_fft {spec.n_fft}, hop {spec.hop_length}, "
        f"{spec.n_mels} mel bands from {spec.fmin:g} to {spec.fmax:g} Hz",
        "input": _tensor(metadata.input.shape, metadata.input.dtype),
        "output": _tensor(metadata.output.shape, metadata.output.dtype),
        "temperature": f"{metadata.calibration.temperature:.3f}",
    }
    if accuracy is not None:
        lines |= {
            "by track": f"{accuracy.track} of {accuracy.split}",
            "by window": f"{accuracy.window}; float {100 * accuracy.float_window:.1f} %",
        }
    for name, rejection in by_name(metadata.rejection).items():
        found = f"{rejection.rejects} of it; passes {rejection.passes} of the rest"
        lines[name] = found if rejection.rejects and rejection.passes else rejection.score
    lines |= {
        "trained on": "; ".join(
            f"{use.name} ({use.split}): {use.clips} clips, {use.hours:.1f} h, "
            f"sha256 {use.digest[:12]}"
            for use in training.data
        ),
        "by": f"{training.command} (git {training.git[:12]}, seed {training.seed})",
        "licence": metadata.licence,
        "sha256": metadata.model_sha256,
    }
    return lines


def _tensor(shape: list[int], dtype: str) -> str:
    return f"{' x '.join(map(str, shape))} {dtype}"
