"""The wheel on 64-bit Arm, in a Debian of that kind that qemu's user mode runs.

Times and memory are the emulator's, and printed to be seen: no figure of any real machine.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from debian.root import Copy, Root, debian, done, missing
from wheels import needed, own

pytestmark = pytest.mark.long
QEMU = Path("/proc/sys/fs/binfmt_misc/qemu-aarch64")
ENTRY = Path("/usr/lib/binfmt.d/qemu-aarch64.conf")
PYTHON = "/srv/genred/bin/python"
OLDEST = "QEMU_CPU=cortex-a53"
"""what a Raspberry Pi 3 and a Zero 2 W have: nothing newer than Armv8.0 may be asked for"""
HEARD = Path(__file__).with_name("heard.py")


@pytest.fixture(scope="module")
def arm_root() -> Root:
    """A Debian for 64-bit Arm whose programs this kernel hands to qemu."""
    reason = missing()
    if shutil.which("qemu-aarch64-static") is None:
        reason = reason or "qemu-aarch64-static is not there: apt-get install qemu-user-static"
    if reason:
        pytest.skip(reason)
    _registered()
    return debian("arm64")


def armed(copy: Copy, *command: str) -> str:
    """Run a command in it by qemu; return what it printed.

    By chroot, not as PID 1 of a container: there a program that dies by a signal of qemu's hangs
    for good, as one did.
    """
    usual = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
    entered = ["env", "-i", OLDEST, usual, "HOME=/root", "LANG=C.UTF-8", "chroot", str(copy.path)]
    return done([*entered, *command]).stdout


@pytest.fixture(scope="module")
def arm_copy(
    arm_root: Root, tmp_path_factory: pytest.TempPathFactory, demo: Path
) -> Iterator[Copy]:
    """The same with genred installed by pip, from its wheel and wheels for Arm alone."""
    folder = tmp_path_factory.mktemp("arm64")
    wheels = [*needed("arm64", folder / "wheels"), own(folder / "own", 0)]
    with arm_root.copy() as copy:
        for wheel in wheels:
            copy.put(wheel, f"/srv/wheels/{wheel.name}")
        for file in (HEARD, demo):
            copy.put(file, f"/srv/{file.name}")
        armed(copy, "python3", "-m", "venv", "/srv/genred")
        offline = ("--no-index", "--find-links=/srv/wheels", "--quiet")
        armed(copy, PYTHON, "-m", "pip", "install", *offline, "genred")
        yield copy


@pytest.fixture(scope="module")
def both(arm_copy: Copy, demo: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What this machine hears, and what the emulated one does."""
    here = done([sys.executable, str(HEARD), str(demo)]).stdout
    there = armed(arm_copy, PYTHON, f"/srv/{HEARD.name}", f"/srv/{demo.name}")
    found = json.loads(here), json.loads(there)
    for one in found:
        figures = {
            name: round(value, 3) for name, value in one.items() if name[-2:] in {"_s", "mb"}
        }
        print(one["machine"], figures)
    return found


def test_it_is_64_bit_arm_that_runs(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    assert both[1]["machine"] == "aarch64"


def test_features_are_those_of_every_machine(
    both: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    """To the tolerance to which they are librosa's; float32 sums in another order here."""
    here, there = (np.array(one["rows"]) for one in both)
    assert here.shape == there.shape
    assert np.abs(here - there).max() < 1e-3


def test_an_inference_says_the_same(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    here, there = (np.array(one["probabilities"]) for one in both)
    assert here.argmax() == there.argmax()
    # A coefficient on the edge between two of the int8 input's steps may fall to either side.
    assert np.abs(here - there).max() < 0.05


def test_the_demo_has_the_same_genres(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    assert [s[0] for s in both[0]["segments"]] == [s[0] for s in both[1]["segments"]]


def test_the_program_replays_the_demo(arm_copy: Copy, demo: Path) -> None:
    asked = ("--speed", "max", "--bind", "ipc:///srv/events", "--json")
    told = armed(arm_copy, "/srv/genred/bin/genred", "replay", *asked, f"/srv/{demo.name}")
    events = [json.loads(line) for line in told.splitlines()]
    assert {event["type"] for event in events} >= {"genre", "prediction", "capture"}
    assert len({event["genre"] for event in events if event["type"] == "genre"}) > 2


def _registered() -> None:
    """Tell the kernel of qemu where nothing has yet, as systemd does at boot."""
    if not QEMU.parent.joinpath("register").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(QEMU.parent)], check=True)
    if not QEMU.exists():
        (QEMU.parent / "register").write_text(ENTRY.read_text().strip().splitlines()[-1])
