"""A config changed in an editor: on a draft beside it, which takes its place once it is right."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from genred.config.file import text_of
from genred.config.keys import clean
from genred.config.page import template
from genred.errors import GenredError, UsageError

_EDITORS = ("editor", "nano", "vi")

Check = Callable[[Path], list[str]]


def edit(file: Path, check: Check, ask: Callable[[str], bool]) -> str:
    """Let a file be changed; return what came of it. A draft that was left is gone on with.

    `check` returns what is wrong with a draft, `ask` whether to go on. Raises GenredError, and
    leaves the file as it was, where there is no editor, the file can't be written, or was changed
    by somebody else; UsageError for a draft that is not right, which stays.
    """
    file = file.resolve()  # a link to it stays one
    draft = file.with_name(f"{file.name}.draft")
    editor = _editor(os.environ)
    try:
        before = _begin(file, draft)
        while True:
            _open(editor, draft)
            if draft.read_text(encoding="utf-8", errors="replace") == before:
                draft.unlink()
                return "nothing was changed"
            wrong = check(draft)
            if not wrong:
                return _replace(file, draft, before)
            print("\n".join(wrong), file=sys.stderr)
            if not ask("edit again?"):
                raise UsageError(
                    f"{_name(file)} is as it was; genred config edit goes on with {_name(draft)}"
                )
    except OSError as error:
        raise GenredError(f"{_name(file)}: {error.strerror}; it is as it was") from error


def _begin(file: Path, draft: Path) -> str:
    """Make the draft if there is none; return what is in the file, or what it begins with."""
    before = text_of(file) if file.exists() else template()
    if draft.exists():
        print(f"going on with {_name(draft)}", file=sys.stderr)
        return before
    file.parent.mkdir(parents=True, exist_ok=True)
    draft.write_text(before, encoding="utf-8")
    if file.exists():
        shutil.copymode(file, draft)
    return before


def _replace(file: Path, draft: Path, before: str) -> str:
    """Put the draft in the file's place, all of it or nothing."""
    if file.exists() and text_of(file) != before:
        raise GenredError(
            f"{_name(file)} was changed meanwhile by another; yours is in {_name(draft)}"
        )
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    draft.replace(file)
    return f"{_name(file)} is changed; genred reload, or a restart, takes it on"


def _editor(environment: Mapping[str, str]) -> list[str]:
    named = environment.get("VISUAL") or environment.get("EDITOR")
    try:
        words = shlex.split(named) if named else []
    except ValueError:
        words = []
    words = words or [name for name in _EDITORS if shutil.which(name)][:1]
    if not words:
        raise GenredError("no editor is there; set EDITOR to the one that you use")
    return words


def _open(editor: list[str], draft: Path) -> None:
    try:
        done = subprocess.run([*editor, str(draft)], check=False)  # noqa: S603 - the user's own
    except OSError as error:
        raise GenredError(
            f'editor "{clean(editor[0])}": {error.strerror}; set EDITOR to another'
        ) from error
    if done.returncode:
        raise GenredError(
            f'editor "{clean(editor[0])}" failed (exit code {done.returncode}); '
            f"what was written is in {_name(draft)}"
        )


def _name(file: Path) -> str:
    return clean(str(file), longest=None)
