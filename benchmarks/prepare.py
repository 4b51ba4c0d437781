"""What `genred-train prepare` costs on a folder of music: memory as it grows, speed beside librosa.

    python benchmarks/prepare.py FOLDER     (a folder per genre)

Memory is the largest process of the run. Speed is CPU time of one core, files taken in turn by all.
"""

import os

# Before numpy: one thread for every library.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import soundfile
from numpy.typing import NDArray
from timing import Work, compare, goal, table

from genred.audio.file import FileSource
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec
from genred_train.collection.open import open_collection
from genred_train.features.pieces import Sounds, pieces
from genred_train.features.recipe import Recipe

T = TypeVar("T")
TIMES = (1, 10)
FILES = 6
LAUNCH = """
import os, subprocess, sys
running = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(running.pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""Linux counts to a process what its parent had in memory when it began: a small one begins it."""


def main() -> None:
    """Measure memory, then speed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    for options in ([], ["--augment", "gain,noise"]):
        memory(arguments.folder, [*options, "--jobs", str(arguments.jobs)])
    paths = [track.path for track in open_collection(arguments.folder).tracks]
    chosen = [paths[place] for place in np.linspace(0, len(paths) - 1, FILES).astype(int)]
    for hop_length in (512, 914):
        speed(chosen, FeatureSpec(kind="logmel", hop_length=hop_length), arguments.rounds)


def memory(folder: Path, options: Sequence[str]) -> None:
    """Print the largest process at 1 and 10 times the collection."""
    peaks = {}
    for times in TIMES:
        with tempfile.TemporaryDirectory() as made:
            tracks = multiply(folder, Path(made) / "music", times)
            peaks[times] = peak_mb(Path(made) / "music", Path(made) / "out", options)
        print(f"\nprepare {' '.join(options)}: {tracks} tracks, peak {peaks[times]:.1f} MB")
    goal("at 10x / at 1x", peaks[10] / peaks[1], 1.05, "x")


def multiply(folder: Path, out: Path, times: int) -> int:
    """Write each track so many times, each time less loud, as 16-bit WAV; return how many."""
    tracks = open_collection(folder).tracks
    for track in tracks:
        samples, sample_rate = soundfile.read(track.path, dtype="float32")
        for copy in range(times):
            path = out / track.labels[0] / f"{track.path.stem}-{copy}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, samples * np.float32(0.95**copy), sample_rate)
    return len(tracks) * times


def peak_mb(folder: Path, out: Path, options: Sequence[str]) -> float:
    """Prepare in processes of their own; return the resident set of the largest, MB."""
    command = [sys.executable, "-m", "genred_train", "prepare", str(folder), "--out", str(out)]
    launched = [sys.executable, "-c", LAUNCH, *command, *options]
    done = subprocess.run(launched, stdout=subprocess.PIPE, check=True)
    return int(done.stdout) / 1e3


def speed(paths: Sequence[Path], spec: FeatureSpec, rounds: int) -> None:
    """Print CPU milliseconds a file, whole way and mel bands alone, beside librosa's."""
    # Imported late: memory is measured without it.
    import librosa  # noqa: PLC0415

    recipe = Recipe(features=spec)
    samples = [librosa.load(path, sr=spec.sample_rate)[0] for path in paths]

    def bands(y: NDArray[np.float32]) -> None:
        librosa.feature.melspectrogram(
            y=y, sr=spec.sample_rate, n_fft=spec.n_fft, hop_length=spec.hop_length, center=False
        )

    def heard(path: Path) -> None:
        for piece in pieces(path, path.name, recipe, Sounds()):
            for _ in piece.rows:
                pass

    def decoded(path: Path) -> None:
        with FileSource(path, spec.sample_rate) as source:
            for _ in source:
                pass

    ours, theirs = "genred, file to rows", "librosa, load and melspectrogram"
    ours_bands, theirs_bands = "genred, bands alone", "librosa, melspectrogram alone"
    spent = compare(
        {
            ours: each(heard, paths),
            theirs: each(lambda path: bands(librosa.load(path, sr=spec.sample_rate)[0]), paths),
            "genred, decoding and resampling alone": each(decoded, paths),
            ours_bands: each(lambda y: streamed(y, spec), samples),
            theirs_bands: each(bands, samples),
        },
        rounds,
    )
    table(f"prepare, hop {spec.hop_length}", spent, len(paths), "ms a file", ours)
    goal("librosa / genred", ratio(spent, theirs, ours), 5, "x", at_least=True)
    goal("librosa / genred, bands", ratio(spent, theirs_bands, ours_bands), 5, "x", at_least=True)


def each(work: Callable[[T], object], items: Sequence[T]) -> Work:
    """Return a work that does all items."""
    return lambda: [work(item) for item in items]


def streamed(samples: NDArray[np.float32], spec: FeatureSpec) -> None:
    """Compute bands in blocks of a quarter second."""
    mfcc = StreamingMfcc(spec)
    for block in np.array_split(samples, max(1, samples.size * 4 // spec.sample_rate)):
        mfcc.push(block)


def ratio(spent: dict[str, list[float]], above: str, below: str) -> float:
    """Divide two medians."""
    return float(np.median(spent[above]) / np.median(spent[below]))


if __name__ == "__main__":
    main()
