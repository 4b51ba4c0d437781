"""The Debian of the tests: it boots, what is written goes, and what is kept stays."""

from pathlib import Path

import pytest

from debian.machine import boot
from debian.root import Copy, DebianError, Root

pytestmark = pytest.mark.long


def test_it_boots_and_every_unit_of_it_starts(debian_root: Root) -> None:
    with debian_root.copy() as copy, boot(copy) as machine:
        assert machine.said("cat", "/proc/1/comm") == "systemd"
        assert machine.said("systemctl", "--failed", "--no-legend") == ""


def test_a_user_has_a_manager_of_their_own(debian_root: Root) -> None:
    with debian_root.copy() as copy, boot(copy) as machine:
        machine.log_in("alice")
        assert machine.said("systemctl", "--user", "is-system-running", user="alice") == "running"


def test_a_command_that_fails_is_an_error_with_what_it_said(debian_root: Root) -> None:
    with debian_root.copy() as copy, pytest.raises(DebianError, match="No such file"):
        copy.run("ls", "/none")


def test_what_a_copy_writes_is_gone_with_it(debian_root: Root) -> None:
    with debian_root.copy() as first:
        first.write("/etc/here", "x")
        first.run("touch", "/etc/there")
    with debian_root.copy() as copy:
        assert not (copy.path / "etc/here").exists()
        assert not (copy.path / "etc/there").exists()
    assert not first.folder.exists()
    assert not list(Path("/sys/fs/cgroup").rglob(first.folder.name))


def test_a_layer_is_built_once_and_seen_in_every_copy(debian_root: Root) -> None:
    built: list[Copy] = []

    def build(copy: Copy) -> None:
        built.append(copy)
        copy.run("apt-get", "update", network=True)
        copy.run("apt-get", "install", "-y", "hello", network=True)

    for _ in range(2):
        with debian_root.layer("hello", build).copy() as copy:
            assert "Hello" in copy.run("hello").stdout
    assert len(built) <= 1
