"""Whatever the bytes, wherever they come from: a good result or a GenredError of one line.

What once broke a target is in `corpus/` and is tried each time. Looking for more takes a while:
`make test-slow` looks for seconds, `make fuzz` for as long as one likes.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.seeds import kept, seeds
from fuzz.targets import TARGETS, lawful
from genred.errors import GenredError

HERE = Path(__file__).resolve().parent
SECONDS = 30
"""of all targets, beside what it takes to begin"""


@pytest.mark.parametrize("target", TARGETS)
def test_good_bytes_and_none_keep_the_law(target: str) -> None:
    for given in (*seeds(target)[:8], b"", b"\0", b"\xff" * 64):
        lawful(TARGETS[target], given)


@pytest.mark.parametrize(
    ("target", "path"), [(target, path) for target in TARGETS for path in kept(target)]
)
def test_what_once_broke_it_keeps_the_law(target: str, path: Path) -> None:
    lawful(TARGETS[target], path.read_bytes())


def test_the_law_is_broken_by_what_it_forbids() -> None:
    for error in (ValueError("x"), KeyError(), GenredError(""), GenredError("x" * 5000)):

        def broken(_: bytes, error: Exception = error) -> None:
            raise error

        with pytest.raises((type(error), AssertionError)) as caught:
            lawful(broken, b"")
        assert type(caught.value) is not GenredError


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="no atheris for this system"
)
def test_fuzzing_finds_nothing(tmp_path: Path) -> None:
    # Always the same seed, so that what is new in the code decides, and not luck.
    options = ["--seconds", str(SECONDS), "--seed", "1", "--found", str(tmp_path)]
    ran = subprocess.run(
        [sys.executable, str(HERE / "run.py"), "all", *options],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    assert not list(tmp_path.iterdir())
