"""All checks together: what is left out where, and that one failure keeps no other away."""

import pytest

from genred.audio.server_state import ServerState
from genred.doctor import checkup
from genred.doctor.check import State, ok
from genred.doctor.checkup import Checkup
from genred.errors import GenredError


@pytest.fixture(autouse=True)
def _no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    up = ServerState(up=True, server="pulseaudio 16.1")
    monkeypatch.setattr(checkup, "server_state", lambda: up)
    monkeypatch.setattr(checkup, "listed", lambda _: [{"name": "hw:0"}])
    monkeypatch.setattr(checkup, "check_port", lambda: ok("port", "free"))
    monkeypatch.setattr(checkup, "check_capture", lambda *_: [ok("capture", "mic")])


def names(platform: str, model: str = "base") -> list[str]:
    return [check.name for check in Checkup("default", model, platform)]


def test_linux_has_its_own_checks_and_others_do_without() -> None:
    everywhere = ["python", "model", "litert", "portaudio", "port", "capture"]
    assert [name for name in names("linux") if name in everywhere] == everywhere
    assert {"sound server", "recorder", "alsa"} <= set(names("linux"))
    assert names("darwin") == names("win32") == everywhere


def test_a_model_that_does_not_load_leaves_the_rest() -> None:
    found = list(Checkup("default", "none", "linux"))
    (model,) = [check for check in found if check.name == "model"]
    assert model.state is State.BAD
    assert 'model "none"' in model.detail
    assert "litert" not in {check.name for check in found}
    assert found[-1].name == "capture"


def test_a_step_that_breaks_leaves_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down() -> ServerState:
        raise RuntimeError("boom")

    monkeypatch.setattr(checkup, "server_state", break_down)
    found = {check.name: check for check in Checkup("default", "base", "linux")}
    assert found["sound"].state is State.BAD
    assert found["sound"].detail == "RuntimeError: boom"
    assert "capture" in found


def test_without_server_and_library_both_are_crosses(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise GenredError("no library; install it: apt-get install libportaudio2")

    monkeypatch.setattr(checkup, "server_state", lambda: ServerState(up=False, why="refused"))
    monkeypatch.setattr(checkup, "listed", refuse)
    found = {check.name: check.state for check in Checkup("default", "base", "linux")}
    assert found["sound server"] is State.BAD
    assert found["portaudio"] is State.BAD
