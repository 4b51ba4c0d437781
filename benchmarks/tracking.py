"""What tracking settings do to joined clips: `python benchmarks/tracking.py VALID.npz`.

The model is the shipped one; the clips are heard once, in an order drawn from seed 0.
"""

import argparse
from pathlib import Path

import numpy as np

from genred.model.classifier import Classifier
from genred.model.shipped import load_model
from genred.parameters import Tracking
from genred_train.collection.arrays import load_arrays
from genred_train.evaluation.streams import join, live_figures

SETTINGS = {
    "evidence 1/6": Tracking(evidence=1 / 6),
    "evidence 1/4": Tracking(evidence=1 / 4),
    "the defaults": Tracking(),
    "evidence 1/2": Tracking(evidence=1 / 2),
}


def main() -> None:
    """Print a line for each setting."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("valid", type=Path)
    arguments = parser.parse_args()
    model = Classifier(load_model("base"))
    clips = load_arrays(arguments.valid, model.metadata.features)
    stream = join(model, clips, np.random.default_rng(0))
    for name, tracking in SETTINGS.items():
        found = live_figures(stream, model.metadata, tracking)
        print(
            f"{name:<14} noticed after {found.noticed_median_s:.1f} s "
            f"(95 % within {found.noticed_p95_s:.1f}), in {found.noticed_share:.0%} of cuts; "
            f"right {found.right_share:.1%} of the time; "
            f"{found.false_changes_per_hour:.0f} false changes an hour"
        )


if __name__ == "__main__":
    main()
