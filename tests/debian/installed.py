"""genred in a Debian root: in a virtual environment of its own, as from its wheel."""

import shutil
import sys
import tomllib
from pathlib import Path

from debian.root import Copy, Root, done

CHECKOUT = Path(__file__).resolve().parents[2]
VENV = "/opt/genred"
PYTHON = f"{VENV}/bin/python"
ALSA = ("alsa-utils", "libportaudio2")
PULSE = ("pulseaudio", "pulseaudio-utils")


def with_packages(root: Root, *packages: str) -> Root:
    """Return a root with more of Debian's packages, kept."""

    def install(copy: Copy) -> None:
        copy.run("apt-get", "update", network=True)
        copy.run(
            "apt-get", "install", "-y", "--no-install-recommends", *packages, network=True
        )  # fmt: skip
        copy.run("apt-get", "clean")

    return root.layer("packages", install, *packages)


def with_needs(root: Root) -> Root:
    """Return a root with all that genred needs of Python's packages, kept.

    They are fetched by this machine's pip, by its settings.
    """
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    needs = [str(need) for need in project["dependencies"]]

    def install(copy: Copy) -> None:
        wheels = copy.folder / "wheels"
        done([sys.executable, "-m", "pip", "download", "-q", "--only-binary=:all:",
              "--python-version=3.11", f"--dest={wheels}", *needs])  # fmt: skip
        copy.run("python3", "-m", "venv", VENV)
        _pip(copy, wheels, *needs)

    return root.layer("needs", install, *needs)


def wheel(folder: Path) -> Path:
    """Build this checkout's wheel into a folder."""
    done([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", f"--wheel-dir={folder}",
          str(CHECKOUT)])  # fmt: skip
    return next(folder.glob("genred-*.whl"))


def install(copy: Copy) -> None:
    """Install this checkout into a copy of `with_needs`."""
    folder = copy.folder / "wheel"
    _pip(copy, folder, "--no-deps", str(wheel(folder)))
    shutil.rmtree(folder)


def _pip(copy: Copy, wheels: Path, *what: str) -> None:
    offline = ("--no-index", f"--find-links={wheels}", "--quiet", "--disable-pip-version-check")
    copy.run(PYTHON, "-m", "pip", "install", *offline, *what, binds=[wheels])
