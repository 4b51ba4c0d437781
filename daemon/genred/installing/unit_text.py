"""The units that genred comes with, filled in for one installation, and marked as ours.

A file that is ours begins with a line that holds the digest of all after it: whoever changes it
by hand, it tells, whichever version of genred wrote it.
"""

import hashlib
import re
import sys
from pathlib import Path

from genred.errors import GenredError

_PACKAGE = Path(__file__).resolve().parents[1]
_PLACES = (_PACKAGE / "units", _PACKAGE.parents[1] / "systemd")
_SHIPPED_PYTHON = "/opt/genred/bin/python"
_MARK = "# Written by genred service install; digest of the rest: "
_MARKED = re.compile(re.escape(_MARK) + r"([0-9a-f]{64})\n")


def unit_text(name: str, python: str = sys.executable) -> str:
    """Return a shipped unit that runs this interpreter; `name` is `user/genred.service`."""
    for place in _PLACES:
        if (place / name).is_file():
            text = (place / name).read_text(encoding="utf-8")
            return text.replace(f"ExecStart={_SHIPPED_PYTHON} ", f"ExecStart={_quoted(python)} ")
    raise GenredError(f"{name} is not installed (looked for {_PLACES[0] / name}); install it anew")


def marked(text: str) -> str:
    """Return a file's text with its digest before it."""
    return f"{_MARK}{_digest(text)}\n{text}"


def is_ours(text: str) -> bool:
    """Tell whether a file is as some `marked` made it."""
    found = _MARKED.match(text)
    return found is not None and found[1] == _digest(text[found.end() :])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _quoted(path: str) -> str:
    """Return a path as systemd reads it; raises GenredError for one that it can't."""
    if not path.startswith("/") or any(ord(c) < ord(" ") for c in path):
        raise GenredError(f"{path!r} can't be run by a unit: install genred elsewhere")
    escaped = path.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if re.search(r"[\s'\"\\;]", path) else escaped
