"""The table of networks in `docs/models.md`, made from what the networks are."""

from genred.features.spec import FeatureSpec
from genred_train.models.named import MODELS
from genred_train.models.named_model import NamedModel

HEADER = """\
| name | hears | layers | parameters | head | its authors measured |
| --- | --- | --- | --- | --- | --- |
"""


def table() -> str:
    """Return all named networks as a Markdown table."""
    return HEADER + "".join(_row(model) for model in MODELS.values())


def hears(spec: FeatureSpec) -> str:
    """Say what a window is: frames x rows, and how long it lasts at which rate."""
    kind = "MFCC" if spec.kind == "mfcc" else "mel bands"
    length_s = spec.window_frames * spec.hop_length / spec.sample_rate
    return (
        f"{spec.window_frames} frames x {spec.n_coefficients} {kind} "
        f"({length_s:.2f} s: hop {spec.hop_length} at {spec.sample_rate:,} Hz)"
    )


def _row(model: NamedModel) -> str:
    parameters = f"{model.parameters:,} ({model.labels} labels)"
    cells = [
        f"`{model.name}`",
        hears(model.features),
        model.layers,
        parameters,
        model.head,
        model.figure,
    ]
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    print(table(), end="")  # noqa: T201 - to be pasted into the docs
