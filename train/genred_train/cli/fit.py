"""`genred-train fit`: clips in, a run's folder with a fitted network out."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import typer

from genred.errors import UsageError
from genred.features.spec import FeatureSpec
from genred.model.metadata import DataUse
from genred_train.cli import provenance
from genred_train.cli.checks import check_use, need_tensorflow, wake_tensorflow
from genred_train.cli.options import BalanceName, HeadName, KindName, SplitName
from genred_train.collection.clips import Clips
from genred_train.collection.load import spec_of
from genred_train.collection.splits import Split
from genred_train.evaluation.clips import Report, measured
from genred_train.evaluation.sources import ClipSource
from genred_train.features.ranges import Ranges, audio_files, measure, of_clips, of_files
from genred_train.fitting.options import FitOptions, load_options, window_spec
from genred_train.fitting.parts import DataSource, FitParts, open_parts
from genred_train.fitting.run import Run, RunConfig, load, start
from genred_train.models.named import find


def fit(
    *,
    train: Annotated[
        Path, typer.Option(help="Log-mel arrays (.npz) or a prepared folder to fit on.")
    ],
    run: Annotated[Path, typer.Option(help="Folder of this run.")],
    valid: Annotated[
        Path | None,
        typer.Option(help="Clips that the best epoch is chosen by; else --split of TRAIN."),
    ] = None,
    split_name: Annotated[
        SplitName, typer.Option("--split", help="How TRAIN is split where there is no --valid.")
    ] = SplitName.ARTIST,
    leaky: Annotated[
        bool, typer.Option("--leaky", help="Split by segment: shows a figure that is not true.")
    ] = False,
    valid_share: Annotated[float, typer.Option(min=0.01, max=0.9)] = 0.2,
    audio: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of sound that ranges come from (arrays need one); several."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file of options.")] = None,
    model: Annotated[str | None, typer.Option(help="One of `genred-train models`.")] = None,
    head: Annotated[HeadName | None, typer.Option(help="sigmoid: several genres at once.")] = None,
    kind: Annotated[KindName | None, typer.Option()] = None,
    n_mfcc: Annotated[int | None, typer.Option(min=1)] = None,
    deltas: Annotated[int | None, typer.Option(min=0, max=2)] = None,
    segment_s: Annotated[float | None, typer.Option(help="Seconds in one prediction.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1)] = None,
    steps_per_epoch: Annotated[int | None, typer.Option(min=1)] = None,
    batch_size: Annotated[int | None, typer.Option(min=1)] = None,
    learning_rate: Annotated[float | None, typer.Option()] = None,
    balance: Annotated[BalanceName | None, typer.Option(help="Against uneven genres.")] = None,
    patience: Annotated[int | None, typer.Option(help="Epochs without gain to stop after.")] = None,
    seed: Annotated[int | None, typer.Option(min=0)] = None,
    begin_from: Annotated[
        Path | None, typer.Option("--from", help="Run or .keras file to go on from.")
    ] = None,
    freeze: Annotated[int | None, typer.Option(help="Its first layers that stay.")] = None,
    teacher: Annotated[
        list[Path] | None, typer.Option(help="Run whose answers are fitted too; several.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run stopped.")] = False,
) -> None:
    """Fit a network to clips; leaves the best epoch by VALID in the run's folder.

    Options: the named model's own < --config FILE < the command line.
    """
    need_tensorflow()
    given = {
        "model": model,
        "head": head,
        "kind": kind,
        "n_mfcc": n_mfcc,
        "deltas": deltas,
        "segment_s": segment_s,
        "epochs": epochs,
        "steps_per_epoch": steps_per_epoch,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "balance": balance,
        "patience": patience,
        "seed": seed,
        "freeze": freeze,
    }
    options = options_of(config, given)
    if resume and (config or any(value is not None for value in given.values())):
        raise UsageError("--resume goes on with the run's own options; leave them out")
    sources = Sources(audio or [], begin_from, teacher or [])
    how = Split(
        kind="leaky" if leaky else split_name.value, valid_share=valid_share, seed=options.seed
    )
    source = DataSource(train=str(train), valid=str(valid) if valid else None, split=how)
    if resume:
        chosen = load(run)
        parts = open_parts(chosen.config.source, chosen.config.features)
        check_same(chosen, parts)
    else:
        spec = hears(options, train, sources)
        parts = open_parts(source, spec)
        options = headed(options, parts)
        chosen = begin(run, source, parts, options, spec, sources)
    _tell(chosen, parts)

    wake_tensorflow()
    # Imported late: two seconds, and commands beside this one need no TensorFlow.
    from genred_train.fitting.fit import fit as fit_run  # noqa: PLC0415
    from genred_train.plots.curves import draw_curves  # noqa: PLC0415
    from genred_train.plots.report import write_report  # noqa: PLC0415

    best = fit_run(chosen, parts.train, parts.valid, resume=resume)
    draw_curves(chosen.lines(), chosen.folder / "curves.svg")
    write_report(chosen.folder, reported(chosen, parts.valid))
    print(f"best epoch: {100 * best:.1f} % of {parts.valid.name} (every fourth window)")
    print(f"now: genred-train export --run {run} --out MODEL.tflite")


class Sources(msgspec.Struct, frozen=True):
    """What a run takes from elsewhere."""

    audio: list[Path]
    begin_from: Path | None
    teachers: list[Path]

    def model(self) -> Run | None:
        """Return the run whose features and ranges hold for this one too, if there is one."""
        folders = [*self.teachers, *([self.begin_from] if self.begin_from else [])]
        runs = [load(folder) for folder in folders if folder.is_dir()]
        return runs[0] if runs else None


def options_of(config: Path | None, given: dict[str, Any]) -> FitOptions:
    """Put the command line over the file over the named model; raises UsageError."""
    base = load_options(config) if config else FitOptions()
    asked = {name: value for name, value in given.items() if value is not None}
    try:
        whole = msgspec.to_builtins(base) | asked
        return msgspec.convert(whole, FitOptions).filled()
    except msgspec.ValidationError as error:
        raise UsageError(f"fit: {error}") from error


def hears(options: FitOptions, train: Path, sources: Sources) -> FeatureSpec:
    """Return what the model shall hear: as a run gone on from, as prepared, or as its name says."""
    like = sources.model()
    if like:
        return like.config.features
    return window_spec(options, spec_of(train) or find(options.model).features)


def headed(options: FitOptions, parts: FitParts) -> FitOptions:
    """Take the head that the labels ask for; raises UsageError for one that can't say them."""
    several = parts.train.several or parts.valid.several
    if several and options.head == "softmax":
        raise UsageError("--head softmax says one genre at a time; these clips have several")
    head = options.head or ("sigmoid" if several else "softmax")
    return msgspec.structs.replace(options, head=head)


def check_same(run: Run, parts: FitParts) -> None:
    """Raise UsageError if a run that is to go on was fitted on other clips."""
    check_use(run, parts.train, "fitted on")
    check_use(run, parts.valid, "chosen by")


def begin(
    folder: Path,
    source: DataSource,
    parts: FitParts,
    options: FitOptions,
    spec: FeatureSpec,
    sources: Sources,
) -> Run:
    """Make the run's folder with all that decides its result."""
    train, path = parts.train, Path(source.train)
    like = sources.model()
    ranges = (
        Ranges.of(like.config.offset, like.config.scale)
        if like
        else ranges_of(train, path, spec, sources.audio, options.seed)
    )
    return start(
        folder,
        RunConfig(
            options=options,
            labels=train.genres,
            features=spec,
            offset=ranges.offset.tolist(),
            scale=ranges.scale.tolist(),
            data=[_use(train, "fitted on"), _use(parts.valid, "chosen by")],
            source=source,
            audio=like.config.audio if like else [str(path) for path in sources.audio],
            command=provenance.command(),
            git=provenance.git_revision(),
            versions=provenance.versions(),
            begun_from=_saved(sources.begin_from),
            teachers=[str(teacher) for teacher in sources.teachers],
        ),
    )


def ranges_of(train: Clips, path: Path, spec: FeatureSpec, audio: list[Path], seed: int) -> Ranges:
    """Measure what coefficients span: in folders of sound, or in a prepared collection."""
    if audio:
        return measure(of_files(audio_files(audio), spec), spec)
    if not path.is_dir():
        raise UsageError(f"{path}: arrays lack what is quiet; give --audio FOLDER of any music")
    return measure(of_clips(train, spec, np.random.default_rng(seed)), spec)


def reported(run: Run, valid: Clips) -> Report:
    """Measure a run's best epoch, float, on the clips that it was chosen by."""
    from genred_train.evaluation.network import network_listener  # noqa: PLC0415 - needs Keras

    model = network_listener(run, None)
    heard = ClipSource(valid, lambda things, _total, _what: iter(things)).heard(model)
    found = measured(model, heard, run.config.options.seed)
    return msgspec.structs.replace(found, made=provenance.made())


def _tell(run: Run, parts: FitParts) -> None:
    hear, options = run.config.features, run.config.options
    shape = " x ".join(map(str, hear.input_shape))
    print(
        f"{options.model}: {hear.window_samples / hear.sample_rate:.2f} s as {shape} {hear.kind}; "
        f"{len(parts.train)} clips to fit on, {len(parts.valid)} to choose by"
    )
    if parts.too_short:
        print(f"{parts.too_short} clips are shorter than that: left out")


def _saved(begin_from: Path | None) -> str:
    if begin_from is None:
        return ""
    return str(load(begin_from).best if begin_from.is_dir() else begin_from)


def _use(clips: Clips, split: str) -> DataUse:
    return DataUse(
        name=clips.name,
        split=split,
        digest=clips.sha256,
        clips=len(clips),
        hours=clips.hours(),
    )
