"""The service, in a Debian that systemd runs: installed, started, hung, reloaded, removed."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from debian.installed import ALSA, CHECKOUT, PULSE, VENV, install, with_needs, with_packages
from debian.machine import Machine, boot
from debian.root import Root

pytestmark = pytest.mark.long

GENRED = f"{VENV}/bin/genred"
BAR = "genred@bar"
PIPEWIRE = ("pipewire", "pipewire-pulse", "wireplumber", "pulseaudio-utils")
ACTIVE_S = 10.0
WAIT_S = 60.0
"""how long a test waits for what must come; a fault, not a deadline of the contract"""

# No sound card is here. A file stands in for what one gives: it comes as fast as it is read.
ASOUND = """\
pcm.!default { type plug; slave.pcm tone }
pcm.tone { type file; slave.pcm null; file /dev/null; infile /usr/share/tone.raw; format raw }
"""


_JOURNAL = "journalctl --no-pager -o cat | grep -v pam_unix | tail -n 60"


def wait_until(holds: Callable[[], bool], machine: Machine) -> None:
    end = time.monotonic() + WAIT_S
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(machine.said("sh", "-c", _JOURNAL))
        time.sleep(0.1)


def state(machine: Machine, unit: str = BAR) -> str:
    return machine.show(unit, "ActiveState")


def configured(machine: Machine, text: str, name: str = "bar") -> None:
    machine.copy.write(f"/etc/genred/{name}.toml", text)


@pytest.fixture(scope="module")
def headless(debian_root: Root) -> Root:
    """A Debian with ALSA and no sound server, and all that genred needs."""
    return with_needs(with_packages(debian_root, *ALSA))


@pytest.fixture(scope="module")
def machine(headless: Root) -> Iterator[Machine]:
    with headless.copy() as copy:
        install(copy)
        with boot(copy) as machine:
            yield machine


@pytest.fixture
def bar(machine: Machine) -> Iterator[Machine]:
    """The machine with the service installed and running; without it afterwards."""
    machine.run(GENRED, "service", "install", "--instance", "bar", "--enable")
    yield machine
    machine.run(GENRED, "service", "remove", "--purge", "--force")


def test_it_is_active_within_ten_seconds_of_being_installed(machine: Machine) -> None:
    before_s = time.monotonic()
    said = machine.said(GENRED, "service", "install", "--instance", "bar", "--enable")
    assert state(machine) == "active"
    assert time.monotonic() - before_s < ACTIVE_S
    print(f"active after {time.monotonic() - before_s:.1f} s")
    assert "will: write /etc/systemd/system/genred@.service" in said
    assert machine.said("systemctl", "is-enabled", BAR) == "enabled"
    shown = machine.said(GENRED, "service", "status", "--instance", "bar")
    assert "active (running)" in shown
    assert "recovering" in shown
    machine.run(GENRED, "service", "remove", "--purge")


def test_what_it_is_allowed_is_all_that_it_is(bar: Machine) -> None:
    pid = bar.show(BAR, "MainPID")
    status = dict(
        line.split(":\t", 1) for line in bar.said("cat", f"/proc/{pid}/status").splitlines()
    )
    assert int(status["Uid"].split()[0]) >= 61184  # a dynamic user's
    assert "29" in status["Groups"].split()  # audio
    assert status["CapBnd"] == status["CapEff"] == "0" * 16
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    uid = status["Uid"].split()[0]
    assert bar.said("stat", "-c", "%a %u", "/var/lib/private/genred") == f"700 {uid}"


def test_a_process_that_is_stopped_is_healed_by_the_watchdog(bar: Machine) -> None:
    pid = bar.show(BAR, "MainPID")
    before_s = time.monotonic()
    bar.run("kill", "-STOP", pid)
    wait_until(lambda: bar.show(BAR, "NRestarts") == "1" and state(bar) == "active", bar)
    print(f"healed after {time.monotonic() - before_s:.1f} s")
    assert bar.show(BAR, "MainPID") != pid
    assert "Watchdog timeout" in bar.journal(BAR)


def test_a_reload_takes_up_changes_and_a_broken_file_stops_nothing(bar: Machine) -> None:
    pid = bar.show(BAR, "MainPID")
    configured(bar, '[labels.names]\nrock = "rock and roll"\n')
    bar.run("systemctl", "reload", BAR)
    wait_until(lambda: "labels.names" in bar.journal(BAR), bar)
    configured(bar, "no toml at all")
    bar.run("systemctl", "reload", BAR)
    wait_until(lambda: "bar.toml" in bar.journal(BAR), bar)
    assert (state(bar), bar.show(BAR, "MainPID")) == ("active", pid)


def test_a_config_that_is_wrong_is_not_tried_again(bar: Machine) -> None:
    bar.run("systemctl", "stop", BAR)
    configured(bar, "sauce = 1\n")
    assert bar.run("systemctl", "start", BAR, check=False).returncode
    assert state(bar) == "failed"
    assert bar.show(BAR, "NRestarts") == "0"
    assert "sauce" in bar.journal(BAR)


def test_an_instance_without_a_config_is_told_so(bar: Machine) -> None:
    found = bar.run("systemctl", "start", "genred@none", check=False)
    assert "Assertion failed" in found.stderr


def test_a_daemon_that_dies_comes_back_and_one_that_always_does_is_given_up(bar: Machine) -> None:
    folder = "/etc/systemd/system/genred@bar.service.d"
    bar.copy.write(f"{folder}/soon.conf", "[Service]\nRestartSec=50ms\n")
    bar.run("systemctl", "daemon-reload")
    pid = bar.show(BAR, "MainPID")
    bar.run("kill", "-KILL", pid)
    wait_until(lambda: bar.show(BAR, "MainPID") not in (pid, "0") and state(bar) == "active", bar)
    bar.copy.write(f"{folder}/bad.conf", "[Service]\nExecStart=\nExecStart=/bin/false\n")
    bar.run("systemctl", "daemon-reload")
    bar.run("systemctl", "restart", BAR, check=False)
    wait_until(lambda: state(bar) == "failed", bar)
    print(f"given up after {bar.show(BAR, 'NRestarts')} restarts")
    assert "Start request repeated too quickly" in bar.journal(BAR)
    bar.run("rm", "-r", folder)
    bar.run("systemctl", "daemon-reload")


def test_stopped_it_is_gone_at_once_with_its_user(bar: Machine) -> None:
    dynamic = "/run/systemd/dynamic-uid/direct:genred"
    assert bar.run("ls", dynamic).stdout
    before_s = time.monotonic()
    bar.run("systemctl", "stop", BAR)
    assert time.monotonic() - before_s < 2.0
    assert bar.show(BAR, "Result") == "success"
    assert not bar.run("ls", dynamic, check=False).stdout


def test_two_instances_share_what_was_learnt_and_nothing_else(bar: Machine) -> None:
    configured(
        bar,
        '[events]\nbind = ["tcp://127.0.0.1:6570"]\n[control]\nbind = ["tcp://127.0.0.1:6571"]\n',
        "hall",
    )
    bar.run(GENRED, "service", "install", "--instance", "hall", "--enable")
    pids = [bar.show(unit, "MainPID") for unit in (BAR, "genred@hall")]
    assert state(bar, "genred@hall") == "active"
    users = {bar.said("stat", "-c", "%u", f"/proc/{pid}") for pid in pids}
    assert len(users) == 1
    event = bar.said(
        "timeout", "20", "sh", "-c", f"{GENRED} listen --json tcp://127.0.0.1:6570 | head -n 1"
    )
    assert json.loads(event)["stream"] == "hall"


def test_a_hub_gathers_what_its_list_names(bar: Machine) -> None:
    bar.copy.put(CHECKOUT / "systemd/system/genred-hub@.service",
                 "/etc/systemd/system/genred-hub@.service")  # fmt: skip
    bar.copy.write("/etc/genred/venue.rooms", "tcp://127.0.0.1:5570\n")
    bar.run("systemctl", "daemon-reload")
    bar.run("systemctl", "start", "genred-hub@venue")
    listen = f"{GENRED} listen --json tcp://127.0.0.1:5572 | head -n 1"
    assert json.loads(bar.said("timeout", "20", "sh", "-c", listen))["stream"] == "bar"
    bar.run("systemctl", "stop", "genred-hub@venue")
    bar.run("rm", "/etc/systemd/system/genred-hub@.service", "/etc/genred/venue.rooms")


def test_files_for_it_can_be_made_as_its_user(bar: Machine) -> None:
    given = "DynamicUser=yes User=genred StateDirectory=genred StateDirectoryMode=0700 UMask=0077"
    options = [f"--property={line}" for line in given.split()]
    make = "mkdir -p /var/lib/genred/keys && echo x > /var/lib/genred/keys/daemon.secret"
    bar.run("systemctl", "stop", BAR)
    bar.run("systemd-run", "--wait", *options, "sh", "-c", make)
    bar.run("systemctl", "start", BAR)
    owner = bar.said("stat", "-c", "%u", f"/proc/{bar.show(BAR, 'MainPID')}")
    folder = "/var/lib/private/genred"
    assert bar.said("stat", "-c", "%a %u", folder) == f"700 {owner}"
    assert bar.said("stat", "-c", "%a %u", f"{folder}/keys/daemon.secret") == f"600 {owner}"


def test_it_hears_alsa_without_a_sound_server(bar: Machine) -> None:
    bar.copy.write("/etc/asound.conf", ASOUND)
    bar.run("sh", "-c", "head -c 2000000 /dev/urandom > /usr/share/tone.raw")
    bar.run("systemctl", "restart", BAR)
    wait_until(lambda: "capturing" in bar.show(BAR, "StatusText"), bar)
    children = bar.said("systemctl", "status", "--no-pager", BAR)
    assert "genred.audio.children.portaudio" in children


def test_removed_it_leaves_nothing(machine: Machine) -> None:
    def all_of_it() -> set[str]:
        found = machine.said("find", "/etc", "/var/lib", "/run/systemd", "-name", "*genred*")
        return set(found.splitlines())

    before = all_of_it()
    machine.run(GENRED, "service", "install", "--instance", "bar", "--enable")
    assert all_of_it() > before
    said = machine.said(GENRED, "service", "remove")
    assert "left:" not in said
    assert all_of_it() == before
    assert machine.run("pgrep", "-f", "genred.service", check=False).stdout == ""
    assert machine.said("systemctl", "--failed", "--no-legend") == ""


def test_a_service_that_does_not_start_is_not_left_half_installed(machine: Machine) -> None:
    holder = ("systemd-run", "--unit=holder", "python3", "-c")
    code = "import socket, time; s = socket.create_server(('127.0.0.1', 5570)); time.sleep(600)"
    machine.run(*holder, code)
    wait_until(lambda: "5570" in machine.said("ss", "-ltn"), machine)
    found = machine.run(GENRED, "service", "install", "--instance", "bar", "--enable", check=False)
    assert found.returncode == 1
    assert "all was undone" in found.stderr
    assert not (machine.copy.path / "etc/systemd/system/genred@.service").exists()
    assert not (machine.copy.path / "etc/genred").exists()
    assert state(machine) == "inactive"
    machine.run("systemctl", "stop", "holder")


@pytest.mark.parametrize("server", [PULSE, PIPEWIRE], ids=["pulseaudio", "pipewire"])
def test_a_user_has_it_beside_their_sound_server(headless: Root, server: tuple[str, ...]) -> None:
    with with_packages(headless, *server).copy() as copy:
        install(copy)
        with boot(copy) as machine:
            machine.log_in("alice")
            daemons = ["pulseaudio"] if server is PULSE else list(server[:3])
            machine.run("systemctl", "--user", "start", *daemons, user="alice")
            machine.run("pactl", "load-module", "module-null-sink", user="alice")
            said = machine.said(
                "sh", "-c",
                "mkdir -p ~/.config/genred && echo 'source = \"loopback\"' "
                f"> ~/.config/genred/config.toml && {GENRED} service install --enable",
                user="alice",
            )  # fmt: skip
            assert "done: systemctl --user enable --now genred.service" in said

            def shown(name: str) -> str:
                return machine.show("genred", name, "--user", user="alice")

            wait_until(lambda: "capturing" in shown("StatusText"), machine)
            pid = shown("MainPID")
            machine.run("kill", "-STOP", pid)
            wait_until(lambda: shown("NRestarts") == "1" and shown("ActiveState") == "active",
                       machine)  # fmt: skip
            machine.run(GENRED, "service", "remove", user="alice")
            assert shown("LoadState") == "not-found"
            assert machine.run("pgrep", "-f", "genred.service", check=False).stdout == ""


def test_what_the_units_name_is_there_in_every_wheel(headless: Root) -> None:
    with headless.copy() as copy:
        install(copy)
        units = Path(f"{copy.path}{VENV}/lib/python3.11/site-packages/genred/units")
        assert (units / "system/genred@.service").is_file()
        assert (units / "user/genred.service").is_file()
