"""The wheel: what is in it, and that pipx makes a program of it that works anywhere."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from conftest import ROOT

pytestmark = pytest.mark.slow


def done(*command: str | Path, cwd: Path, **environment: str) -> str:
    found = subprocess.run(
        [str(part) for part in command],
        cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of programs: pipx and what builds us, from PyPI."""
    folder = tmp_path_factory.mktemp("tools")
    venv.create(folder, with_pip=True)
    done(folder / "bin" / "pip", "install", "-q", "pipx", "hatchling>=1.25,<2", cwd=folder)
    return folder / "bin"


@pytest.fixture(scope="module")
def built(tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the wheel and the sdist of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    done(tools / "python", "-m", "hatchling", "build", "-d", folder, cwd=ROOT)
    return folder


def test_the_wheel_runs_on_any_machine_and_has_all_that_it_says(built: Path) -> None:
    wheel = next(built.glob("*.whl"))
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    models = [f"genred/models/genred-{name}.{kind}" for name in ("base", "tiny")
              for kind in ("tflite", "md")]  # fmt: skip
    units = [f"genred/units/{path.relative_to(ROOT / 'systemd')}"
             for path in (ROOT / "systemd").rglob("*.service")]  # fmt: skip
    assert {*models, *units, "genred/py.typed"} <= set(names)
    held = {name.rpartition("/")[2] for name in names if ".dist-info/licenses/" in name}
    assert held == {"LICENSE", "NOTICE"}
    assert not [name for name in names if name.endswith((".so", ".pyc"))]


def test_the_sdist_builds_the_same_wheel(tools: Path, built: Path, tmp_path: Path) -> None:
    sdist = next(built.glob("*.tar.gz"))
    done(tools / "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, sdist, cwd=tmp_path)
    made, first = (next(folder.glob("*.whl")).read_bytes() for folder in (tmp_path, built))
    assert made == first


def test_pipx_makes_a_program_of_it_that_works_in_any_folder(
    tools: Path, built: Path, tmp_path: Path, demo: Path
) -> None:
    programs = tmp_path / "bin"
    places = {
        "PIPX_HOME": str(tmp_path / "home"),
        "PIPX_BIN_DIR": str(programs),
        "PIPX_MAN_DIR": str(tmp_path / "man"),
        "PIPX_DEFAULT_PYTHON": sys.executable,
        "PYTHONPATH": "",
    }
    wheel = next(built.glob("*.whl"))
    done(tools / "pipx", "install", wheel, cwd=tmp_path, **places)
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    shown = done(programs / "genred", "model", "show", cwd=elsewhere, PYTHONPATH="")
    assert "genred/models" in "".join(shown.split())
    told = done(programs / "genred", "classify", "--json", demo, cwd=elsewhere, PYTHONPATH="")
    assert json.loads(told)["segments"]
    done(tools / "pipx", "uninstall", "genred", cwd=tmp_path, **places)
    assert list(programs.iterdir()) == []
