"""Fuzz one target by coverage: `python tests/fuzz/run.py TARGET --seconds 60`.

What breaks it is kept in `corpus/TARGET/`, where the tests find it from then on.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
HERE = Path(__file__).resolve().parent
ALL = "all"
"""all targets in turn, for a short while"""
LONGEST = {ALL: 1 << 14, "audio": 1 << 15, "model": 1 << 14, "description": 1 << 14}
"""bytes of one input"""


def main() -> None:
    """Run until it breaks, or for so long, or so often."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="?", default="")
    parser.add_argument("--list", action="store_true", help="say which targets there are")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--runs", type=int, default=-1, help="inputs; -1: no end")
    parser.add_argument("--seed", type=int, default=0, help="0: another one each time")
    parser.add_argument("--found", type=Path, help="folder of what breaks it")
    asked = parser.parse_args()

    import atheris  # noqa: PLC0415 - only where it is installed

    with atheris.instrument_imports(include=["genred", "zipfile", "tomllib", "urllib.parse"]):
        from fuzz.seeds import seeds, seeds_of_all  # noqa: PLC0415 - what comes here is watched
        from fuzz.targets import TARGETS, everything, lawful  # noqa: PLC0415 - as above

    if asked.list:
        print(" ".join(TARGETS))
        return
    targets = {ALL: everything, **TARGETS}
    if asked.target not in targets:
        parser.error(f"no target {asked.target}: use {', '.join(targets)}")
    target = targets[asked.target]
    begun = seeds_of_all() if asked.target == ALL else seeds(asked.target)
    found = asked.found or HERE / "corpus" / asked.target
    found.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="genred-corpus-") as corpus:
        for number, seed in enumerate(begun):
            (Path(corpus) / f"seed-{number}").write_bytes(seed)
        options = [
            f"-max_total_time={asked.seconds}",
            f"-runs={asked.runs}",
            f"-seed={asked.seed}",
            f"-max_len={LONGEST.get(asked.target, 1 << 12)}",
            f"-artifact_prefix={found}/",
            "-len_control=0",
            "-timeout=30",
            "-rss_limit_mb=1500",
            "-print_final_stats=1",
            corpus,
        ]
        atheris.Setup([sys.argv[0], *options], lambda given: lawful(target, given))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
