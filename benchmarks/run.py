"""`make bench`: what genred costs, beside its peers, in one run on one thread.

Every figure is a median over rounds in which all take turns, so that a machine that slows down
slows all of them. Ratios are the ones to quote.
"""

import os

# Before numpy: one thread for every library.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import argparse
import platform
from pathlib import Path

LIVE_S = 30.0
ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Run all benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--file", type=Path, default=ROOT / "examples/demo/genred-demo.ogg")
    arguments = parser.parse_args()
    # After the threads are set.
    import live  # noqa: PLC0415
    import predictions  # noqa: PLC0415
    import replays  # noqa: PLC0415

    import features  # noqa: PLC0415

    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    features.run(arguments.rounds)
    predictions.run(arguments.rounds)
    replays.run(arguments.file, arguments.rounds)
    live.run(LIVE_S)


if __name__ == "__main__":
    main()
