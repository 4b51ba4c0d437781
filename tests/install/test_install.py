"""A newcomer's first minutes: an empty environment, a fresh clone."""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from conftest import ROOT

HEAVY = {"tensorflow", "keras", "librosa", "scipy", "numba", "pandas", "torch"}


def done(*command: str | Path, cwd: Path, **environment: str) -> str:
    found = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git would hand out, with what is not committed yet."""
    folder = tmp_path_factory.mktemp("clone") / "genred"
    listed = done("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.mark.slow
def test_an_empty_environment_gets_a_light_program_with_its_model(
    clone: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    done(python, "-m", "pip", "install", "-q", clone, cwd=tmp_path)
    listed = json.loads(done(python, "-m", "pip", "list", "--format", "json", cwd=tmp_path))
    names = {package["name"].lower() for package in listed}
    assert not names & HEAVY
    assert "genred" in names
    program = tmp_path / "venv" / "bin" / "genred"
    song = clone / "examples" / "demo" / "genred-demo.ogg"
    result = json.loads(done(program, "classify", "--json", song, cwd=tmp_path))
    assert result["segments"]
    shown = done(program, "model", "show", cwd=tmp_path)
    # From the wheel: not from the checkout that it was made of.
    assert str(tmp_path / "venv").split("/")[-1] in shown.replace("\n", "").replace(" ", "")
    evaluate: list[str | Path] = [tmp_path / "venv" / "bin" / "genred-train", "evaluate", "--help"]
    assert "--model" in done(*evaluate, cwd=tmp_path)


@pytest.mark.slow
def test_make_demo_alone_ends_with_a_view_of_genres(clone: Path) -> None:
    out = done("make", "demo", "SPEED=30", f"PYTHON={sys.executable}", cwd=clone)
    assert "silence" in out
    assert "█" in out
    # Again, with the user's own song, and nothing to install.
    song = next((clone / "examples").rglob("*.ogg"))
    shutil.copy(song, clone.parent / "song.ogg")
    out = done("make", "demo", "SPEED=60", "FILE=../song.ogg", cwd=clone)
    assert "../song.ogg" in out


@pytest.mark.slow
def test_make_demo_with_a_song_that_is_not_there_is_one_line(clone: Path) -> None:
    found = subprocess.run(
        ["make", "demo", "FILE=none.ogg", f"PYTHON={sys.executable}"],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode != 0
    assert "none.ogg: no such file" in found.stderr
    assert "Traceback" not in found.stderr
