"""`genred-train pretrain`: teachers' answers in, a run that `fit --from` goes on from."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from genred.errors import UsageError
from genred_train.cli.asked_clips import by_recipe
from genred_train.cli.beginning import begin, headed, hears, options_of, sources_of
from genred_train.cli.checks import check_use, need_keras, wake_keras
from genred_train.fitting.parts import FitParts, open_parts
from genred_train.fitting.run import Run, load

_INTERRUPTED = 130


def pretrain(
    *,
    run: Annotated[Path, typer.Option(help="Folder of this run.")],
    recipe: Annotated[
        Path | None, typer.Option(help="TOML file: options, music, teachers' answers.")
    ] = None,
    data: Annotated[Path, typer.Option(help="Folder that its paths begin in.")] = Path(),
    fold: Annotated[
        int | None, typer.Option(min=0, help="Held apart.", show_default="nothing is")
    ] = None,
    audio: Annotated[
        list[Path] | None, typer.Option(help="Folder of sound that ranges come from; several.")
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="A teacher's .h5, for a model that is made of one: musicnn.")
    ] = None,
    teacher: Annotated[
        list[Path] | None,
        typer.Option(help="Run that is asked, for teacher_answers in RECIPE; several."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1)] = None,
    steps_per_epoch: Annotated[int | None, typer.Option(min=1)] = None,
    seed: Annotated[int | None, typer.Option(min=0)] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where RUN stopped.")] = False,
) -> None:
    """Fit a network to what teachers say of music: no label is needed.

    Answers are made by teach-targets, or come with the clips. Go on with: fit --from RUN.
    """
    need_keras()
    chosen, parts = (
        _resumed(run)
        if resume
        else _begun(
            run,
            recipe,
            data,
            fold,
            audio or [],
            weights,
            teacher or [],
            {"epochs": epochs, "steps_per_epoch": steps_per_epoch, "seed": seed},
        )
    )
    answers = f"{parts.answers.dims} values" if parts.answers else "what a teacher says"
    print(
        f"{chosen.config.options.model}: {len(parts.train)} clips, "
        f"{parts.train.hours():.1f} h, {answers} to learn of each window"
    )
    wake_keras()
    from genred_train.fitting.fit import fit as fit_run  # noqa: PLC0415 - two seconds

    try:
        fit_run(chosen, parts, resume=resume)
    except KeyboardInterrupt:
        print(f"\ngenred-train: stopped; pretrain --run {run} --resume goes on", file=sys.stderr)
        raise typer.Exit(_INTERRUPTED) from None
    print(f"now: genred-train fit --from {run} --recipe FILE --run ANOTHER")


def _resumed(folder: Path) -> tuple[Run, FitParts]:
    run = load(folder)
    parts = open_parts(run.config.source, run.config.features)
    check_use(run, parts.train, "fitted on")
    return run, _unlabelled(parts)


def _begun(
    folder: Path,
    recipe: Path | None,
    data: Path,
    fold: int | None,
    audio: list[Path],
    weights: Path | None,
    teachers: list[Path],
    given: dict[str, int | None],
) -> tuple[Run, FitParts]:
    if recipe is None:
        raise UsageError("pretrain: give --recipe FILE, or --resume a run")
    base, source = by_recipe(recipe, data, fold, labelled=False)
    sources = msgspec.structs.replace(sources_of(audio, None, teachers), weights=weights)
    options = options_of(base, given, sources)
    spec = hears(options, source, sources)
    parts = _unlabelled(open_parts(source, spec))
    if teachers and not options.teacher_answers:
        raise UsageError(f"{recipe}: --teacher is for a recipe with teacher_answers = true")
    if parts.answers is None and not teachers:
        raise UsageError(f"{recipe}: none of its files has answers; make them: teach-targets")
    return begin(folder, source, parts, headed(options, parts), spec, sources), parts


def _unlabelled(parts: FitParts) -> FitParts:
    """Score nothing: what is held apart is for the fit that goes on from this."""
    return FitParts(parts.train, parts.train.pick([]), draws=parts.draws, answers=parts.answers)
