"""Where the models that come with genred are: in the wheel, or in the checkout beside it."""

from pathlib import Path

from genred.errors import UsageError
from genred.model.package import ModelPackage, load

NAMES = ("base", "tiny")
DEFAULT = "base"
_PACKAGE = Path(__file__).resolve().parents[1]
_PLACES = (_PACKAGE / "models", _PACKAGE.parents[1] / "tflite_models")


def find(name: str) -> Path:
    """Return the path of a model: a shipped one by name, any other by its path.

    Raises UsageError for a name that is neither.
    """
    if name not in NAMES:
        path = Path(name)
        if path.suffix or _exists(path):
            return path
        raise UsageError(f'model "{name}": neither one of {", ".join(NAMES)} nor a file')
    paths = [place / f"genred-{name}.tflite" for place in _PLACES]
    for path in paths:
        if path.exists():
            return path
    raise UsageError(f'model "{name}" is not installed (looked for {paths[0]}); install it anew')


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # too long a name, or a folder that may not be looked into
        return False


def load_model(name: str) -> ModelPackage:
    """Find, read and check a model; raises GenredError in one line."""
    return load(find(name))
