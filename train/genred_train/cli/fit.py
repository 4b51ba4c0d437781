"""`genred-train fit`: clips in, a run's folder with a fitted network out."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from genred.errors import UsageError
from genred_train.cli import provenance
from genred_train.cli.asked_clips import by_recipe, one_collection
from genred_train.cli.beginning import begin, headed, hears, options_of, sources_of
from genred_train.cli.checks import check_use, need_keras, wake_keras
from genred_train.cli.options import BalanceName, HeadName, KindName, SplitName
from genred_train.collection.clips import Clips
from genred_train.collection.splits import Split
from genred_train.evaluation.clips import Report, measured
from genred_train.evaluation.sources import ClipSource
from genred_train.fitting.options import FitOptions, load_options
from genred_train.fitting.parts import FitParts, open_parts
from genred_train.fitting.run import Run, load

_INTERRUPTED = 130
_FEW = 30
"""clips: fewer to choose an epoch by, and chance chooses"""


def fit(
    context: typer.Context,
    *,
    run: Annotated[Path, typer.Option(help="Folder of this run.")],
    train: Annotated[
        Path | None, typer.Option(help="Log-mel arrays (.npz) or a prepared folder to fit on.")
    ] = None,
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
    valid_share: Annotated[
        float, typer.Option(min=0.01, max=0.9, help="Of TRAIN, to choose by.")
    ] = 0.2,
    split_seed: Annotated[
        int, typer.Option(min=0, help="Deals the split; the same for all members of an ensemble.")
    ] = 0,
    audio: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of sound that ranges come from (arrays need one); several."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file of options.")] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(help="TOML file of options and several collections, for --train and --config"),
    ] = None,
    data: Annotated[Path, typer.Option(help="Folder that a recipe's paths begin in.")] = Path(),
    fold: Annotated[
        int | None,
        typer.Option(min=0, help="Of a recipe: held apart.", show_default="nothing is"),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="One of `genred-train models`.", show_default="residual")
    ] = None,
    head: Annotated[
        HeadName | None,
        typer.Option(help="sigmoid: several genres at once.", show_default="as labelled"),
    ] = None,
    kind: Annotated[KindName | None, typer.Option(help="What a row holds.")] = None,
    n_mfcc: Annotated[int | None, typer.Option(min=1, help="Coefficients.")] = None,
    deltas: Annotated[int | None, typer.Option(min=0, max=2, help="Derivatives.")] = None,
    segment_s: Annotated[
        float | None, typer.Option("--segment", help="Seconds in one prediction.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1)] = None,
    steps_per_epoch: Annotated[
        int | None, typer.Option(min=1, help="Batches in an epoch.", show_default="all clips x 5")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(min=1)] = None,
    learning_rate: Annotated[float | None, typer.Option()] = None,
    balance: Annotated[BalanceName | None, typer.Option(help="Against uneven genres.")] = None,
    patience: Annotated[int | None, typer.Option(help="Epochs without gain to stop after.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of weights, windows and changes.", show_default="0")
    ] = None,
    begin_from: Annotated[
        Path | None, typer.Option("--from", help="Run (or .keras in one) to go on from.")
    ] = None,
    freeze: Annotated[int | None, typer.Option(min=0, help="Its first layers that stay.")] = None,
    teacher: Annotated[
        list[Path] | None, typer.Option(help="Run whose answers are fitted too; several.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where RUN stopped.")] = False,
) -> None:
    """Fit a network to clips; leaves the best epoch by VALID in the run's folder.

    Options: the named model's own < --config FILE < the command line.
    """
    need_keras()
    if resume:
        _check_alone(context)
        chosen = load(run)
        parts = open_parts(chosen.config.source, chosen.config.features)
        check_use(chosen, parts.train, "fitted on")
        if len(parts.valid):
            check_use(chosen, parts.valid, "chosen by")
    else:
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
        sources = sources_of(audio or [], begin_from, teacher or [])
        how = "leaky" if leaky else split_name.value
        named = {"kind": how, "valid_share": valid_share, "seed": split_seed}
        if recipe is None:
            base = load_options(config) if config else FitOptions()
            source = one_collection(train, valid, msgspec.convert(named, Split))
        else:
            _check_without(context, recipe, ("train", "valid", "config", "batch_size", "balance"))
            base, source = by_recipe(recipe, data, fold, labelled=True)
        options = options_of(base, given, sources)
        spec = hears(options, source, sources)
        parts = open_parts(source, spec)
        if options.patience and not len(parts.valid):
            raise UsageError("--patience: nothing is held apart to wait for; give --fold")
        chosen = begin(run, source, parts, headed(options, parts), spec, sources)
    _tell(chosen, parts)
    wake_keras()
    try:
        best = _fitted(chosen, parts, resume=resume)
    except KeyboardInterrupt:
        print(f"\ngenred-train: stopped; fit --run {run} --resume goes on", file=sys.stderr)
        raise typer.Exit(_INTERRUPTED) from None
    _tell_end(chosen, parts, best)


def _check_alone(context: typer.Context) -> None:
    """Raise UsageError for an option that a run which goes on has settled."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if name not in {"run", "resume"} and source and source.name == "COMMANDLINE":
            raise UsageError("--resume goes on with the run's own options; leave all but --run out")


def _check_without(context: typer.Context, recipe: Path, names: Sequence[str]) -> None:
    given = [name for name in names if context.params.get(name) is not None]
    if given:
        option = "--" + given[0].replace("_", "-")
        raise UsageError(f"{recipe} names all that is fitted: leave {option} out")


def _fitted(run: Run, parts: FitParts, *, resume: bool) -> float:
    # Imported late: two seconds, and commands beside this one need no TensorFlow.
    from genred_train.fitting.fit import fit as fit_run  # noqa: PLC0415
    from genred_train.plots.curves import draw_curves  # noqa: PLC0415
    from genred_train.plots.report import write_report  # noqa: PLC0415

    best = fit_run(run, parts, resume=resume)
    draw_curves(run.lines(), run.folder / "curves.svg")
    if len(parts.valid):
        write_report(run.folder, _reported(run, parts.valid))
    return best


def _reported(run: Run, valid: Clips) -> Report:
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
    if parts.shared_artists:
        print(f"warning: {parts.shared_artists} artists are on both sides: figures will flatter")
    tracks = len(set(parts.valid.tracks))
    if 0 < tracks < _FEW:
        print(f"warning: {tracks} tracks are few to choose an epoch by: chance will")


def _tell_end(run: Run, parts: FitParts, best: float) -> None:
    if not len(parts.valid):
        print("nothing was held apart: the last epoch is kept, and no figure is its own")
        return
    several = parts.valid.several
    unit = "mean average precision" if several else "of tracks right"
    print(f"best epoch: {100 * best:.1f} % {unit}, {parts.valid.name} (every fourth window)")
    if run.config.source.split.kind == "leaky" and run.config.source.valid is None:
        print("warning: --leaky put segments of one recording on both sides: it is not true")
    print(f"now: genred-train export --run {run.folder} --out MODEL.tflite")
