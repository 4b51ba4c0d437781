"""How all pictures look, and how they become files: the same input gives the same bytes.

Figures are made without pyplot: no window, no global state. Colours can be told apart by people
who see red and green alike.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from genred.errors import GenredError, UsageError

INK = "#222222"
FAINT = "#999999"
ACCENT = "#0072b2"
SECOND = "#d55e00"
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#222222")
"""lines and bars, in this order; source: Okabe and Ito, Color Universal Design (2008)"""
FILLS = (
    "#77aadd", "#ee8866", "#eedd88", "#ffaabb", "#99ddff", "#44bb99", "#bbcc33", "#aaaa00",
    "#ccaadd", "#ccaa88",
)  # fmt: skip
"""areas with dark text on them; source: Tol, Colour Schemes (2021), `light`, and two more"""
QUIET_FILL = "#dddddd"

# Few steps: they can be read off the colour bar, and a picture of them is a third as large.
LEVELS_MAP = mpl.colormaps["magma"].resampled(27)
"""decibels: lighter is louder; over 80 dB a step is 3 dB"""
SHARES_MAP = mpl.colormaps["Blues"].resampled(20)
"""0 to 1: darker is more"""
SIGNED_MAP = mpl.colormaps["PuOr_r"].resampled(21)
"""around zero"""

FORMATS = (".png", ".svg")
DPI = 100

_STYLE = {
    "font.family": "DejaVu Sans",  # matplotlib brings it along
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 9,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": mpl.cycler(color=SERIES),
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "text.color": INK,
    "text.parse_math": False,  # a dollar in a file's name is a dollar
    "image.interpolation_stage": "data",  # colours of the map and none between them
    "lines.linewidth": 1.2,
    "figure.titlesize": 12,
    "figure.titleweight": "bold",
    "svg.hashsalt": "genred",
    "savefig.dpi": DPI,
    "figure.dpi": DPI,
}


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Draw and save in our style; before and after, matplotlib is as it was."""
    with mpl.rc_context({**mpl.rcParamsDefault, "backend": "agg", **_STYLE}):
        yield


def figure(width_in: float, height_in: float) -> Any:
    """Return an empty figure that leaves room for its own words; call it inside `styled`."""
    return Figure(figsize=(width_in, height_in), layout="constrained")


def check_out(path: Path) -> None:
    """Raise UsageError unless a picture can be named so, before anything is computed."""
    if path.suffix.lower() not in FORMATS:
        raise UsageError(f"--out {path}: give a name that ends in {' or '.join(FORMATS)}")
    if path.is_dir():
        raise UsageError(f"--out {path}: is a folder; give the name of a picture in it")
    if not path.parent.is_dir():
        raise GenredError(f"--out {path}: there is no folder {path.parent}; make it first")


def save(picture: Any, path: Path) -> None:
    """Write a figure as PNG or SVG by its suffix, without a date; call it inside `styled`.

    Raises GenredError where it can't be written.
    """
    with warnings.catch_warnings():
        # A name in a script that the font has not is drawn as boxes, and nobody need be told.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        drawn = _svg(picture) if path.suffix.lower() == ".svg" else _png(picture)
    try:
        path.write_bytes(drawn)
    except OSError as error:
        raise GenredError(f"{path}: can't be written ({error.strerror})") from error


def _svg(picture: Any) -> bytes:
    file = io.BytesIO()
    picture.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def _png(picture: Any) -> bytes:
    """Draw with the 256 colours that are most in use: a third of the bytes, and no eye sees it."""
    canvas = FigureCanvasAgg(picture)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].astype(np.int32)
    packed = (pixels[..., 0] << 16) | (pixels[..., 1] << 8) | pixels[..., 2]
    found, which, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.stack([found >> 16, (found >> 8) & 255, found & 255], axis=1)
    kept = colours[np.argsort(-counts, kind="stable")[:256]]
    nearest = np.square(colours[:, None] - kept).sum(axis=2).argmin(axis=1)
    image = Image.fromarray(nearest.astype(np.uint8)[which.reshape(packed.shape)])
    image.putpalette(kept.astype(np.uint8).tobytes())
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()
