"""`genred-train export`: a run's best epoch to a model file and its card."""

from pathlib import Path
from typing import Annotated

import typer

from genred.errors import UsageError
from genred_train.cli import provenance
from genred_train.cli.checks import check_unused, check_use, need_tensorflow
from genred_train.collection.arrays import load_arrays
from genred_train.fitting.run import load


def export(
    run: Annotated[Path, typer.Option(help="Folder of a run.")],
    valid: Annotated[Path, typer.Option(help="Arrays to calibrate and measure on.")],
    out: Annotated[Path, typer.Option(help="Model file to write; the card (.md) goes beside.")],
    also: Annotated[
        list[Path] | None, typer.Option(help="Other arrays to measure on; several times.")
    ] = None,
    version: Annotated[str, typer.Option(help="Version of the model.")] = "0.1.0",
) -> None:
    """Quantize to int8, calibrate, measure, write the model and its card."""
    need_tensorflow()
    chosen = load(run)
    clips = load_arrays(valid, chosen.config.features)
    check_use(chosen, clips, "chosen by")
    if out.suffix != ".tflite":
        raise UsageError(f"--out {out}: give a name that ends in .tflite")

    # Imported late: two seconds of TensorFlow that a mistake above need not wait for.
    from genred_train.export.card import write_card  # noqa: PLC0415
    from genred_train.export.export import export as export_run  # noqa: PLC0415

    others = [load_arrays(path, chosen.config.features) for path in also or []]
    for other in others:
        check_unused(chosen, other)
    made = export_run(chosen, clips, out, name=out.stem, version=version, also=others)
    write_card(out.with_suffix(".md"), made, provenance.command())
    print(f"{out}: {out.stat().st_size / 1000:.0f} kB")
    print(f"by track   {made.report.track_accuracy}")
    print(f"by window  {made.report.window_accuracy}")
