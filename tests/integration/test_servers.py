"""Sound servers of our own: what goes in comes out, and they come back and leave nothing."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from integration.servers import ServerError, SoundServer, end, monitor

pytestmark = pytest.mark.slow

RATE = 48000
LEVEL = 0.25


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """Five seconds of a sine tone."""
    path = tmp_path / "tone.wav"
    time = np.arange(5 * RATE) / RATE
    soundfile.write(path, LEVEL * np.sin(2 * np.pi * 440 * time), RATE, subtype="PCM_16")
    return path


def recorded(server: SoundServer, source: str, seconds: float) -> NDArray[np.float64]:
    """Hear a source for so long, its left channel; to mix both is left to no server."""
    raw = server.folder / "heard.raw"
    size = round(seconds * RATE) * 4
    form = [f"--rate={RATE}", "--channels=2", "--format=s16le", "--latency-msec=20"]
    with raw.open("wb") as file:
        parec = subprocess.Popen(["parec", "-d", source, *form], stdout=file, env=server.env)
    try:
        server.wait_until(lambda: raw.stat().st_size >= size, f"sound from {source}")
    finally:
        end(parec)
    return np.fromfile(raw, dtype="<i2", count=size // 2)[::2] / 2**15


def level(samples: NDArray[np.float64]) -> float:
    """Root mean square of the second half, when the stream has settled."""
    return float(np.sqrt(np.mean(samples[len(samples) // 2 :] ** 2)))


def left_behind(folder: Path) -> list[str]:
    """Commands of all processes that were given this folder as their home."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(folder).encode() in environ.read_bytes():
                found.append(environ.with_name("cmdline").read_text())
        except OSError:
            continue
    return found


def assert_heard(server: SoundServer, tone: Path, sink: str) -> None:
    """A tone played into a sink comes out of its monitor, as loud as it went in."""
    with server.play(tone, sink) as player:
        heard = level(recorded(server, monitor(sink), 1.0))
        assert player.poll() is None
    assert heard == pytest.approx(LEVEL / np.sqrt(2), rel=0.05)


def test_a_tone_arrives_at_the_monitor(sound_server: SoundServer, tone: Path) -> None:
    sound_server.add_sink("music", rate=RATE)
    assert_heard(sound_server, tone, "music")
    assert level(recorded(sound_server, monitor("music"), 0.5)) == 0


def test_kill_and_start_bring_the_same_sinks_back(sound_server: SoundServer, tone: Path) -> None:
    sound_server.add_sink("first", rate=44100, channels=1)
    sound_server.add_sink("second", rate=RATE)
    sound_server.set_default_sink("second")
    before = set(sound_server.pids)
    for _ in range(3):
        sound_server.kill()
        assert sound_server.pids == []
        with pytest.raises(ServerError):
            sound_server.default_sink()
        sound_server.start()
        assert before.isdisjoint(sound_server.pids)
        assert sound_server.default_sink() == "second"
        assert_heard(sound_server, tone, "first")


def test_a_removed_sink_stays_away(sound_server: SoundServer) -> None:
    sound_server.add_sink("kept")
    sound_server.add_sink("removed")
    sound_server.remove_sink("removed")
    sound_server.kill()
    sound_server.start()
    sound_server.wait_sink_gone("removed")
    assert sound_server.default_sink() == "kept"


def test_streams_go_to_the_sink_that_is_named(sound_server: SoundServer, tone: Path) -> None:
    sound_server.add_sink("played")
    sound_server.add_sink("silent")
    sound_server.set_default_sink("silent")
    with sound_server.play(tone, "played"):
        assert level(recorded(sound_server, monitor("silent"), 0.5)) == 0


def test_stop_leaves_nothing(sound_server: SoundServer) -> None:
    with type(sound_server)() as server:
        server.add_sink("music")
        server.kill()
        server.start()
        assert len(left_behind(server.folder)) == len(server.pids)
    assert left_behind(server.folder) == []
    assert not server.folder.exists()
