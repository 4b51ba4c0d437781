"""`genred-train export`: a run's best epoch to a model file and its card."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from genred.errors import UsageError
from genred_train.cli import provenance
from genred_train.cli.checks import check_unused, check_use, need_tensorflow, wake_tensorflow
from genred_train.cli.options import QuantizationName
from genred_train.collection.clips import Clips
from genred_train.collection.load import load_clips
from genred_train.features.ranges import Heard, audio_files, of_clips, of_files
from genred_train.fitting.parts import DataSource, open_parts
from genred_train.fitting.run import Run, load


def export(
    run: Annotated[Path, typer.Option(help="Folder of a run.")],
    out: Annotated[Path, typer.Option(help="Model file to write; the card (.md) goes beside.")],
    train: Annotated[
        Path | None, typer.Option(help="Where what was given as --train lies now, if moved.")
    ] = None,
    valid: Annotated[
        Path | None, typer.Option(help="The same for --valid, if there was one.")
    ] = None,
    also: Annotated[
        list[Path] | None, typer.Option(help="Other clips to measure on; several times.")
    ] = None,
    version: Annotated[str, typer.Option(help="Version of the model.")] = "0.1.0",
    quantization: Annotated[QuantizationName, typer.Option()] = QuantizationName.INT8,
    bound: Annotated[
        float, typer.Option(min=0, max=100, help="Points of windows it may cost at most.")
    ] = 1.0,
    about: Annotated[
        Path | None, typer.Option(help="Markdown of your own for the card: where it falls short.")
    ] = None,
) -> None:
    """Quantize, calibrate, measure, write the model and its card."""
    need_tensorflow()
    chosen = load(run)
    config = chosen.config
    if out.suffix != ".tflite":
        raise UsageError(f"--out {out}: give a name that ends in .tflite")
    notes = _read(about)
    parts = open_parts(_moved(config.source, train, valid), config.features)
    check_use(chosen, parts.valid, "chosen by")
    check_use(chosen, parts.train, "fitted on")
    others = [load_clips(path, config.features) for path in also or []]
    for other in others:
        check_unused(chosen, parts, other)

    wake_tensorflow()
    # Imported late: two seconds of TensorFlow that a mistake above need not wait for.
    from genred_train.export.card import write_card  # noqa: PLC0415
    from genred_train.export.export import Asked  # noqa: PLC0415
    from genred_train.export.export import export as export_run  # noqa: PLC0415

    asked = Asked(out.stem, version, datetime.now(UTC), quantization.value, bound / 100)
    made = export_run(chosen, parts.valid, _heard(chosen, parts.train), out, asked, others)
    write_card(out.with_suffix(".md"), made, provenance.command(), notes)
    print(f"{out}: {out.stat().st_size / 1000:.0f} kB")
    if made.metadata.accuracy:
        print(f"by track   {made.metadata.accuracy.track}")
        print(f"by window  {made.metadata.accuracy.window}")
    for label, threshold in (made.metadata.thresholds or {}).items():
        print(f"{label} is said from {threshold:.2f}")
    for label in made.untuned:
        print(f"{label}: no clip to tune its threshold by, so it is 0.5")


def _moved(source: DataSource, train: Path | None, valid: Path | None) -> DataSource:
    """Return where the clips of a run lie now."""
    if valid is not None and source.valid is None:
        raise UsageError("--valid: the run was split from its --train; say where that lies now")
    moved = {"train": train, "valid": valid}
    given = {name: str(path) for name, path in moved.items() if path is not None}
    return msgspec.structs.replace(source, **given)


def _heard(run: Run, train: Clips) -> Heard:
    """Return what int8 ranges come from: the sound or the clips that the run's own came from."""
    config = run.config
    if config.audio:
        files = audio_files([Path(folder) for folder in config.audio])
        return of_files(files, config.features)
    return of_clips(train, config.features)


def _read(about: Path | None) -> str:
    if about is None:
        return ""
    try:
        return about.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--about {about}: can't be read ({error})") from error
