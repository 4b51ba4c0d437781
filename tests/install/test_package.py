"""What a Debian package is made of, as far as that can be seen without making one."""

import re
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import wheels
from debian_package import version
from wheels import LOCK, PackagingError, unpack

PINS = dict(re.findall(r"^([a-z0-9-]+)==(\S+) ", LOCK.read_text(), re.MULTILINE))


def test_every_need_of_the_daemon_is_pinned_at_a_version_that_it_takes() -> None:
    """If not: `make deb-lock`."""
    needs = [Requirement(str(need)) for need in wheels.project()["dependencies"]]
    for need in needs:
        if need.marker is None or need.marker.evaluate({"sys_platform": "linux"}):
            pin = PINS.get(canonicalize_name(need.name))
            assert pin is not None, f"{need.name}: make deb-lock"
            assert need.specifier.contains(pin), f"{need} is pinned at {pin}: make deb-lock"


def test_every_pin_has_a_digest() -> None:
    lines = [line for line in LOCK.read_text().splitlines() if not line.startswith("#")]
    assert len(lines) == len(PINS)
    assert all(re.search(r" --hash=sha256:[0-9a-f]{64}( |$)", line) for line in lines)


def test_the_changelogs_version_is_the_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert version().startswith(f"{wheels.project()['version']}-")
    (tmp_path / "changelog").write_text("genred (9.9.9-1) bookworm; urgency=medium\n")
    monkeypatch.setattr("debian_package.PARTS", tmp_path)
    with pytest.raises(PackagingError, match="add an entry"):
        version()


def test_of_a_wheel_only_packages_are_taken(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as archive:
        for name in ("a/b.py", "a-1.data/platlib/a/c.py", "a-1.data/scripts/a", "a-1.data/data/d"):
            archive.writestr(name, name)
    unpack(tmp_path / "a.whl", tmp_path / "site")
    found = {path.relative_to(tmp_path / "site") for path in tmp_path.rglob("*.py")}
    assert found == {Path("a/b.py"), Path("a/c.py")}
    assert not list((tmp_path / "site").glob("*.data"))
