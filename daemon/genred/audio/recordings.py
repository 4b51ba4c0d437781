"""What was recorded, from wherever it comes: a file, or a pipe that another program writes into."""

from pathlib import Path

from genred.audio.file import FileSource, printable
from genred.audio.pipe import PipeInput, Wait, is_pipe, parse
from genred.audio.source import BLOCK_S, Source


def open_recording(
    path: Path, sample_rate: int, block_s: float = BLOCK_S, wait: Wait | None = None
) -> Source:
    """Open a file, `pipe:PATH?...` or `-`; raises GenredError, one line, for what can't be.

    `wait` waits for the bytes of a pipe; a file has its own at once.
    """
    if is_pipe(str(path)):
        return PipeInput(str(path), wait).open(sample_rate)
    return FileSource(path, sample_rate, block_s)


def recording_name(path: Path) -> str:
    """Return what a person calls it."""
    if not is_pipe(str(path)):
        return printable(path)
    place = parse(str(path)).path
    return "stdin" if place is None else printable(place)
