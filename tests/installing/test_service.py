"""`genred service`, below a folder that stands for a machine, with a systemctl of ours."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import ROOT
from genred.cli.main import app
from genred.cli.run import run_app
from genred.doctor.check import State
from genred.errors import GenredError, UsageError
from genred.installing import checks as checking
from genred.installing import plan
from genred.installing.place import Place
from genred.installing.steps import Step, carry_out, erase, write
from genred.installing.systemctl import Systemctl, run
from genred.installing.unit_text import is_ours, marked, unit_text

PYTHON = "/usr/bin/python3"
Command = Callable[..., tuple[int, str, str]]
UNITS = ["system/genred@.service", "user/genred.service"]


class FakeSystemd:
    """Remembers what is enabled and runs; fails where it is told to."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.enabled: set[str] = set()
        self.running: set[str] = set()
        self.fails = ""

    def __call__(self, command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        words = [word for word in command[1:] if word != "--user"]
        unit = words[-1]
        if words[0] == "is-enabled":
            return self.answer("enabled" if unit in self.enabled else "disabled")
        if words[0] == "show":
            return self.answer("active" if unit in self.running else "inactive")
        if words[0].startswith("list-"):
            return self.answer("\n".join(f"{name} x" for name in self.enabled | self.running))
        self.did.append(" ".join(words))
        now = {unit} if "--now" in words else set()
        if words[0] == "enable":
            self.enabled.add(unit)
            self.running |= now
        if words[0] == "disable":
            self.enabled.discard(unit)
            self.running -= now
        failed = self.fails and self.did[-1].startswith(self.fails)
        return self.answer("", int(bool(failed)), "Job failed.\nSee its journal." * bool(failed))

    @staticmethod
    def answer(out: str, code: int = 0, error: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.CompletedProcess([], code, out, error)


@pytest.fixture
def systemd() -> FakeSystemd:
    return FakeSystemd()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine with nothing but its groups."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/group").write_text("root:x:0:\naudio:x:29:\n")
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    return tmp_path


@pytest.fixture(params=["system", "user"])
def place(request: pytest.FixtureRequest, root: Path) -> Place:
    if request.param == "system":
        return Place(system=True, instance="bar", root=root)
    home = root / "alice"
    home.mkdir()
    return Place(
        system=False, root=root, uid=os.getuid(), home=home, config_home=home / ".config/genred"
    )


def manager(place: Place, systemd: FakeSystemd) -> Systemctl:
    return Systemctl(system=place.system, program=systemd)


def files(root: Path) -> dict[str, bytes]:
    """All that lies below a folder; folders, too."""
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else b""
        for path in sorted(root.rglob("*"))
    }


def install(place: Place, systemd: FakeSystemd, *, enable: bool = True) -> list[str]:
    done: list[str] = []
    steps = plan.install(place, manager(place, systemd), enable=enable, python=PYTHON)
    carry_out(steps, done.append)
    return done


def remove(place: Place, systemd: FakeSystemd, *, purge: bool = False) -> list[str]:
    done: list[str] = []
    carry_out(plan.remove(place, manager(place, systemd), purge=purge), done.append)
    return done


# The units' text.


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_runs_the_interpreter_that_installs_it(name: str) -> None:
    text = unit_text(name, "/venv/bin/python")
    (line,) = [line for line in text.splitlines() if line.startswith("ExecStart=")]
    assert line.startswith("ExecStart=/venv/bin/python -m genred.service")
    assert "/opt/" not in text


@pytest.mark.parametrize(
    ("path", "written"),
    [("/a b/python", '"/a b/python"'), ("/50%/python", "/50%%/python"), ('/"/p', '"/\\"/p"')],
)
def test_a_path_is_written_as_systemd_reads_it(path: str, written: str) -> None:
    assert f"ExecStart={written} -m" in unit_text(UNITS[0], path)


@pytest.mark.parametrize("path", ["python", "", "/new\nline/python"])
def test_a_path_that_no_unit_can_run_is_refused(path: str) -> None:
    with pytest.raises(GenredError, match="install genred elsewhere"):
        unit_text(UNITS[0], path)


def test_a_file_of_ours_is_known_until_somebody_changes_it() -> None:
    text = marked("[Unit]\nA=b\n")
    assert is_ours(text)
    assert not is_ours(text.replace("A=b", "A=c"))
    assert not is_ours(f"{text}C=d\n")
    assert not is_ours("[Unit]\nA=b\n")
    assert not is_ours("")


# Installing and removing.


def test_installing_puts_the_unit_in_place_and_starts_it(
    place: Place, systemd: FakeSystemd
) -> None:
    done = install(place, systemd)
    assert is_ours(place.unit_file.read_text())
    assert systemd.did == ["daemon-reload", f"enable --now {place.unit}"]
    assert done[0] == f"write {place.unit_file}"
    assert place.config_file.exists() == place.system
    assert oct(place.unit_file.stat().st_mode & 0o777) == "0o644"


def test_it_is_not_started_unasked(place: Place, systemd: FakeSystemd) -> None:
    install(place, systemd, enable=False)
    assert not systemd.enabled | systemd.running


def test_what_is_in_place_already_is_not_done_again(place: Place, systemd: FakeSystemd) -> None:
    install(place, systemd)
    assert install(place, systemd) == []


def test_another_version_of_ours_is_replaced(place: Place, systemd: FakeSystemd) -> None:
    place.unit_file.parent.mkdir(parents=True)
    place.unit_file.write_text(marked("[Unit]\nDescription=older\n"))
    assert install(place, systemd, enable=False)[0] == f"write {place.unit_file}"


def test_removing_leaves_nothing(place: Place, systemd: FakeSystemd) -> None:
    before = files(place.root)
    install(place, systemd)
    remove(place, systemd)
    after = files(place.root)
    made = {".config", "alice/.config", "alice/.config/systemd", "alice/.config/systemd/user",
            "etc/systemd", "etc/systemd/system"}  # fmt: skip
    assert {name: after[name] for name in after if name not in made} == before
    assert not systemd.enabled | systemd.running
    assert remove(place, systemd) == []


def test_what_somebody_wrote_or_taught_stays_unless_purged(
    root: Path, systemd: FakeSystemd
) -> None:
    place = Place(system=True, instance="bar", root=root)
    install(place, systemd)
    mine = root / "etc/genred/mine.toml"
    mine.write_text("")
    taught = place.state_folder / "taught"
    taught.mkdir(parents=True)
    steps = plan.remove(place, manager(place, systemd), purge=False)
    assert plan.leaves(place, steps) == [mine, place.state_folder]
    remove(place, systemd)
    assert mine.exists()
    assert taught.exists()
    remove(place, systemd, purge=True)
    assert not mine.exists()
    assert not place.state_folder.exists()


def test_all_instances_go_with_the_unit(root: Path, systemd: FakeSystemd) -> None:
    for name in ("bar", "hall"):
        install(Place(system=True, instance=name, root=root), systemd)
    remove(Place(system=True, instance="other", root=root), systemd)
    assert not systemd.enabled
    assert not (root / "etc/genred").exists()


def test_a_unit_that_was_changed_by_hand_is_not_taken_away_unasked(
    place: Place, systemd: FakeSystemd
) -> None:
    install(place, systemd)
    place.unit_file.write_text(place.unit_file.read_text() + "# mine\n")
    with pytest.raises(UsageError, match=r"changed by hand; --force"):
        plan.check_removable(place, force=False)
    plan.check_removable(place, force=True)


@pytest.mark.parametrize("fails", ["daemon-reload", "enable"])
def test_what_fails_half_way_is_undone_whole(
    place: Place, systemd: FakeSystemd, fails: str
) -> None:
    before = files(place.root)
    systemd.fails = fails
    with pytest.raises(GenredError, match=r"Job failed\. See its journal\."):
        install(place, systemd)
    assert files(place.root) == before
    assert not systemd.enabled | systemd.running


def test_a_removal_that_fails_leaves_it_running(place: Place, systemd: FakeSystemd) -> None:
    install(place, systemd)
    before = files(place.root)
    systemd.fails = "daemon-reload"
    with pytest.raises(GenredError, match="Job failed"):
        remove(place, systemd)
    assert files(place.root) == before
    assert systemd.running == {place.unit}


def test_deeds_are_undone_in_reverse() -> None:
    undone: list[str] = []

    def fail() -> None:
        raise GenredError("no")

    steps = [Step(name, lambda: None, lambda name=name: undone.append(name)) for name in "abc"]  # type: ignore[misc]
    with pytest.raises(GenredError, match="no; all was undone"):
        carry_out([*steps, Step("d", fail)], lambda _: None)
    assert undone == ["c", "b", "a"]


def test_a_strict_umask_hides_nothing_from_the_service(root: Path, systemd: FakeSystemd) -> None:
    place = Place(system=True, instance="bar", root=root)
    before = os.umask(0o077)
    try:
        install(place, systemd)
    finally:
        os.umask(before)
    for path in (place.unit_file, place.config_file):
        assert path.stat().st_mode & 0o777 == 0o644
        assert path.parent.stat().st_mode & 0o777 == 0o755


def test_an_undoing_that_fails_is_said() -> None:
    def fail() -> None:
        raise GenredError("no")

    with pytest.raises(GenredError, match=r"no; could not undo: one \(no\)"):
        carry_out([Step("one", lambda: None, fail), Step("two", fail)], lambda _: None)


def test_a_file_that_is_replaced_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    step = write(path, "after")
    step.do()
    assert path.read_text() == "after"
    step.undo()
    assert files(tmp_path) == {"file": b"before"}
    step = erase(path)
    step.do()
    step.undo()
    assert path.read_text() == "before"


def test_a_systemctl_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(GenredError, match="there is no systemctl here"):
        run(["systemctl", "status"])


# Checks.


def state(place: Place, name: str, *, python: str = PYTHON, **environ: str) -> State:
    found = checking.checks(place, environ, python, force=False, offline=False)
    return next(check.state for check in found if check.name == name)


def test_on_a_machine_as_it_should_be_nothing_is_bad(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "session/systemd/private").mkdir(parents=True)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(checking, "_HIDDEN", ())
    monkeypatch.setattr(checking, "_for_all", lambda _: True)
    environ = {"XDG_RUNTIME_DIR": f"{tmp_path}/session"}
    found = list(checking.checks(place, environ, PYTHON, force=False, offline=False))
    assert [check.name for check in found if check.state is State.BAD] == []
    assert all(check.mend for check in found if check.name == "linger")


def test_a_machine_without_systemd_is_told_so(place: Place) -> None:
    (place.root / "run/systemd/system").rmdir()
    assert state(place, "systemd") is State.BAD


def test_who_is_not_root_installs_nothing_for_the_machine(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert state(Place(system=True, instance="bar", root=root), "rights") is State.BAD


@pytest.mark.parametrize("folder", ["home", "root"])
def test_an_interpreter_that_the_unit_can_not_see_is_refused(root: Path, folder: str) -> None:
    place = Place(system=True, instance="bar", root=root)
    python = str(Path("/", folder, "alice", "venv", "bin", "python"))
    assert state(place, "interpreter", python=python) is State.BAD


def test_a_user_without_a_session_is_told_so(place: Place) -> None:
    if not place.system:
        assert state(place, "session") is State.BAD


def test_a_missing_group_a_package_a_change_and_a_bad_config_are_told(root: Path) -> None:
    place = Place(system=True, instance="bar", root=root)
    (root / "etc/group").write_text("root:x:0:\n")
    assert state(place, "groups") is State.BAD
    place.unit_file.parent.mkdir(parents=True)
    place.unit_file.write_text("[Unit]\n")
    assert state(place, "unit") is State.BAD
    place.unit_file.unlink()
    packaged = root / "lib/systemd/system/genred@.service"
    packaged.parent.mkdir(parents=True)
    packaged.write_text("[Unit]\n")
    assert state(place, "unit") is State.BAD
    assert state(place, "config") is State.OK
    place.config_file.parent.mkdir()
    place.config_file.write_text("sauce = 1\n")
    assert state(place, "config") is State.BAD


def test_a_users_sound_server_beside_the_machines_service_is_worth_a_word(root: Path) -> None:
    place = Place(system=True, instance="bar", root=root)
    assert state(place, "sound server") is State.OK
    (root / "run/user/1000").mkdir(parents=True)
    (root / "run/user/1000/pipewire-0").touch()
    assert state(place, "sound server") is State.NOTE


def test_linger_is_seen(root: Path) -> None:
    place = Place(system=False, root=root, uid=os.getuid(), home=root)
    assert state(place, "linger") is State.NOTE
    (root / "var/lib/systemd/linger").mkdir(parents=True)
    (root / "var/lib/systemd/linger" / place.user).touch()
    assert state(place, "linger") is State.OK
    assert replace(place, system=True).user == "root"


# The command.


@pytest.fixture
def command(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run `genred service` below the root; return exit code, stdout and stderr."""
    monkeypatch.setattr(checking, "_HIDDEN", ())
    monkeypatch.setattr(checking, "_for_all", lambda _: True)

    def done(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["genred", "service", *words, "--root", str(root)])
        code = run_app(app, "genred")
        said = capsys.readouterr()
        return code, said.out, said.err

    return done


def test_a_dry_run_says_all_and_does_nothing(command: Command, root: Path) -> None:
    before = files(root)
    code, out, _ = command("install", "--system", "--instance", "bar", "--dry-run")
    assert code == 0
    assert f"will: write {root}/etc/systemd/system/genred@.service" in out
    assert "done" not in out
    assert files(root) == before


def test_install_and_remove_by_command(command: Command, root: Path) -> None:
    before = files(root)
    code, out, _ = command("install", "--system", "--instance", "bar")
    assert code == 0
    assert "start it by: systemctl" in out
    assert sys.executable in (root / "etc/systemd/system/genred@.service").read_text()
    code, out, _ = command("remove", "--system")
    assert code == 0
    assert {name for name in files(root) if name not in before} <= {
        "etc/systemd", "etc/systemd/system"
    }  # fmt: skip


def test_what_is_wrong_is_exit_1_and_nothing_is_done(command: Command, root: Path) -> None:
    (root / "etc/group").write_text("root:x:0:\n")
    before = files(root)
    code, out, err = command("install", "--system", "--instance", "bar")
    assert code == 1
    assert "no group audio" in out
    assert err == "genred: nothing was installed: see what is wrong above\n"
    assert files(root) == before


def test_a_name_that_is_no_streams_is_wrong_use(command: Command) -> None:
    code, _, err = command("install", "--system", "--instance", "../bar")
    assert code == 2
    assert "../bar" in err


def test_the_wheel_carries_the_units() -> None:
    assert '"systemd" = "genred/units"' in (ROOT / "pyproject.toml").read_text()
    for name in UNITS:
        assert (ROOT / "systemd" / name).is_file()
