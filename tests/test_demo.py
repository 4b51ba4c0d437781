"""`make demo`'s two programs: each may be the first to end."""

import runpy
import subprocess
import sys

import pytest

from conftest import ROOT

both_to_their_end = runpy.run_path(str(ROOT / "examples" / "demo" / "show.py"))["both_to_their_end"]


def process(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code])


@pytest.mark.parametrize(("player", "listener"), [(0.4, 0.0), (0.0, 0.4)])
def test_the_one_that_is_still_at_it_ends_by_itself(player: float, listener: float) -> None:
    programs = [process(f"import time; time.sleep({wait})") for wait in (player, listener)]
    both_to_their_end(*programs)
    assert [program.returncode for program in programs] == [0, 0]


@pytest.mark.parametrize("failed", [0, 1])
def test_nobody_waits_for_one_whose_fellow_failed(failed: int) -> None:
    programs = [process("import time; time.sleep(60)") for _ in range(2)]
    programs[failed].kill()
    both_to_their_end(*programs)
    assert programs[1 - failed].poll() is None
    programs[1 - failed].kill()
    programs[1 - failed].wait()
