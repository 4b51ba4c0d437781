"""What came of a trial, kept in its folder as soon as it is known."""

import re
from pathlib import Path

import msgspec

from genred.errors import GenredError
from genred.model.metadata import Figure
from genred_train.comparison.grid import Trial
from genred_train.evaluation.whole_files import write_whole


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one trial on the part that its best epoch was chosen by."""

    trial: Trial
    digest: str
    """of the clips and of the sound of the ranges; a result for others is made anew"""
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
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GenredError(f"{folder}: {error.strerror}; give another --out") from error
    text = msgspec.json.format(msgspec.json.encode(result), indent=1)
    write_whole({folder / "result.json": text})


def clear(folder: Path) -> None:
    """Remove what a trial left in its folder; raises GenredError if anything else lies there."""
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    foreign = [path.name for path in there if not _OURS.fullmatch(path.name) or path.is_dir()]
    if foreign:
        raise GenredError(
            f"{folder}: holds {foreign[0]}, which is of no trial; move it, or give another --out"
        )
    for path in there:
        path.unlink()


_OURS = re.compile(
    r"(saving-|writing-)?(result\.json|config\.json|best\.keras|last\.keras|epochs\.jsonl|"
    r"last\.dropout(\.\d+)?\.npy)"
)
