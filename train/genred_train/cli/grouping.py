"""Groups found without labels, as `genred-train describe --cluster` shows them."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from genred.errors import UsageError
from genred.features.spec import FeatureSpec
from genred_train.collection.load import load_clips, spec_of

if TYPE_CHECKING:  # scikit-learn takes a second, and most descriptions need none.
    from genred_train.baselines.groups import Groups


def check_bands(path: Path) -> None:
    """Raise UsageError for what holds no mel bands: plain audio."""
    if path.suffix != ".npz" and not (path / "dataset.json").is_file():
        raise UsageError(f"--cluster: {path} is audio; run genred-train prepare on it first")


def found_groups(path: Path, k: int, method: str, plot: Path | None) -> "Groups":
    """Find `k` groups in an .npz or a prepared folder."""
    from genred_train.baselines.groups import show_groups  # noqa: PLC0415

    clips = load_clips(path, spec_of(path) or FeatureSpec())
    return show_groups(clips, k, method, plot=plot)


def show(groups: "Groups") -> None:
    """Print groups as rows, genres as columns, and how far the two agree."""
    out = Console(highlight=False, markup=False)
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("group", justify="right")
    for genre in groups.genres:
        table.add_column(genre[:5], justify="right")
    for number, row in enumerate(groups.table):
        table.add_row(str(number), *(str(count) if count else "·" for count in row))
    out.print(f"{groups.k} groups without labels, by {groups.method}:")
    out.print(table)
    out.print(
        f"purity {groups.purity:.2f}, adjusted Rand index {groups.adjusted_rand:.2f}, "
        f"normalised mutual information {groups.normalised_mutual_information:.2f}"
    )
