"""Each line of the units that forbids something is in effect: tried from inside, with and without.

systemd's own analyser goes by what stands in a unit. Here a program in the unit tries.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from debian.installed import ALSA, CHECKOUT, with_packages
from debian.machine import Machine, boot
from debian.probe import HOME
from debian.root import Root
from debian.sandbox import ALL_POWERS, Outcomes, alone, furnish, inside, prepare

pytestmark = pytest.mark.long

SYSTEM = CHECKOUT / "systemd" / "system" / "genred@.service"
HUB = CHECKOUT / "systemd" / "system" / "genred-hub@.service"
USER = CHECKOUT / "systemd" / "user" / "genred.service"

COMMON = {
    "CapabilityBoundingSet": ["capabilities"],
    "LimitCORE": ["core dump"],
    "LockPersonality": ["personality"],
    "MemoryDenyWriteExecute": ["write and execute"],
    "NoNewPrivileges": ["suid program"],
    "PrivateTmp": ["read /tmp"],
    "PrivateUsers": ["see owners"],
    "ProtectClock": ["set clock"],
    "ProtectControlGroups": ["cgroups"],
    "ProtectHostname": ["hostname namespace"],
    "ProtectKernelModules": ["read modules"],
    "ProtectKernelTunables": ["kernel tunables' mount"],
    "ProtectSystem": ["write /srv"],
    "RestrictAddressFamilies": ["odd address family"],
    "RestrictNamespaces": ["namespace"],
    "RestrictRealtime": ["realtime"],
    "RestrictSUIDSGID": ["suid bit"],
    "SystemCallArchitectures": ["other ABI"],
    "SystemCallFilter SystemCallErrorNumber": ["keyring", "priority", "ptrace", "setuid"],
    "UMask": ["files for others"],
}
"""lines by their names, and what each of them refuses if it stands alone"""
SYSTEMS = COMMON | {
    "CapabilityBoundingSet": ["capabilities", "chown"],
    "DevicePolicy DeviceAllow": ["open a device"],
    "IPAddressDeny IPAddressAllow": ["connect afar", "datagram afar"],
    "ProtectHome": ["read /home", "write /home"],
    "ProtectHostname": ["hostname", "hostname namespace"],
    "ProtectKernelLogs": ["kernel log"],
    "ProtectKernelTunables": ["kernel tunables", "kernel tunables' mount"],
    "ProtectProc": ["see processes"],
    "ProtectSystem": ["write /etc", "write /srv"],
}
USERS = COMMON | {
    "InaccessiblePaths": ["read .ssh"],
    "PrivateDevices": ["open a device"],
    "ProtectHome": ["write /home"],
}
ALLOWED = {"connect here", "open /dev/null"}
"""what it needs: no line refuses it"""
LIVES = {
    "DynamicUser", "Environment", "ExecReload", "ExecStart", "Restart", "RestartPreventExitStatus",
    "RestartSec", "RuntimeDirectory", "StateDirectory", "StateDirectoryMode", "SupplementaryGroups",
    "TimeoutStopSec", "Type", "User", "WatchdogSec",
}  # fmt: skip
"""lines that forbid nothing; test_service.py shows what they do"""
NEEDS_NOBODY = {"NoNewPrivileges", "ProtectKernelModules", "ProtectProc"}
"""lines that root is beyond"""


def lines(unit: Path) -> list[tuple[str, str]]:
    """Return the lines of a unit's [Service] by name."""
    service = unit.read_text().partition("[Service]\n")[2].partition("\n[")[0]
    said = [line for line in service.splitlines() if line and not line.startswith("#")]
    return [(line.partition("=")[0], line.replace("%h", HOME)) for line in said]


@pytest.fixture(scope="module")
def machine(debian_root: Root) -> Iterator[Machine]:
    """What a unit could reach if it might."""
    with with_packages(debian_root, *ALSA).copy() as copy:
        prepare(copy)
        copy.put(SYSTEM, "/etc/systemd/system/genred@.service")
        copy.put(USER, "/etc/systemd/user/genred.service")
        copy.put(HUB, "/etc/systemd/system/genred-hub@.service")
        copy.write("/etc/genred/probe.toml", "")
        copy.write("/etc/genred/probe.rooms", "")
        with boot(copy, options=ALL_POWERS) as machine:
            furnish(machine)
            yield machine


@pytest.fixture(scope="module")
def bare(machine: Machine) -> Outcomes:
    return alone(machine)


def refused(found: Outcomes, without: Outcomes) -> set[str]:
    return {name for name, came in found.items() if came != without[name]}


def test_a_unit_without_lines_forbids_nothing(bare: Outcomes) -> None:
    shown = {name: came for name, came in bare.items() if came != "allowed"}
    assert set(shown) == {"hostname namespace", "uid"}


def test_the_systems_unit_refuses_all_but_what_the_daemon_needs(
    machine: Machine, bare: Outcomes
) -> None:
    found = inside(machine, "genred@probe", "/etc/systemd/system")
    assert set(bare) - refused(found, bare) == ALLOWED | {"read what is audio's"}


def test_a_hubs_unit_refuses_all_but_the_network(machine: Machine, bare: Outcomes) -> None:
    found = inside(machine, "genred-hub@probe", "/etc/systemd/system")
    assert set(bare) - refused(found, bare) == ALLOWED | {"connect afar", "datagram afar"}


def test_the_users_unit_refuses_all_but_what_a_users_systemd_can_not_hold(
    machine: Machine, bare: Outcomes
) -> None:
    found = inside(machine, "genred", "/etc/systemd/user", session="alice")
    beyond = {"connect afar", "datagram afar", "see processes", "read /home"}
    assert set(bare) - refused(found, bare) == ALLOWED | beyond


@pytest.mark.parametrize("names", SYSTEMS)
def test_each_line_of_the_systems_unit_refuses_it_alone(
    machine: Machine, bare: Outcomes, names: str
) -> None:
    user = "nobody" if names in NEEDS_NOBODY else "root"
    without = alone(machine, user=user) if user == "nobody" else bare
    given = [line for name, line in lines(SYSTEM) if name in names.split()]
    assert given
    found = alone(machine, *given, user=user)
    assert {name: without[name] for name in SYSTEMS[names]} == allowed(SYSTEMS[names], without)
    assert refused(found, without) >= set(SYSTEMS[names])
    assert refused(found, without).isdisjoint(ALLOWED)


@pytest.mark.parametrize("names", USERS)
def test_each_line_of_the_users_unit_refuses_it_alone(machine: Machine, names: str) -> None:
    # Most others take effect in a user namespace only; these show in none.
    base = [] if names in {"PrivateUsers", "NoNewPrivileges"} else ["PrivateUsers=yes"]
    without = alone(machine, *base, session="alice")
    given = [line for name, line in lines(USER) if name in names.split()]
    assert given
    found = alone(machine, *base, *given, session="alice")
    assert {name: without[name] for name in USERS[names]} == allowed(USERS[names], without)
    assert refused(found, without) >= set(USERS[names])
    assert refused(found, without).isdisjoint(ALLOWED)


def allowed(names: list[str], without: Outcomes) -> Outcomes:
    """Say what is to come of attempts where nothing forbids them."""
    namespace = "hostname namespace"
    return {name: without[name] if name == namespace else "allowed" for name in names}


@pytest.mark.parametrize(
    ("unit", "proofs"), [(SYSTEM, SYSTEMS), (HUB, SYSTEMS | USERS), (USER, USERS)]
)
def test_no_line_stands_there_that_no_test_shows_in_effect(
    unit: Path, proofs: dict[str, list[str]]
) -> None:
    shown = LIVES | {name for names in proofs for name in names.split()}
    assert {name for name, _ in lines(unit)} <= shown


@pytest.mark.parametrize(
    ("unit", "most", "session"),
    [("genred@probe", 1.5, ""), ("genred-hub@probe", 1.5, ""), ("genred", 2.4, "alice")],
)
def test_the_exposure_that_systemd_makes_of_it(
    machine: Machine, unit: str, most: float, session: str
) -> None:
    manager = ["--user"] if session else []
    said = machine.said(
        "systemd-analyze", *manager, "security", "--no-pager", unit, user=session or "root"
    )
    exposure = float(said.splitlines()[-1].partition("level for ")[2].split()[1])
    print(f"{unit}: {exposure}, at most {most}")
    assert exposure <= most
