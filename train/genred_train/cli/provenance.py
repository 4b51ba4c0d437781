"""What a run writes down of where it came from."""

import importlib.metadata
import platform
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from genred_train.cli.checks import backend
from genred_train.evaluation.made import Made

_MEASURED_WITH = ("genred", "numpy", "ai-edge-litert", "keras")


def command() -> str:
    """Return the command line as it was typed; `python -m genred_train` is the same command."""
    return shlex.join(["genred-train", *sys.argv[1:]])


def git_revision() -> str:
    """Return the checkout's commit, with `-dirty` where it has changes; `none` without one."""
    here = Path(__file__).parent
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],  # noqa: S607
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or "none"


def versions() -> dict[str, str]:
    """Return the versions of what decides a result."""
    found = {name: _version(name) for name in (backend(), "keras", "numpy", "genred")}
    return {"python": platform.python_version()} | found


def made() -> Made:
    """Return what a report says of its making."""
    return Made(
        command=command(),
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        git=git_revision(),
        versions={
            name: found for name in (*_MEASURED_WITH, backend()) if (found := _version(name))
        },
    )


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
