"""What every child does: end with its parent, and tell things in lines of JSON."""

import json
import os
import shutil
import sys
import threading
from pathlib import Path
from typing import Any, TextIO

PROPERTY = "genred.token"
"""of a recording of ours, so that it is known among all others"""
RETRY_S = 0.5
"""after which a watcher looks again for a server that does not answer"""
SETTLED_S = 0.3
"""after which a server that told nothing more has settled"""


def end_with_parent() -> None:
    """End this process at once when its stdin ends."""
    threading.Thread(target=_wait_for_end, daemon=True).start()


def tell(what: dict[str, Any], out: TextIO | None = None) -> None:
    """Write an object as one line, on stdout unless said otherwise; end if nobody reads."""
    out = out or sys.stdout
    try:
        out.write(json.dumps(what) + "\n")
        out.flush()
    except OSError:
        os._exit(0)


def speaks_pipewire_alone() -> bool:
    """Tell whether PipeWire runs in this session, and nothing speaks PulseAudio's protocol."""
    run = Path(os.environ.get("XDG_RUNTIME_DIR", "/nonexistent"))
    # Path.exists raises where the folder is another user's.
    pipewire, pulse = (os.access(run / name, os.F_OK) for name in ("pipewire-0", "pulse/native"))
    there = pipewire and not pulse
    return there and shutil.which("pw-dump") is not None


def _wait_for_end() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)
