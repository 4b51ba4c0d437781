"""`genred-train export`: a run's best epoch to a model file and its card."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec
import typer

from genred.errors import UsageError
from genred.features.spec import FeatureSpec
from genred_train.cli import provenance
from genred_train.cli.checks import check_unused, check_use, need_tensorflow, wake_tensorflow
from genred_train.cli.options import QuantizationName
from genred_train.collection.clips import Clips
from genred_train.collection.load import load_clips
from genred_train.export.section import note_section
from genred_train.features.ranges import Heard, audio_files, of_clips, of_files
from genred_train.fitting.parts import DataSource, FitParts, open_parts
from genred_train.fitting.run import Run, load
from genred_train.rejection.head import need_sklearn
from genred_train.rejection.strangers import Strangers
from genred_train.rejection.table import table

if TYPE_CHECKING:
    from genred_train.export.export import Exported


def export(
    *,
    run: Annotated[Path, typer.Option(help="Folder of a run.")],
    out: Annotated[Path, typer.Option(help="Model file to write; the card (.md) goes beside.")],
    train: Annotated[
        Path | None, typer.Option(help="Where what was given as --train lies now, if moved.")
    ] = None,
    valid: Annotated[
        Path | None, typer.Option(help="The same for --valid, if there was one.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="The same for --data, of a run by a recipe.")
    ] = None,
    twin: Annotated[
        Path | None,
        typer.Option(help="Run with a --fold by the same recipe: figures and thresholds are its."),
    ] = None,
    also: Annotated[
        list[Path] | None, typer.Option(help="Other clips to measure on; several times.")
    ] = None,
    version: Annotated[str, typer.Option(help="Version of the model.")] = "0.1.0",
    quantization: Annotated[QuantizationName, typer.Option()] = QuantizationName.INT8,
    bound: Annotated[
        float, typer.Option(min=0, max=100, help="Points of windows it may cost at most.")
    ] = 1.0,
    tune: Annotated[
        bool, typer.Option("--tune", help="Tune tracking on joined streams of what is apart.")
    ] = False,
    noises: Annotated[
        Path | None,
        typer.Option(help="For not_music, as of reject: sound files, a folder a kind."),
    ] = None,
    music: Annotated[
        list[Path] | None, typer.Option(help="What is no noise, with --noises; several times.")
    ] = None,
    passing: Annotated[
        float | None,
        typer.Option(
            "--pass",
            help="Percent of music to let through, with --noises.",
            show_default="95",
            min=50,
            max=99.9,
        ),
    ] = None,
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
    if not out.parent.is_dir():
        raise UsageError(f"--out {out}: there is no folder {out.parent}; make it first")
    notes = _read(about)
    strangers = _strangers(noises, music or [], passing, config.features)
    source = _moved(config.source, train, valid, data)
    parts = _checked(chosen, source)
    second = _twin(chosen, twin, data) if twin else None
    if second is None and not len(parts.valid):
        raise UsageError(f"{run} was fitted on everything: give --twin RUN, fitted with a --fold")
    others = [load_clips(path, config.features) for path in also or []]
    for other in others:
        check_unused(chosen, parts, other)
        if second is not None:
            check_unused(second.run, second.parts, other)

    wake_tensorflow()
    # Imported late: two seconds of TensorFlow that a mistake above need not wait for.
    from genred_train.export.card import write_card  # noqa: PLC0415
    from genred_train.export.export import Asked, Twin  # noqa: PLC0415
    from genred_train.export.export import export as export_run  # noqa: PLC0415

    now = datetime.now(UTC)
    asked = Asked(
        out.stem, version, now, quantization.value, bound / 100, tune=tune, strangers=strangers
    )
    heard = _heard(chosen, parts.train)
    judged = Twin(second.run, second.parts) if second else None
    made = export_run(chosen, parts, heard, out, asked, others, judged)
    write_card(out.with_suffix(".md"), made, provenance.command(), notes)
    if made.studies:
        told = "\n\n".join(map(table, made.studies))
        note_section(out.with_suffix(".md"), "What it rejects", told)
    _show(made, out)


def _show(made: "Exported", out: Path) -> None:
    print(f"{out}: {out.stat().st_size / 1000:.0f} kB")
    if made.metadata.accuracy:
        print(f"by track   {made.metadata.accuracy.track}")
        print(f"by window  {made.metadata.accuracy.window}")
    for label, threshold in (made.metadata.thresholds or {}).items():
        print(f"{label} is said from {threshold:.2f}")
    for label in made.untuned:
        print(f"{label}: no clip to tune its threshold by, so it is 0.5")


def _strangers(
    noises: Path | None, music: list[Path], passing: float | None, spec: FeatureSpec
) -> Strangers | None:
    """Open what is to be rejected and what is not; raises UsageError for one without the other."""
    if noises is None and not music:
        if passing is not None:
            raise UsageError("--pass says how much music --noises may lose: give both")
        return None
    if noises is None or not music:
        raise UsageError("--noises and --music go together: what is no music, and what is")
    need_sklearn()
    audio_files([noises])
    heard = [load_clips(path, spec, labelled=False) for path in music]
    return Strangers(heard, noises, passing / 100 if passing else Strangers.passing)


class _Opened(NamedTuple):
    """A run and its clips."""

    run: Run
    parts: FitParts


def _checked(run: Run, source: DataSource) -> FitParts:
    """Open a run's clips; raises UsageError unless they are the very same."""
    parts = open_parts(source, run.config.features)
    check_use(run, parts.train, "fitted on")
    if len(parts.valid):
        check_use(run, parts.valid, "chosen by")
    return parts


def _twin(run: Run, folder: Path, data: Path | None) -> _Opened:
    """Open the twin of a run; raises UsageError for a run by another recipe, or without a fold."""
    found = load(folder)
    for name in ("labels", "features", "offset", "scale"):
        if getattr(found.config, name) != getattr(run.config, name):
            raise UsageError(f"--twin {folder}: its {name} are others than those of {run.folder}")
    mine, others = run.config.source.mixed, found.config.source.mixed
    options = msgspec.structs.replace(found.config.options, seed=run.config.options.seed)
    if mine is None or others is None or mine.mixture != others.mixture:
        raise UsageError(f"--twin {folder}: not by the recipe of {run.folder}")
    if options != run.config.options:
        raise UsageError(f"--twin {folder}: fitted with other options than {run.folder}")
    if others.fold is None:
        raise UsageError(f"--twin {folder}: was fitted on everything too; fit it with --fold")
    return _Opened(found, _checked(found, _moved(found.config.source, None, None, data)))


def _moved(
    source: DataSource, train: Path | None, valid: Path | None, data: Path | None
) -> DataSource:
    """Return where the clips of a run lie now."""
    if source.mixed is not None:
        if train or valid:
            raise UsageError("--train, --valid: the run is by a recipe; give --data, if moved")
        mixed = msgspec.structs.replace(source.mixed, data=str(data or source.mixed.data))
        return msgspec.structs.replace(source, mixed=mixed)
    if data is not None:
        raise UsageError("--data: the run is by no recipe; give --train and --valid, if moved")
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
