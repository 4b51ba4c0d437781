"""That nothing a run builds on was fitted on what the run is chosen by."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from genred.errors import GenredError, UsageError
from genred_train.collection.clips import Clips
from genred_train.collection.shared import shared_recordings
from genred_train.fitting.parts import open_parts
from genred_train.fitting.run import Run, load


def check_held_out(runs: Sequence[Run], valid: Clips) -> list[str]:
    """Raise UsageError if a run, or one that it was made of, was fitted on a clip of `valid`.

    Returns the folders of runs whose clips are no longer there: nobody can tell of those.
    """
    unknown = []
    for run in _all(runs):
        if any(use.split == "chosen by" and use.digest == valid.sha256 for use in run.config.data):
            continue
        try:
            fitted_on = open_parts(run.config.source, run.config.features).train
        except GenredError:
            unknown.append(str(run.folder))
            continue
        shared = shared_recordings(fitted_on, valid)
        if shared:
            raise UsageError(
                f"{run.folder} was fitted on {len(shared)} of the clips that this run is chosen "
                f"by, such as {shared[0]}: its figures would flatter; give the same --split-seed "
                "(of a recipe: --fold), or --valid of other recordings"
            )
    return unknown


def _all(runs: Sequence[Run]) -> Iterator[Run]:
    """Yield runs and all that they began from, were taught by, or average."""
    for run in runs:
        yield run
        config = run.config
        before = [*config.teachers, *config.members]
        before += [str(Path(config.begun_from).parent)] if config.begun_from else []
        yield from _all([load(Path(folder)) for folder in before])
