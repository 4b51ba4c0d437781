"""Small deeds that can be undone, done in order: all of them, or none."""

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from genred.errors import GenredError

Deed = Callable[[], None]


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Step:
    """One deed; `text` says it, as in "write FILE"."""

    text: str
    do: Deed
    undo: Deed = field(default=_nothing)


def carry_out(steps: Sequence[Step], told: Callable[[str], None]) -> None:
    """Do all, telling each when it is done; if one fails, undo those before it and raise."""
    done: list[Step] = []
    try:
        for step in steps:
            done.append(step)  # half of a deed is undone, too
            step.do()
            told(step.text)
    except BaseException as error:
        left = [undone for step in reversed(done) if (undone := _undone(step))]
        if isinstance(error, (GenredError, OSError)):
            what = f"; could not undo: {', '.join(left)}" if left else "; all was undone"
            raise GenredError(f"{_said(error)}{what}") from error
        raise


def write(path: Path, text: str) -> Step:
    """Write a file, and the folders above it; undone, all is as it was."""
    before = path.read_bytes() if path.is_file() else None
    made = [folder for folder in path.parents if not folder.exists()]

    def do() -> None:
        for folder in reversed(made):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)  # whatever the umask: a service of another user reads it
        part = path.with_name(f".{path.name}.part")
        part.write_text(text, encoding="utf-8")
        part.chmod(0o644)
        part.replace(path)

    def undo() -> None:
        path.with_name(f".{path.name}.part").unlink(missing_ok=True)
        if before is not None:
            path.write_bytes(before)
            return
        path.unlink(missing_ok=True)
        for folder in made:
            with contextlib.suppress(OSError):  # not empty, or never made
                folder.rmdir()

    return Step(f"write {path}", do, undo)


def erase(path: Path) -> Step:
    """Remove a file, and the folder above it if nothing else is in it."""
    before = path.read_bytes()

    def do() -> None:
        path.unlink()
        if not any(path.parent.iterdir()) and path.parent.name == "genred":
            path.parent.rmdir()

    def undo() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(before)

    return Step(f"remove {path}", do, undo)


def _undone(step: Step) -> str:
    """Undo a step; return what could not be."""
    try:
        step.undo()
    except (GenredError, OSError) as error:
        return f"{step.text} ({_said(error)})"
    return ""


def _said(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or ''}: {error.strerror or os.strerror(error.errno or 0)}"
    return str(error)
