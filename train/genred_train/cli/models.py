"""`genred-train models`: what there is to fit and to compare with."""

from rich.console import Console
from rich.table import Table

from genred_train.baselines.named import BASELINES
from genred_train.models.named import MODELS


def models() -> None:
    """List networks and baselines by name."""
    out = Console(highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for head in ("name", "hears", "parameters", ""):
        table.add_column(head, justify="right" if head == "parameters" else "left")
    for model in MODELS.values():
        hears = " x ".join(map(str, model.features.input_shape))
        window_s = model.features.window_samples / model.features.sample_rate
        table.add_row(
            model.name, f"{hears}, {window_s:.1f} s", f"{model.parameters:,}", model.summary
        )
    for baseline in BASELINES.values():
        table.add_row(baseline.name, "", "", baseline.summary)
    out.print(table)
