"""How things look in a terminal."""

import sys

from genred.errors import GenredError
from genred.events import NOT_MUSIC, SILENCE, UNKNOWN

_COLOURS = (
    "cyan", "magenta", "yellow", "green", "red", "blue",
    "bright_cyan", "bright_magenta", "bright_yellow", "bright_green", "bright_red", "bright_blue",
)  # fmt: skip
_QUIET = {SILENCE, UNKNOWN, NOT_MUSIC}
_EIGHTHS = " ▏▎▍▌▋▊▉"


def colour(genre: str) -> str:
    """Return a label's colour, the same each time."""
    if genre in _QUIET:
        return "bright_black"
    return _COLOURS[sum(genre.encode()) % len(_COLOURS)]


def bar(share: float, width: int) -> str:
    """Draw a share, 0 to 1, as a bar that fills `width` cells, to an eighth of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    part = _EIGHTHS[eighths % 8] if eighths % 8 else ""
    return ("█" * (eighths // 8) + part).ljust(width)


def complain(error: GenredError, name: str = "genred") -> None:
    """Say an error in one line on stderr."""
    line = " ".join(str(error).split())
    print(f"{name}: {line}", file=sys.stderr)
