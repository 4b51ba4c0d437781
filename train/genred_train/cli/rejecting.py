"""`genred-train evaluate --reject`: what it asks for, and its figures as a terminal shows them."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import UNSET

from genred.errors import UsageError
from genred.model.classifier import Classifier
from genred.model.scores import by_name
from genred_train.evaluation.clips import Report
from genred_train.evaluation.doubts import doubts
from genred_train.evaluation.listener import Listener
from genred_train.evaluation.rejected import noises as heard_noises
from genred_train.features.ranges import audio_files


def check_reject(
    run: Path | None, noises: Path | None, *, reject: bool, through: str | None = None
) -> None:
    """Raise UsageError for options that do not go together, GenredError for no sound."""
    if noises is not None and not reject and not through:
        raise UsageError("--noises is of --reject and of --through: give one of them")
    if run is not None and reject:
        raise UsageError("--reject is of a model file alone: give --model without --run")
    if noises is not None:
        audio_files([noises])


def check_rejects(model: Classifier) -> None:
    """Raise UsageError for a model that never says `unknown` or `not_music` of a window."""
    if not by_name(model.metadata.rejection):
        raise UsageError(
            f"--reject: {model.metadata.name} can reject nothing; make one that can: "
            "genred-train reject"
        )


def with_noises(
    found: Report, model: Classifier, listening: Listener, folder: Path, seed: int
) -> Report:
    """Add what the model says of noises to a report that has what passes."""
    if found.rejected is UNSET:
        return found
    heard = heard_noises(model, listening, folder, seed)
    own = doubts(listening.data, heard.data_sha256)
    return msgspec.structs.replace(
        found,
        rejected=msgspec.structs.replace(found.rejected, noises=heard),
        doubts=[*found.doubts, *(f"{heard.data}: {why}" for why in own)],
    )


def lines(found: Report) -> Iterator[str]:
    """Say what passes and what is rejected, a line each."""
    rejected = found.rejected
    if rejected is UNSET:
        return
    yield "with rejection: all figures above count what is rejected as wrong"
    yield f"  music that passes, by track   {rejected.passing_tracks}"
    yield f"                     by window  {rejected.passing_windows}"
    noises = rejected.noises
    if noises is UNSET:
        return
    yield f"  {noises.data} rejected, by file    {noises.all.files}"
    yield f"  {' ' * len(noises.data)}           by window  {noises.all.windows}"
    for kind, own in noises.kinds.items():
        yield f"    {kind}: {own.files.value:.0%} of {own.files.n}, windows {own.windows.value:.0%}"
    said = (f"{name} {count}" for name, count in noises.said.items())
    yield f"  files were said to be: {', '.join(said)}"
    yield from (f"  {name}: {why}" for name, why in noises.unreadable.items())
