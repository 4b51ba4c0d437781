"""What `genred-train fit` takes of memory as a collection grows.

    python benchmarks/fitting.py FOLDER     (a folder per genre)

As many steps of the same batches on the collection once and ten times over; the resident set of the
whole process, TensorFlow in it.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from prepare import LAUNCH, TIMES, multiply
from timing import goal

STEPS = ["--epochs", "2", "--steps-per-epoch", "20", "--batch-size", "32"]
MODEL = ["--model", "cnn-48-32-16-72", "--split", "track"]


def main() -> None:
    """Measure the fit at 1 and 10 times the collection."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    peaks = {}
    for times in TIMES:
        with tempfile.TemporaryDirectory() as made:
            place = Path(made)
            tracks = multiply(arguments.folder, place / "music", times)
            prepared = place / "prepared"
            trainer = [sys.executable, "-m", "genred_train"]
            command = [*trainer, "prepare", str(place / "music"), "--out", str(prepared)]
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            held_mb = sum(path.stat().st_size for path in prepared.rglob("*")) / 1e6
            run = [*trainer, "fit", "--train", str(prepared), "--run", str(place / "run")]
            launched = [sys.executable, "-c", LAUNCH, *run, *MODEL, *STEPS]
            found = subprocess.run(launched, stdout=subprocess.PIPE, text=True, check=True)
            peaks[times] = int(found.stdout.split()[-1]) / 1e3
        print(f"fit: {tracks} tracks, {held_mb:.0f} MB on disk, peak {peaks[times]:.0f} MB")
    goal("at 10x / at 1x", peaks[10] / peaks[1], 1.05, "x")


if __name__ == "__main__":
    main()
