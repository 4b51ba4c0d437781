"""What came of a trial, kept in its folder as soon as it is known."""

from pathlib import Path

import msgspec

from genred.errors import GenredError
from genred.model.metadata import Figure
from genred_train.comparison.grid import Trial


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one trial on the part that its best epoch was chosen by."""

    trial: Trial
    digest: str
    """of the clips; a result for others is made anew"""
    fitted_on: int
    scored: int
    """clips"""
    parameters: int | None
    """of a network"""
    track: Figure
    window: Figure
    taken_s: float


def read(folder: Path, trial: Trial, digest: str) -> Result | None:
    """Return what an earlier run found for this very trial and these clips, if it did."""
    path = folder / "result.json"
    if not path.exists():
        return None
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Result)
    except msgspec.MsgspecError:
        return None
    return found if found.trial == trial and found.digest == digest else None


def write(folder: Path, result: Result) -> None:
    """Keep a result, whole or not at all; raises GenredError if the folder takes none."""
    path = folder / "result.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name("writing-" + path.name)
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1))
        temporary.replace(path)
    except OSError as error:
        raise GenredError(f"{folder}: {error.strerror}; give another --out") from error
