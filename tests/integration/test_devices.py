"""`genred devices` and `genred doctor` on real sound servers."""

import json
import os
import pty
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from integration.servers import SoundServer, monitor
from programs import GENRED, WAIT_S

pytestmark = pytest.mark.slow

RATE = 44100
GATE_DBFS = -60.0


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """A minute of a tone of -15 dBFS RMS."""
    path = tmp_path / "tone.wav"
    seconds = np.arange(60 * RATE) / RATE
    soundfile.write(path, 0.25 * np.sin(2 * np.pi * 440 * seconds), RATE, subtype="PCM_16")
    return path


def run(server: SoundServer, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*GENRED, *arguments], env=server.env, capture_output=True, text=True, check=False,
        timeout=WAIT_S,
    )  # fmt: skip


def listed(server: SoundServer, *arguments: str) -> dict[str, dict[str, Any]]:
    """Return what `genred devices --json` lists, by name."""
    found = run(server, "devices", "--json", *arguments)
    assert found.returncode == 0, found.stderr
    return {device["name"]: device for device in map(json.loads, found.stdout.splitlines())}


def checks(server: SoundServer, *arguments: str) -> dict[str, dict[str, Any]]:
    """Return what `genred doctor --json` finds, by name."""
    found = run(server, "doctor", "--json", *arguments)
    return {check["name"]: check for check in json.loads(found.stdout)["checks"]}


def test_a_monitor_is_the_default_loopback_and_loud_only_while_something_plays(
    sound_server: SoundServer, tone: Path
) -> None:
    sound_server.add_sink("speakers", rate=RATE, channels=1)
    sound_server.add_sink("other", rate=48000, channels=2)
    sound_server.set_default_sink("speakers")
    quiet = listed(sound_server)
    with sound_server.play(tone, "speakers"):
        loud = listed(sound_server)
    found = quiet[monitor("speakers")]
    assert (found["kind"], found["default"]) == ("loopback", True)
    assert (found["sample_rate"], found["channels"]) == (RATE, 1)
    assert quiet[monitor("other")]["default"] is False
    print(found, loud[monitor("speakers")])
    assert found["level_dbfs"] == -120.0
    assert loud[monitor("speakers")]["level_dbfs"] == pytest.approx(-15, abs=3)
    assert loud[monitor("other")]["level_dbfs"] == -120.0
    assert not [device for device in loud.values() if "problem" in device]


def test_each_name_shown_is_one_that_run_takes(sound_server: SoundServer) -> None:
    sound_server.add_sink("speakers")
    sound_server.add_sink("speakers2")
    for name in listed(sound_server, "--no-level"):
        told = checks(sound_server, "--source", name)["capture"]
        assert told["state"] == "ok", told
        assert told["detail"].startswith(name)


def test_nothing_is_left_running(sound_server: SoundServer) -> None:
    sound_server.add_sink("speakers")
    listed(sound_server)
    sound_server.wait_until(
        lambda: not sound_server.pactl("list", "short", "source-outputs"), "end"
    )


def test_the_watch_shows_a_sink_that_comes_and_ends_by_ctrl_c(sound_server: SoundServer) -> None:
    sound_server.add_sink("speakers")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*GENRED, "devices", "--watch"], env={**sound_server.env, "TERM": "xterm", "LINES": "60"},
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    try:
        shown = seen(ours, "speakers.monitor", "dBFS")
        assert "Ctrl-C ends this" in shown
        sound_server.add_sink("late")
        seen(ours, "late.monitor")
        process.send_signal(signal.SIGINT)
        assert process.wait(WAIT_S) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def seen(terminal: int, *parts: str) -> str:
    """Read a terminal until all of this has been drawn."""
    text, end = "", time.monotonic() + WAIT_S
    while not all(part in text for part in parts):
        ready, _, _ = select.select([terminal], [], [], max(0.0, end - time.monotonic()))
        assert ready, text
        text += os.read(terminal, 65536).decode("utf-8", "replace")
    return text


def test_doctor_finds_all_well_while_something_plays(sound_server: SoundServer, tone: Path) -> None:
    sound_server.add_sink("speakers")
    with sound_server.play(tone, "speakers"):
        found = checks(sound_server, "--source", "loopback")
    for name in ("python", "model", "litert", "sound server", "recorder", "capture", "level",
                 "rate"):  # fmt: skip
        assert found[name]["state"] == "ok", found[name]
    assert "our own" in found["sound server"]["detail"]
    assert found["capture"]["detail"].startswith(monitor("speakers"))


def test_doctor_takes_silence_of_a_loopback_for_silence(sound_server: SoundServer) -> None:
    sound_server.add_sink("speakers")
    found = checks(sound_server, "--source", "loopback")
    assert found["level"]["state"] == "note"
    assert "digital zeros" in found["level"]["detail"]


def test_doctor_says_what_to_do_about_a_server_that_is_gone(sound_server: SoundServer) -> None:
    sound_server.add_sink("speakers")
    sound_server.kill()
    found = run(sound_server, "doctor", "--source", "loopback")
    assert found.returncode == 1
    assert "✗ sound server" in found.stdout
    assert "systemctl --user restart pipewire" in found.stdout
    assert found.stderr == ""
    listing = run(sound_server, "devices")
    assert listing.returncode in {0, 1}  # PortAudio may list what plugins offer
    assert "no sound server answers" in listing.stderr
    assert listing.stderr.count("\n") == 1
