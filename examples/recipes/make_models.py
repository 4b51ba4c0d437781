"""Make the shipped models from the data: each step in its run's folder, resumed where it stopped.

    python examples/recipes/make_models.py --data DATA --runs runs --out tflite_models

Some two hours of one core in all, by the steps' own times. One seed and one machine give the same
models. With --weights the student is pretrained by asking a teacher that hears our frames
(ported.toml, asked.toml) in place of pretrain.toml: not how the shipped ones were made.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parent
TRAIN = [sys.executable, "-m", "genred_train"]
FOLD = 0
MUSIC = ["gtzan/train", "gtzan/valid", "emotify/dev", "feast/dev", "music/music1", "music/music2"]
MUSIC += ["feast/unlabelled"]
"""what is no noise; its order decides what is dealt to which half"""


def steps(
    data: Path, runs: Path, seed: int, weights: Path | None = None
) -> Iterator[tuple[Path, list[str]]]:
    """Yield each run's folder and the command that begins it; twins first, then on everything."""
    audio = [f"--audio={data / name / 'audio'}" for name in ("gtzan", "emotify")]
    for twin, fold in ((f"-fold{FOLD}", [f"--fold={FOLD}"]), ("", [])):
        given = [f"--data={data}", f"--seed={seed}", *fold]
        before, base = runs / f"pre{twin}", runs / f"base{twin}"
        if weights:
            ported = runs / f"ported{twin}"
            begin = ["pretrain", f"--recipe={HERE / 'ported.toml'}", *given, *audio]
            yield ported, [*begin, f"--weights={weights}"]
            asked = ["pretrain", f"--recipe={HERE / 'asked.toml'}", *given]
            yield before, [*asked, f"--teacher={ported}"]
        else:
            yield before, ["pretrain", f"--recipe={HERE / 'pretrain.toml'}", *given, *audio]
        yield base, ["fit", f"--recipe={HERE / 'base.toml'}", *given, f"--from={before}"]
        tiny = ["fit", f"--recipe={HERE / 'tiny.toml'}", *given, f"--teacher={base}"]
        yield runs / f"tiny{twin}", tiny


def done(command: Sequence[str]) -> None:
    """Run a command of genred-train; end with its code where it fails."""
    print("genred-train", *command, flush=True)
    code = subprocess.run([*TRAIN, *command], check=False).returncode
    if code:
        sys.exit(code)


def main() -> None:
    """Fit all runs, then write the model files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of all collections")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder of all runs")
    parser.add_argument("--out", type=Path, default=Path("tflite_models"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", type=Path, help="MSD_musicnn's: ask a teacher made of them")
    asked = parser.parse_args()
    for run, command in steps(asked.data, asked.runs, asked.seed, asked.weights):
        begun = (run / "config.json").exists()
        done([command[0], f"--run={run}", "--resume"] if begun else [*command, f"--run={run}"])
    for name in ("base", "tiny"):
        model = asked.out / f"genred-{name}.tflite"
        whole, twin = asked.runs / name, asked.runs / f"{name}-fold{FOLD}"
        about = HERE / f"{name}.md"
        done(
            ["export", f"--run={whole}", f"--twin={twin}", f"--out={model}", "--tune"]
            + ([f"--about={about}"] if about.exists() else [])
        )
        music = [f"--music={asked.data / name}.npz" for name in MUSIC]
        noises = f"--noises={asked.data / 'noises'}"
        done(["reject", f"--model={model}", *music, noises, f"--out={model}"])


if __name__ == "__main__":
    main()
