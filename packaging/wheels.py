"""Wheels of a package: genred's own, and all that it needs of Python's for Debian 12.

They come for any architecture to any machine, since none of them is run: a wheel is a zip archive.
"""

import hashlib
import os
import shutil
import subprocess
import tomllib
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "packaging" / "debian" / "requirements.txt"
PYTHON = "3.11"
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
GLIBC = (36, 35, 34, 31, 28, 27, 26, 24, 17)
"""Debian 12 has glibc 2.36: wheels for any before it run there"""
HAS = {"libc.so.6", "libdl.so.2", "libm.so.6", "libmvec.so.1", "libpthread.so.0", "librt.so.1",
       "libutil.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1",  # libc6
       "libgcc_s.so.1", "libstdc++.so.6", "libz.so.1"}  # fmt: skip
"""what the package's `Depends` bring"""


class PackagingError(Exception):
    """One line: what is wrong, and what to do."""


def lock(work: Path) -> None:
    """Write what genred needs, at its newest, with the digests of both architectures' wheels."""
    found: dict[str, set[str]] = {}
    for arch in MACHINES:
        folder = work / f"newest-{arch}"
        shutil.rmtree(folder, ignore_errors=True)
        needs = project()["dependencies"]
        for wheel in _downloaded(arch, folder, *(str(need) for need in needs)):
            name, number = wheel.name.split("-")[:2]
            digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
            found.setdefault(f"{name.replace('_', '-').lower()}=={number}", set()).add(digest)
    names = [pin.split("==")[0] for pin in found]
    for name in names:
        if names.count(name) > 1:
            raise PackagingError(f"{name}: not the same version for {' and '.join(MACHINES)}")
    lines = [f"{pin} {' '.join(f'--hash=sha256:{one}' for one in sorted(digests))}"
             for pin, digests in sorted(found.items())]  # fmt: skip
    head = "# Written by `make deb-lock`: what the Debian package brings of Python's packages.\n"
    LOCK.write_text(head + "\n".join(lines) + "\n")


def needed(arch: str, folder: Path) -> list[Path]:
    """Download the wheels that the lock names."""
    shutil.rmtree(folder, ignore_errors=True)
    return _downloaded(arch, folder, "--require-hashes", "--no-deps", f"--requirement={LOCK}")


def own(folder: Path, epoch: int) -> Path:
    """Build genred's own wheel."""
    shutil.rmtree(folder, ignore_errors=True)
    command = [*_pip(folder.parent), "wheel", "-q", "--no-deps", f"--wheel-dir={folder}", str(ROOT)]
    run(command, SOURCE_DATE_EPOCH=str(epoch))
    return next(folder.glob("genred-*.whl"))


def unpack(wheel: Path, site: Path) -> None:
    """Put a wheel's packages into a folder; its scripts and data stay out."""
    with zipfile.ZipFile(wheel) as archive:
        for item in archive.infolist():
            parts = Path(item.filename).parts
            if parts[0].endswith(".data"):
                if parts[1] not in {"purelib", "platlib"}:
                    continue
                parts = parts[2:]
            if item.is_dir() or not parts:
                continue
            place = site.joinpath(*parts)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(archive.read(item))


def unmet(folder: Path) -> set[str]:
    """Return libraries that those in a folder ask for and that neither it nor Depends has."""
    libraries = [path for path in folder.rglob("*") if ".so" in path.name and path.is_file()]
    own = {path.name for path in libraries}
    asked: set[str] = set()
    for library in libraries:
        told = run(["readelf", "--dynamic", "--wide", str(library)])
        names = (line.split("[")[1].rstrip("]") for line in told.splitlines() if "(NEEDED)" in line)
        asked.update(names)
    return asked - own - HAS


def project() -> dict[str, str]:
    """Return what pyproject.toml says of the project."""
    found: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return found


def run(command: list[str], **environment: str) -> str:
    """Run a command; return what it printed; raises PackagingError with its last line."""
    found = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | environment
    )
    if found.returncode:
        said = (found.stderr or found.stdout).strip().splitlines() or ["no word"]
        raise PackagingError(f"{' '.join(command[:4])} ...: {said[-1]}")
    return found.stdout


def _downloaded(arch: str, folder: Path, *what: str) -> list[Path]:
    """Download wheels for Debian 12 of an architecture, whatever this machine is."""
    machine = MACHINES[arch]
    options = [f"--platform=manylinux_2_{minor}_{machine}" for minor in GLIBC]
    options += [f"--platform=manylinux2014_{machine}", f"--python-version={PYTHON}"]
    options += ["--implementation=cp", "--abi=cp311", "--abi=abi3", "--abi=none"]
    command = [*_pip(folder.parent), "download", "-q", "--only-binary=:all:", *options]
    run([*command, f"--dest={folder}", *what])
    return sorted(folder.glob("*.whl"))


def _pip(work: Path) -> list[str]:
    """Return a pip of our own: an environment made by uv has none."""
    tools = work / "tools"
    if not (tools / "bin" / "pip").exists():
        venv.create(tools, with_pip=True, clear=True)
    return [str(tools / "bin" / "python"), "-m", "pip"]
