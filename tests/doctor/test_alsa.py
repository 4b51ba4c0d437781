"""Permissions on sound cards."""

import sys
from pathlib import Path

import pytest

from genred.doctor.check import State

if sys.platform != "linux":
    pytest.skip("ALSA is Linux's", allow_module_level=True)

from genred.doctor.alsa import check_alsa
from genred.doctor.session import group_name


@pytest.fixture
def snd(tmp_path: Path) -> Path:
    for name in ("controlC0", "pcmC0D0c", "pcmC0D0p", "pcmC1D0c"):
        (tmp_path / name).touch()
    return tmp_path


def test_no_cards_are_a_note(tmp_path: Path) -> None:
    told = check_alsa(tmp_path / "none")
    assert (told.state, told.mend) == (State.NOTE, "")
    assert check_alsa(tmp_path).state is State.NOTE


def test_nodes_that_may_be_read_are_in_order(snd: Path) -> None:
    told = check_alsa(snd)
    assert told.state is State.OK
    assert told.detail == f"all 2 recording devices in {snd} may be read"


@pytest.mark.parametrize(("needed", "state"), [(True, State.BAD), (False, State.NOTE)])
def test_one_that_may_not_needs_its_group_and_a_new_login(
    snd: Path, needed: bool, state: State
) -> None:
    group = group_name((snd / "pcmC1D0c").stat().st_gid)
    told = check_alsa(snd, needed=needed, readable=lambda node: node.name != "pcmC1D0c")
    assert told.state is state
    assert f"{snd}/pcmC1D0c is for group {group}" in told.detail
    assert told.mend == f"sudo usermod -aG {group} $USER   (then log out and in again)"
