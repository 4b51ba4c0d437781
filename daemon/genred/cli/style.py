"""How things look in a terminal."""

import sys

from genred.errors import GenredError
from genred.events import NOT_MUSIC, SILENCE, UNKNOWN

_COLOURS = {
    "blues": "blue", "classical": "bright_magenta", "country": "yellow", "disco": "bright_cyan",
    "hiphop": "magenta", "jazz": "green", "metal": "red", "pop": "bright_yellow",
    "reggae": "bright_green", "rock": "bright_red", "electronic": "cyan",
}  # fmt: skip
_OTHERS = tuple(_COLOURS.values())
_QUIET = {SILENCE, UNKNOWN, NOT_MUSIC}
_EIGHTHS = " ▏▎▍▌▋▊▉"


def colour(genre: str) -> str:
    """Return a label's colour, the same each time."""
    if genre in _QUIET:
        return "bright_black"
    return _COLOURS.get(genre) or _OTHERS[sum(genre.encode()) % len(_OTHERS)]


def bar(share: float, width: int) -> str:
    """Draw a share, 0 to 1, as a bar that fills `width` cells, to an eighth of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    part = _EIGHTHS[eighths % 8] if eighths % 8 else ""
    return ("█" * (eighths // 8) + part).ljust(width)


def complain(error: GenredError, name: str = "genred") -> None:
    """Say an error in one line on stderr."""
    line = " ".join(str(error).split())
    print(f"{name}: {line}", file=sys.stderr)
