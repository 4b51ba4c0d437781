"""`genred-train baseline`: what a network has to beat, on arrays or on recordings."""

import importlib.util
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from msgspec import UNSET
from rich.console import Console
from rich.progress import track
from rich.table import Table

from genred.cli.options import Json
from genred.errors import GenredError, UsageError
from genred.features.spec import FeatureSpec
from genred_train.baselines.named import BASELINES
from genred_train.baselines.report import BaselineReport, Use, baseline_report
from genred_train.cli.checks import need_tensorflow
from genred_train.cli.options import SplitName
from genred_train.collection.clips import Clips
from genred_train.evaluation.heard import of_clips

ON_AUDIO = tuple(made.name for made in BASELINES.values() if made.on_audio)
"""those that hear more in samples than in mel bands"""


def baseline(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(BASELINES)}.")],
    train: Annotated[
        Path | None, typer.Option(help="Arrays or a prepared folder to fit on.", readable=False)
    ] = None,
    valid: Annotated[
        Path | None, typer.Option(help="Arrays or a prepared folder to measure on.")
    ] = None,
    audio: Annotated[
        Path | None, typer.Option(help="A collection of recordings, in place of both.")
    ] = None,
    split: Annotated[
        SplitName | None,
        typer.Option(help="How --audio is split.", show_default="parts, artist or track"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    json: Json = False,
) -> None:
    """Fit a small learner on features that people named, and measure it: what to beat."""
    if name not in BASELINES:
        raise UsageError(f'no baseline "{name}"; choose {", ".join(BASELINES)}')
    _need(name)
    if audio is not None and train is None and valid is None:
        found = _on_audio(name, audio, split, seed)
    elif audio is None and train is not None and valid is not None and split is None:
        found = _on_clips(name, train, valid, seed)
    else:
        raise UsageError("give --train and --valid, or --audio (and --split) alone")
    if json:
        print(msgspec.json.encode(found).decode())
    else:
        made = BASELINES[name]
        _show(found, made.summary if audio is None else made.on_audio)


def _need(name: str) -> None:
    if importlib.util.find_spec("sklearn") is None:
        raise GenredError("needs scikit-learn: install the extra, pip install 'genred[train]'")
    if name == "random-cnn-svm":
        need_tensorflow()


def _on_clips(name: str, train: Path, valid: Path, seed: int) -> BaselineReport:
    # Imported late: prepared folders need what a light installation lacks.
    from genred_train.collection.load import load_clips, spec_of  # noqa: PLC0415

    spec = spec_of(train) or FeatureSpec()
    fitted_on, measured_on = load_clips(train, spec), load_clips(valid, spec)
    if fitted_on.sha256 == measured_on.sha256:
        raise UsageError(f"{valid} is what is fitted on: measure on other clips")
    fitted = BASELINES[name].fit(fitted_on, spec, seed)
    heard = of_clips(measured_on, fitted.probabilities(measured_on), spec.window_frames)
    return baseline_report(name, seed, _use(fitted_on), fitted_on.genres, heard)


def _on_audio(name: str, audio: Path, split: SplitName | None, seed: int) -> BaselineReport:
    if name not in ON_AUDIO:
        raise UsageError(f"{name} hears mel bands; --audio is for {' and '.join(ON_AUDIO)}")
    if split is SplitName.LEAKY:
        raise UsageError("--split leaky cuts segments; recordings are heard whole")
    # Imported late: librosa and scikit-learn take seconds.
    from genred_train.baselines.recordings import listened  # noqa: PLC0415
    from genred_train.baselines.whole import measured  # noqa: PLC0415
    from genred_train.collection.open import open_collection  # noqa: PLC0415

    collection = open_collection(audio)
    tracks = track(
        collection.tracks,
        description=f"listening to {len(collection.tracks)} tracks",
        console=Console(stderr=True),
    )
    recordings = listened(collection, tracks, FeatureSpec().sample_rate)
    return measured(name, recordings, split.value if split else None, seed)


def _use(clips: Clips) -> Use:
    return Use(clips.name, clips.sha256, len(set(clips.tracks)))


def _show(found: BaselineReport, summary: str) -> None:
    out = Console(highlight=False)
    fitted_on, measured_on = found.fitted_on, found.measured_on
    out.print(f"{found.baseline}, seed {found.seed}: {summary}")
    out.print(f"  fitted on    {fitted_on.name} ({fitted_on.tracks} tracks)")
    out.print(f"  measured on  {measured_on.name} ({measured_on.tracks} tracks)")
    out.print(f"  by track     {found.track_accuracy}")
    if found.window_accuracy is UNSET:
        out.print("  by window    none: hears whole tracks")
    else:
        out.print(f"  by window    {found.window_accuracy}")
    for name, reason in found.unreadable.items():
        out.print(f"  left out: {name}: {reason}", style="yellow", markup=False)
    out.print("  tracks: rows are what they are, columns what was said")
    out.print(_confusion(found))


def _confusion(found: BaselineReport) -> Table:
    table = Table("", box=None, padding=(0, 1, 0, 0))
    for label in found.labels:
        table.add_column(label[:4], justify="right")
    for label, row in zip(found.labels, found.confusion, strict=True):
        table.add_row(label, *(str(count) if count else "·" for count in row))
    return table
