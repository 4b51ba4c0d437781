"""Whose sound server it is, and why none answers."""

import os
import sys
from pathlib import Path

import pytest

from genred.doctor.check import Check, State

if sys.platform != "linux":
    pytest.skip("sessions are Linux's", allow_module_level=True)

from genred.doctor.session import Session, check_no_server, user_name, whose

US = os.getuid()
ELSE = 4_000_000
"""a uid that nobody has"""


def refused(session: Session) -> Check:
    return check_no_server(session, "refused", needed=True)


def session(folder: Path | None, uid: int = US, **environ: str) -> Session:
    named = {"XDG_RUNTIME_DIR": str(folder)} if folder else {}
    return Session(named | environ, uid, Path("/nonexistent"))


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    """A socket of a server, as far as the folder shows it."""
    path = tmp_path / "pulse" / "native"
    path.parent.mkdir()
    path.touch()
    return path


def test_a_server_that_answers_is_our_own_or_anothers(tmp_path: Path) -> None:
    assert whose(session(tmp_path)) == f", our own (of {user_name(US)})"
    assert whose(session(tmp_path, ELSE)) == f", of {user_name(US)} (we are #{ELSE})"
    assert whose(session(None)) == ""
    assert "unix:/x (PULSE_SERVER)" in whose(session(tmp_path, PULSE_SERVER="unix:/x"))


def test_without_a_folder_its_variable_is_told() -> None:
    told = refused(session(None))
    assert told.state is State.BAD
    assert "refused" in told.detail
    assert "XDG_RUNTIME_DIR is unset" in told.detail
    assert told.mend.startswith(f"sudo loginctl enable-linger {user_name(US)}")


def test_a_folder_that_is_there_but_unset_is_to_be_exported(tmp_path: Path) -> None:
    (tmp_path / str(US)).mkdir()
    told = refused(Session({}, US, tmp_path))
    assert told.mend == f"export XDG_RUNTIME_DIR={tmp_path / str(US)}"


def test_a_folder_that_is_not_there_needs_a_login(tmp_path: Path) -> None:
    told = refused(session(tmp_path / "gone"))
    assert "gone, which is not there" in told.detail
    assert "enable-linger" in told.mend


def test_a_folder_of_another_user_is_told_with_both_names(tmp_path: Path) -> None:
    told = refused(session(tmp_path, ELSE))
    assert f"{tmp_path} is of {user_name(US)} (uid {US}), we are #{ELSE}" in told.detail
    assert told.mend == f"sudo -u {user_name(US)} XDG_RUNTIME_DIR={tmp_path} genred ..."


def test_a_session_without_a_server_needs_one_started(tmp_path: Path) -> None:
    told = refused(session(tmp_path))
    assert "no socket of one" in told.detail
    assert told.mend.startswith("systemctl --user start pipewire")


def test_a_socket_with_nobody_behind_it_needs_a_restart(tmp_path: Path, socket: Path) -> None:
    told = refused(session(tmp_path))
    assert socket.exists()
    assert "nobody behind it" in told.detail
    assert told.mend.startswith("systemctl --user restart pipewire")


def test_a_server_named_by_a_variable_is_told(tmp_path: Path) -> None:
    told = refused(session(tmp_path, PULSE_SERVER="tcp:elsewhere"))
    assert "PULSE_SERVER is tcp:elsewhere" in told.detail
    assert told.mend == "unset PULSE_SERVER"


def test_where_portaudio_hears_something_it_is_only_a_note(tmp_path: Path) -> None:
    told = check_no_server(session(tmp_path), "refused", needed=False)
    assert told.state is State.NOTE
    assert "PortAudio is used instead" in told.detail
