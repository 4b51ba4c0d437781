"""The Debian package in a Debian that is booted: its whole life, from install to purge."""

import hashlib
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ROOT
from debian.machine import Machine, boot
from debian.root import Copy, Root
from debian_package import package

pytestmark = pytest.mark.long

NEEDS = ("libgcc-s1", "libportaudio2", "libstdc++6", "man-db", "python3.11", "zlib1g")
DEB = "/srv/genred.deb"
CONFIG = '[events]\nbind = ["tcp://127.0.0.1:5580"]\n[control]\nbind = ["tcp://127.0.0.1:5581"]\n'
LEFT = ("/var/lib/dpkg", "/var/lib/apt", "/var/log", "/var/cache", "/run", "/proc", "/sys", "/dev",
        "/tmp", "/var/tmp", "/var/lib/systemd", "/home", "/root", "/srv")  # fmt: skip  # noqa: S108
"""where apt, dpkg, systemd and users keep what is theirs"""


@pytest.fixture(scope="module")
def deb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deb")
    return package("amd64", folder / "out", folder / "work")


@pytest.fixture(scope="module")
def with_needs(debian_root: Root) -> Root:
    """A Debian with what the package depends on, so that installing it takes no network."""

    def install(copy: Copy) -> None:
        copy.run("apt-get", "update", network=True)
        copy.run("apt-get", "install", "-y", "--no-install-recommends", *NEEDS, network=True)
        copy.run("apt-get", "clean")

    return debian_root.layer("deb-needs", install, *NEEDS)


@pytest.fixture
def machine(with_needs: Root, deb: Path) -> Iterator[Machine]:
    with with_needs.copy() as copy:
        copy.put(deb, DEB)
        with boot(copy) as machine:
            yield machine


def apt(machine: Machine, *words: str) -> str:
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    done = machine.run("apt-get", "-y", "--no-install-recommends", *words, env=env)
    return done.stdout + done.stderr


def genreds(machine: Machine) -> list[str]:
    """Return the processes that run what the package brought."""
    listed = machine.said("ps", "-e", "-o", "args=")
    return [line for line in listed.splitlines() if "/opt/genred" in line]


def files(machine: Machine) -> set[str]:
    skipped = " -o ".join(f"-path {place}" for place in LEFT)
    find = f"find / -xdev \\( {skipped} \\) -prune -o -print"
    return set(machine.said("sh", "-c", find).splitlines())


def test_it_installs_runs_and_goes(machine: Machine) -> None:
    before = files(machine)
    apt(machine, "install", DEB)
    assert genreds(machine) == []
    assert not [name for name in files(machine) if name.startswith("/etc/systemd/") and
                "genred" in name]  # fmt: skip

    began = time.monotonic()
    machine.run("systemctl", "enable", "--now", "genred@default")
    print(f"active after {time.monotonic() - began:.1f} s")
    assert time.monotonic() - began < 10
    assert machine.show("genred@default", "ActiveState") == "active"
    machine.copy.write("/etc/genred/bar.toml", CONFIG)
    machine.run("systemctl", "enable", "--now", "genred@bar")
    machine.log_in("alice")
    place = machine.copy.path / "home/alice/.config/genred"
    machine.run("mkdir", "-p", f"/{place.relative_to(machine.copy.path)}", user="alice")
    (place / "config.toml").write_text(CONFIG.replace("558", "559"))
    machine.run("systemctl", "--user", "enable", "--now", "genred", user="alice")
    assert machine.show("genred", "ActiveState", "--user", user="alice") == "active"
    assert len([line for line in genreds(machine) if "genred.service" in line]) == 3

    apt(machine, "remove", "genred")
    assert genreds(machine) == []
    assert (machine.copy.path / "etc/genred/default.toml").exists()
    assert not (machine.copy.path / "opt/genred").exists()

    apt(machine, "purge", "genred")
    left = files(machine) - before
    assert {name for name in left if "genred" in name} == set()
    print(f"left by others: {sorted(left)}")


def test_the_program_works_for_anybody_in_any_folder(machine: Machine, demo: Path) -> None:
    apt(machine, "install", DEB)
    machine.log_in("alice")
    machine.copy.put(demo, "/srv/demo.ogg")
    told = machine.run("genred", "classify", "--json", "/srv/demo.ogg", user="alice")
    assert told.stderr == ""
    assert json.loads(told.stdout)["segments"]
    assert "/opt/genred" in machine.said("genred", "model", "show", user="alice").replace("\n", "")
    assert "NAME" in machine.said("man", "genred-run", user="alice")


def test_running_it_as_root_writes_nothing_where_it_lies(machine: Machine, demo: Path) -> None:
    apt(machine, "install", DEB)
    machine.copy.put(demo, "/srv/demo.ogg")
    before = machine.said("find", "/opt/genred")
    machine.run("genred", "classify", "/srv/demo.ogg")
    assert machine.said("find", "/opt/genred") == before
    assert machine.said("dpkg", "--verify", "genred") == ""


def test_status_tells_how_the_service_is(machine: Machine) -> None:
    apt(machine, "install", DEB)
    machine.run("systemctl", "start", "genred@default")
    status = json.loads(machine.said("genred", "status", "--json"))
    assert status["stream"] == "default"


def test_an_upgrade_goes_on_with_what_ran_and_keeps_a_changed_config(machine: Machine) -> None:
    apt(machine, "install", DEB)
    config = machine.copy.path / "etc/genred/default.toml"
    config.write_text(CONFIG)
    machine.run("systemctl", "start", "genred@default")
    machine.log_in("alice")
    machine.run("systemctl", "--user", "start", "genred", user="alice")

    def running() -> tuple[str, str]:
        """Process of the machine's instance, and of alice's."""
        alices = machine.show("genred", "MainPID", "--user", user="alice")
        return machine.show("genred@default", "MainPID"), alices

    before = running()
    apt(machine, "install", "--reinstall", DEB)
    after = running()
    assert "0" not in before + after
    assert set(before) & set(after) == set()
    assert machine.show("genred@default", "ActiveState") == "active"
    assert config.read_text() == CONFIG


def test_lintian_has_nothing_to_say(deb: Path) -> None:
    if shutil.which("lintian") is None:
        pytest.skip("lintian is not there: apt-get install lintian")
    said = subprocess.run(
        ["lintian", "--allow-root", deb], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stdout) == (0, ""), said.stdout


def test_another_folder_gives_the_same_bytes(deb: Path, tmp_path: Path) -> None:
    again = package("amd64", tmp_path / "out", tmp_path / "elsewhere" / "work")
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (deb, again)}
    assert len(digests) == 1
    assert str(ROOT) not in subprocess.run(
        ["dpkg-deb", "--info", deb], capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
