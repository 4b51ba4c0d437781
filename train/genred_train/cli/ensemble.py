"""`genred-train ensemble`: runs that hear the same, averaged into one network."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from genred.errors import UsageError
from genred_train.cli import provenance
from genred_train.cli.checks import need_tensorflow, wake_tensorflow
from genred_train.fitting.run import load, start

_FEWEST = 2


def ensemble(
    members: Annotated[list[Path], typer.Argument(help="Folders of runs.", show_default=False)],
    run: Annotated[Path, typer.Option(help="Folder of the run that averages them.")],
) -> None:
    """Average what runs claim; RUN can be evaluated, exported, or taken as a --teacher."""
    need_tensorflow()
    if len(members) < _FEWEST:
        raise UsageError("an ensemble averages two runs or more")
    loaded = [load(member) for member in members]

    wake_tensorflow()
    # Imported late: TensorFlow takes seconds.
    from genred_train.fitting.fit import average  # noqa: PLC0415
    from genred_train.fitting.network import check_alike  # noqa: PLC0415

    check_alike(loaded, loaded[0].config)
    made = msgspec.structs.replace(
        loaded[0].config,
        command=provenance.command(),
        git=provenance.git_revision(),
        versions=provenance.versions(),
        begun_from="",
        teachers=[],
        members=[str(member) for member in members],
    )
    average(start(run, made), loaded)
    print(f"{run}: the mean of {len(members)} runs")
