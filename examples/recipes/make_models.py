"""Make the shipped models from the data: each step in its run's folder, resumed where it stopped.

    python examples/recipes/make_models.py --data DATA --runs runs --out tflite_models --jobs 2

Twins and models are fitted beside each other with two jobs, a core each: an hour and a half where
a core has AVX-512, twice that with AVX2. One seed and one machine give the same models. Weights are
MSD_musicnn's: DATA/teachers/musicnn_msd.h5 unless told otherwise.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(os.path.relpath(Path(__file__).parent))
"""as a card shall show it: not where somebody's checkout lies"""
TRAIN = [sys.executable, "-m", "genred_train"]
FOLD = 0
VERSION = "0.4.0"
"""of both models"""
MUSIC = ["gtzan/train", "gtzan/valid", "emotify/dev", "feast/dev", "music/music1", "music/music2"]
MUSIC += ["feast/unlabelled"]
"""what is no noise; its order decides what is dealt to which half"""
PASSING = 97
"""percent of it that `not_music` lets through"""


def steps(
    data: Path, runs: Path, seed: int, fold: int | None, weights: Path
) -> Iterator[tuple[Path, list[str]]]:
    """Yield each run's folder and the command that begins it: of twins, with a fold, or not."""
    audio = [f"--audio={data / name / 'audio'}" for name in ("gtzan", "emotify")]
    twin, apart = ("", []) if fold is None else (f"-fold{fold}", [f"--fold={fold}"])
    given = [f"--data={data}", f"--seed={seed}", *apart]
    ported, before, base = (runs / f"{name}{twin}" for name in ("ported", "pre", "base"))
    begin = ["pretrain", f"--recipe={HERE / 'ported.toml'}", *given, *audio]
    yield ported, [*begin, f"--weights={weights}"]
    asked = ["pretrain", f"--recipe={HERE / 'asked.toml'}", *given]
    yield before, [*asked, f"--teacher={ported}"]
    yield base, ["fit", f"--recipe={HERE / 'base.toml'}", *given, f"--from={before}"]
    tiny = ["fit", f"--recipe={HERE / 'tiny.toml'}", *given, f"--teacher={base}"]
    yield runs / f"tiny{twin}", tiny


def done(command: Sequence[str], threads: int | None = None) -> None:
    """Run a command of genred-train; raise CalledProcessError where it fails."""
    print("genred-train", *command, flush=True)
    count = str(threads or "")
    limits = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
    own = dict.fromkeys(limits, count) if threads else {}
    subprocess.run([*TRAIN, *command], check=True, env=os.environ | own)


def fitted(runs: Sequence[tuple[Path, list[str]]], threads: int | None) -> None:
    """Fit one run after the other, each to its end."""
    for run, command in runs:
        begun = (run / "config.json").exists()
        whole = [command[0], f"--run={run}", "--resume"] if begun else [*command, f"--run={run}"]
        done(whole, threads)


def main() -> None:
    """Fit all runs, then write the model files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of all collections")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder of all runs")
    parser.add_argument("--out", type=Path, default=Path("tflite_models"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", type=Path, help="MSD_musicnn's, of the ISC licence")
    parser.add_argument("--jobs", type=int, choices=(1, 2), default=1, help="2: a core each")
    asked = parser.parse_args()
    threads = 1 if asked.jobs > 1 else None
    weights = asked.weights or asked.data / "teachers" / "musicnn_msd.h5"
    chains = [
        list(steps(asked.data, asked.runs, asked.seed, fold, weights)) for fold in (FOLD, None)
    ]
    try:
        with ThreadPoolExecutor(asked.jobs) as pool:
            list(pool.map(lambda chain: fitted(chain, threads), chains))
            list(pool.map(lambda name: written(name, asked, threads), ("base", "tiny")))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)


def written(name: str, asked: argparse.Namespace, threads: int | None) -> None:
    """Write a model's file and card, with the figures of its twin, and what it rejects."""
    model, about = asked.out / f"genred-{name}.tflite", HERE / f"{name}.md"
    whole, twin = asked.runs / name, asked.runs / f"{name}-fold{FOLD}"
    given = [f"--run={whole}", f"--twin={twin}", f"--out={model}", f"--version={VERSION}", "--tune"]
    music = [f"--music={asked.data / part}.npz" for part in MUSIC]
    known = [*music, f"--noises={asked.data / 'noises'}", f"--pass={PASSING}"]
    done(["export", *given, *known, *([f"--about={about}"] if about.exists() else [])], threads)


if __name__ == "__main__":
    main()
