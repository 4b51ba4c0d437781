"""genred as a package of Debian 12, in a virtual environment of its own, /opt/genred.

    python packaging/debian_package.py --arch arm64 --out dist     writes dist/genred_*_arm64.deb
    python packaging/debian_package.py --lock                      pins what genred needs anew

Nothing of the package is run on the way, so any machine makes it for any other; but bytecode has
to be that of Debian's Python 3.11. The same checkout gives the same bytes: every file bears the
time SOURCE_DATE_EPOCH, else the last commit's, and `requirements.txt` has each wheel's digest.
"""

import argparse
import gzip
import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from wheels import (
    LOCK,
    MACHINES,
    PYTHON,
    ROOT,
    PackagingError,
    lock,
    needed,
    own,
    project,
    run,
    unmet,
    unpack,
)

PARTS = ROOT / "packaging" / "debian"
HOME = Path("opt/genred")
SITE = HOME / "lib" / f"python{PYTHON}" / "site-packages"
UNUSED = (
    "*.dist-info/direct_url.json", "*.dist-info/RECORD", "numpy/**/tests", "numpy/f2py",
    "ai_edge_litert/tools", "ai_edge_litert/vendors", "ai_edge_litert/libLiteRtWebGpu*",
)  # fmt: skip
"""never read by genred: tests of others, compilers and drivers of accelerators: half the size"""


def main() -> int:
    """Read the arguments; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--arch", choices=MACHINES, default="amd64")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "deb")
    parser.add_argument("--lock", action="store_true", help="pin the newest wheels that do")
    given = parser.parse_args()
    try:
        _look(given.lock)
        given.work.mkdir(parents=True, exist_ok=True)
        if given.lock:
            lock(given.work)
            print(f"{LOCK}: {LOCK.read_text().count('==')} packages")
        else:
            made = package(given.arch, given.out, given.work)
            print(f"{made}: {made.stat().st_size / 1e6:.1f} MB")
    except PackagingError as error:
        print(f"genred: {error}", file=sys.stderr)
        return 1
    return 0


def package(arch: str, out: Path, work: Path) -> Path:
    """Make the package for an architecture; return its path."""
    epoch = _epoch()
    root = work / arch
    shutil.rmtree(root, ignore_errors=True)
    wheels = [*needed(arch, work / f"wheels-{arch}"), own(work / "wheel", epoch)]
    for wheel in wheels:
        unpack(wheel, root / SITE)
    _prune(root / SITE)
    missing = unmet(root / SITE)
    if missing:
        raise PackagingError(f"libraries that no Depends brings: {', '.join(sorted(missing))}")
    _environment(root)
    _documents(root, epoch)
    _service(root)
    _compile(root)
    _finish(root, epoch)
    _control(root, arch)
    return _build(root, out / f"genred_{version()}_{arch}.deb", epoch)


def version() -> str:
    """Return the package's version: that of the changelog, which has to be the program's."""
    found = (PARTS / "changelog").read_text().split("(")[1].split(")")[0]
    number = project()["version"]
    if found.rpartition("-")[0] != number:
        place = PARTS / "changelog"
        raise PackagingError(f"{place} is of {found}, genred of {number}: add an entry")
    return found


def _environment(root: Path) -> None:
    """Lay out the virtual environment, with the program in it and in /usr/bin."""
    programs = root / HOME / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "python3", f"python{PYTHON}"):
        (programs / name).symlink_to(f"/usr/bin/python{PYTHON}")
    _write(root / HOME / "pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\n"
           f"version = {PYTHON}\n")  # fmt: skip
    program = f"#!/{HOME}/bin/python\nfrom genred.cli.entry import run\n\nrun()\n"
    _write(programs / "genred", program, 0o755)
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr/bin/genred").symlink_to(f"/{HOME}/bin/genred")


def _documents(root: Path, epoch: int) -> None:
    """Write man pages, changelog, copyright and what lintian is told."""
    made = root / "usr/share/man/man1"
    script = ROOT / "packaging" / "man_pages.py"
    # Of the interpreter that makes the package, which has genred and what it needs.
    run([sys.executable, str(script), str(made)],
         SOURCE_DATE_EPOCH=str(epoch), PYTHONPATH=str(ROOT / "daemon"))  # fmt: skip
    for page in sorted(made.iterdir()):
        _zipped(page.with_name(f"{page.name}.gz"), page.read_bytes())
        page.unlink()
    documents = root / "usr/share/doc/genred"
    _zipped(documents / "changelog.Debian.gz", (PARTS / "changelog").read_bytes())
    _zipped(documents / "changelog.gz", (ROOT / "CHANGELOG.md").read_bytes())
    _write(documents / "copyright", (PARTS / "copyright").read_text())
    _write(documents / "NOTICE", (ROOT / "NOTICE").read_text())
    _write(root / "usr/share/lintian/overrides/genred", (PARTS / "lintian-overrides").read_text())


def _service(root: Path) -> None:
    """Put units and config into their places."""
    places = {"system": root / "lib/systemd/system", "user": root / "usr/lib/systemd/user"}
    for kind, place in places.items():
        for unit in sorted((ROOT / "systemd" / kind).glob("*.*")):
            _write(place / unit.name, unit.read_text())
    _write(root / "etc/genred/default.toml", (PARTS / "default.toml").read_text())


def _compile(root: Path) -> None:
    """Compile all modules, so that nothing is written in /opt later on."""
    run([sys.executable, "-m", "compileall", "-q", "-j", "1", "-s", str(root), "-p", "/",
          "--invalidation-mode", "unchecked-hash", str(root / HOME)],
         PYTHONHASHSEED="0")  # fmt: skip


def _prune(site: Path) -> None:
    for pattern in UNUSED:
        for path in site.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _finish(root: Path, epoch: int) -> None:
    """Give all files the rights and the time that they have on every machine."""
    for path in [root, *sorted(root.rglob("*"))]:
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if executable else 0o644)
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def _control(root: Path, arch: str) -> None:
    """Write what dpkg reads of the package."""
    size = sum(-(-path.stat().st_size // 1024) for path in _files(root))
    values = {"@VERSION@": version(), "@ARCH@": arch, "@SIZE@": str(size)}
    text = (PARTS / "control").read_text()
    for name, value in values.items():
        text = text.replace(name, value)
    sums = "".join(
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  "
        f"{path.relative_to(root)}\n"
        for path in _files(root)
    )
    configs = "".join(f"/{path.relative_to(root)}\n" for path in _files(root / "etc", root))
    control = root / "DEBIAN"
    _write(control / "control", text)
    _write(control / "md5sums", sums)
    _write(control / "conffiles", configs)
    for script in ("postinst", "prerm", "postrm"):
        _write(control / script, (PARTS / script).read_text(), 0o755)


def _build(root: Path, made: Path, epoch: int) -> Path:
    made.parent.mkdir(parents=True, exist_ok=True)
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(root), str(made)]
    run(command, SOURCE_DATE_EPOCH=str(epoch))
    return made


def _files(folder: Path, root: Path | None = None) -> Iterator[Path]:
    """Yield the files in a folder of the package, in order, links and dpkg's own left out."""
    control = (root or folder) / "DEBIAN"
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and control not in path.parents:
            yield path


def _look(locking: bool) -> None:
    """Refuse a machine that lacks what it takes, before anything is done."""
    tools = () if locking else ("dpkg-deb", "readelf")
    absent = [tool for tool in tools if shutil.which(tool) is None]
    if absent:
        raise PackagingError(f"{' and '.join(absent)} missing: apt-get install dpkg-dev binutils")
    mine = ".".join(map(str, sys.version_info[:2]))
    if mine != PYTHON and not locking:
        raise PackagingError(f"bytecode is to be Python {PYTHON}'s, this is {mine}: run it by that")


def _epoch() -> int:
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or run(["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]))


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def _zipped(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0))


if __name__ == "__main__":
    sys.exit(main())
