"""`genred-train fit`: arrays in, a run's folder with a fitted network out."""

from pathlib import Path
from typing import Annotated

import typer

from genred.errors import UsageError
from genred.features.spec import FeatureSpec
from genred.model.metadata import DataUse
from genred_train.cli import provenance
from genred_train.cli.checks import check_use, need_tensorflow
from genred_train.collection.arrays import load_arrays
from genred_train.collection.clips import Clips
from genred_train.features.ranges import Ranges, audio_files, measure
from genred_train.fitting.run import Run, RunConfig, load, start


def fit(
    train: Annotated[Path, typer.Option(help="Log-mel arrays (.npz) to fit on.", readable=False)],
    valid: Annotated[Path, typer.Option(help="Arrays that the best epoch is chosen by.")],
    audio: Annotated[
        list[Path], typer.Option(help="Folder of sound that ranges come from; several times.")
    ],
    run: Annotated[Path, typer.Option(help="Folder of this run.")],
    epochs: Annotated[int | None, typer.Option(min=1, show_default="160")] = None,
    seed: Annotated[int | None, typer.Option(min=0, show_default="0")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run stopped.")] = False,
) -> None:
    """Fit our network to the arrays; leaves the best epoch by VALID in the run's folder."""
    need_tensorflow()
    if resume and not (epochs is None and seed is None):
        raise UsageError("--resume goes on with the run's own --epochs and --seed; leave them out")
    spec = FeatureSpec()
    fitted_on, chosen_by = load_arrays(train, spec), load_arrays(valid, spec)
    if fitted_on.genres != chosen_by.genres:
        raise UsageError(f"{train} and {valid} differ in their genres")
    if fitted_on.sha256 == chosen_by.sha256:
        raise UsageError(f"{valid} is what is fitted on: choose by other clips")
    if resume:
        chosen = load(run)
        check_use(chosen, fitted_on, "fitted on")
        check_use(chosen, chosen_by, "chosen by")
    else:
        chosen = _begin(run, fitted_on, chosen_by, audio, spec, epochs or 160, seed or 0)
    ranges = Ranges.of(chosen.config.offset, chosen.config.scale)

    # Imported late: two seconds, and commands beside this one need no TensorFlow.
    from genred_train.fitting.fit import fit as fit_run  # noqa: PLC0415

    best = fit_run(chosen, fitted_on, chosen_by, ranges, resume=resume)
    print(f"best epoch: {100 * best:.1f} % of {chosen_by.name}'s tracks (every fourth window)")
    print(f"now: genred-train export --run {run} --valid {valid} --out MODEL.tflite")


def _begin(
    folder: Path,
    train: Clips,
    valid: Clips,
    audio: list[Path],
    spec: FeatureSpec,
    epochs: int,
    seed: int,
) -> Run:
    ranges = measure(audio_files(audio), spec)
    return start(
        folder,
        RunConfig(
            labels=train.genres,
            features=spec,
            offset=ranges.offset.tolist(),
            scale=ranges.scale.tolist(),
            data=[_use(train, "fitted on"), _use(valid, "chosen by")],
            audio=[str(path) for path in audio],
            command=provenance.command(),
            git=provenance.git_revision(),
            versions=provenance.versions(),
            epochs=epochs,
            seed=seed,
        ),
    )


def _use(clips: Clips, split: str) -> DataUse:
    return DataUse(
        name=clips.name,
        split=split,
        digest=clips.sha256,
        clips=len(clips),
        hours=clips.hours(),
    )
