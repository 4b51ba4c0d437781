"""`genred run` on real sound servers: what plays is heard, and what goes comes back."""

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from fakes import FakeModel
from genred import events as wire
from genred.audio.inputs import make_input
from genred.audio.recordings import open_recording
from genred.events import GenreRecord
from genred.model.classifier import Classifier
from genred.model.shipped import load_model
from genred.pipeline import Pipeline, StreamRecord
from genred.service.clock import SystemClock
from genred.service.loop import Live
from genred.service.stop import StopSignal
from genred.wire.publisher import Publisher
from integration.daemon import WAIT_S, Daemon, Event, daemon
from integration.servers import PipeWire, PulseAudio, SoundServer, monitor

pytestmark = pytest.mark.slow

GROWTH_KB = 4096
"""what memory may grow after the first recovery: an arena of the allocator"""
PIECE_S, REST_S = 10.0, 4.0
PROGRAMME_RATE = 44100
DEAF_S = 5.0
"""zeros are told as silence within so long, generously"""


SONGS = [
    "kevin_macleod_vibe_ace.ogg",
    "lena_orsa_pistachio_ragtime.ogg",
    "metal_demo.mp3",
    "brahms_hungarian_dance_5.ogg",
    "reggae_demo.mp3",
    "country_demo.mp3",
]
LATER_S = (0.0, 0.13, 0.29, 0.41)
"""a programme that begins so much later is told the same, to half a second"""


@pytest.fixture(scope="module")
def programme(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pieces of songs with a rest after the first and a hard cut between the others.

    The first songs that are told alike wherever windows begin: where a song only drifts from one
    label to another, the moment of the change hangs on how its windows fall.
    """
    path = tmp_path_factory.mktemp("sound") / "programme.wav"
    rest = np.zeros((round(REST_S * PROGRAMME_RATE), 2), np.float32)
    pieces = [piece(data / "songs" / name) for name in SONGS]
    for first, *others in itertools.permutations(pieces, 3):
        samples = np.concatenate([first, rest, *others])
        if clear(samples, path):
            soundfile.write(path, samples, PROGRAMME_RATE, subtype="PCM_16")
            return path
    pytest.fail("no three of these songs are told alike wherever windows begin: take others")


def clear(samples: NDArray[np.float32], path: Path) -> bool:
    """Tell whether samples are given a label before the rest and two after it, however they begin.

    `path` is written over.
    """
    told = []
    for later_s in LATER_S:
        before = np.zeros((round((1 + later_s) * PROGRAMME_RATE), 2), np.float32)
        soundfile.write(path, np.concatenate([before, samples]), PROGRAMME_RATE, subtype="PCM_16")
        told.append(from_the_first_sound(changes_of(path)))
    names = [label for label, _ in told[0]]
    if names[0:4:2] != ["unknown", "silence"] or names[3:4] != ["unknown"] or len(set(names)) < 5:
        return False
    return all(
        [label for label, _ in other] == names
        and all(abs(a - b) < 0.5 for (_, a), (_, b) in zip(told[0], other, strict=True))
        for other in told
    )


def piece(path: Path) -> NDArray[np.float32]:
    """Return ten seconds of a song from its fifth second on, (n, 2)."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    resampled = soxr.resample(samples[5 * rate : round((5 + PIECE_S) * rate)], rate, PROGRAMME_RATE)
    return np.asarray(np.broadcast_to(resampled, (len(resampled), 2)), np.float32)


@pytest.fixture(scope="module")
def steady(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four minutes of one label, as a wav file: more than any test takes on a busy machine."""
    samples, rate = soundfile.read(data / "songs" / "kevin_macleod_vibe_ace.ogg", dtype="float32")
    path = tmp_path_factory.mktemp("sound") / "steady.wav"
    soundfile.write(path, np.tile(samples, (4, 1)), rate, subtype="PCM_16")
    return path


def tone_file(path: Path, rate: int, channels: int, subtype: str) -> Path:
    """Write twelve seconds of a tone of -23 dBFS RMS in all channels."""
    seconds = np.arange(12 * rate) / rate
    tone = 0.1 * np.sin(2 * np.pi * 440 * seconds)
    soundfile.write(path, np.tile(tone[:, None], channels), rate, subtype=subtype)
    return path


def changes_of(path: Path) -> list[tuple[str, float]]:
    """Return the labels that a file is given, each with the audio time of its event."""
    model = Classifier(load_model("base"))
    pipeline = Pipeline(model)
    records: list[StreamRecord] = []
    with open_recording(path, model.metadata.features.sample_rate) as source:
        for block in source:
            records += pipeline.push(block)
    return [(r.genre, r.audio_time) for r in records if isinstance(r, GenreRecord)]


def from_the_first_sound(changes: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Return the changes since the gate first opened, in seconds from then."""
    first = next(at for at, (label, _) in enumerate(changes) if label == "unknown")
    return [(label, at_s - changes[first][1]) for label, at_s in changes[first:]]


def live_changes(events: list[Event]) -> list[tuple[str, float]]:
    return [(e["genre"], e["audio_time"]) for e in events if e["type"] == "genre"]


# What plays is heard.


def test_what_is_played_is_told_as_the_file_is_classified(
    sound_server: SoundServer, programme: Path
) -> None:
    sound_server.add_sink("speakers")
    file = from_the_first_sound(changes_of(programme))
    with daemon("--source", "loopback", env=sound_server.env) as running:
        running.wait(lambda e: e.get("genre") == "silence")
        with sound_server.play(programme, "speakers") as player:
            player.wait()
        running.wait(lambda e: e["type"] == "status", after=len(running.events))
        live = from_the_first_sound(live_changes(running.events))
    print(f"file {rounded(file)}\nlive {rounded(live)}")
    assert [label for label, _ in live][: len(file)] == [label for label, _ in file]
    assert all(abs(a - b) < 1.0 for (_, a), (_, b) in zip(live, file, strict=False))
    silence_s = next(at_s for label, at_s in live if label == "silence")
    assert 0 < silence_s - PIECE_S < 1.0
    left_s = next(at_s for label, at_s in live if at_s > silence_s)
    assert 0 <= left_s - (PIECE_S + REST_S) < 1.0


def rounded(changes: list[tuple[str, float]]) -> list[tuple[str, float]]:
    return [(label, round(at_s, 2)) for label, at_s in changes]


@pytest.mark.parametrize(
    ("rate", "channels", "sink", "subtype"),
    [
        (44100, 2, "s16le", "PCM_16"),
        (48000, 1, "s24le", "PCM_24"),
        (96000, 2, "float32le", "FLOAT"),
        (48000, 6, "s24le", "PCM_24"),
        (44100, 6, "s16le", "PCM_16"),
    ],
)
def test_any_rate_channels_and_format(
    sound_server: SoundServer, tmp_path: Path, rate: int, channels: int, sink: str, subtype: str
) -> None:
    sound_server.add_sink("speakers", rate, channels, sink)
    tone = tone_file(tmp_path / "tone.wav", rate, channels, subtype)
    with (
        daemon("--source", "speakers.monitor", env=sound_server.env) as running,
        sound_server.play(tone, "speakers"),
    ):
        place = running.wait_state("capturing")
        capture = running.events[place]
        heard = running.wait(lambda e: e["type"] == "status" and e.get("level_dbfs", -120) > -40)
        settled = running.wait(lambda e: e["type"] == "status", after=heard + 1)
    level_dbfs = running.events[settled]["level_dbfs"]
    print(f"{sound_server.name} {rate} Hz x {channels}: {level_dbfs:.1f} dBFS of -23.0")
    assert (capture["sample_rate"], capture["channels"]) == (rate, channels)
    assert level_dbfs == pytest.approx(-23.0, abs=1.0)


def test_a_name_of_no_device_lists_the_nearest_and_waits_for_it(sound_server: SoundServer) -> None:
    sound_server.add_sink("speakers")
    with daemon("--source", "speekers.monitor", env=sound_server.env) as running:
        lost = running.events[running.wait_state("lost")]
        assert 'no device named "speekers.monitor"' in lost["reason"]
        assert '"speakers.monitor"' in lost["reason"]
        sound_server.add_sink("speekers")
        capture = running.events[running.wait_state("capturing")]
        assert capture["source"] == "speekers.monitor"


def test_an_ambiguous_name_is_wrong_use_and_lists_them(sound_server: SoundServer) -> None:
    sound_server.add_sink("hall_left")
    sound_server.add_sink("hall_right")
    with daemon("--source", "hall", env=sound_server.env) as running:
        assert running.process.wait(WAIT_S) == 2
        assert running.process.stderr
        said = running.process.stderr.read().decode()
    assert said.startswith('genred: "hall" names several devices: ')
    assert '"hall_left.monitor"' in said
    assert '"hall_right.monitor"' in said
    assert said.count("\n") == 1


def test_with_nothing_to_hear_it_says_what_it_looked_for(tmp_path: Path) -> None:
    env = nothing_there(tmp_path)
    with daemon("--source", "loopback", "--no-wait", env=env) as running:
        assert running.process.wait(WAIT_S) == 1
        assert running.process.stderr
        said = running.process.stderr.read().decode()
    assert said.startswith("genred: no sound server answers")
    assert said.count("\n") == 1


def test_a_microphone_is_looked_for_in_both_places(tmp_path: Path) -> None:
    with daemon("--no-wait", env=nothing_there(tmp_path)) as running:
        assert running.process.wait(WAIT_S) == 1
        assert running.process.stderr
        said = running.process.stderr.read().decode()
    assert "no sound server answers" in said
    assert "PortAudio" in said
    assert said.count("\n") == 1


def nothing_there(folder: Path) -> dict[str, str]:
    """Return an environment in which no sound server can be found."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PULSE_", "PIPEWIRE_"))}
    return {**kept, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}


# What goes comes back.


@pytest.mark.parametrize(
    "kills", [3, pytest.param(20, marks=pytest.mark.long)], ids=["3 times", "20 times"]
)
def test_the_server_killed_in_mid_song_and_started_again(
    sound_server: SoundServer, steady: Path, kills: int
) -> None:
    sound_server.add_sink("speakers")
    noticed, returned, memory, files = [], [], [], []
    with daemon("--source", "loopback", env=sound_server.env) as running:
        running.wait_state("capturing")
        for _ in range(kills):
            with sound_server.play(steady, "speakers"):
                running.wait_genre(after=len(running.events))
                at, killed_s = len(running.events), time.monotonic()
                sound_server.kill()
            lost = running.wait_state("lost", after=at)
            noticed.append(running.times_s[lost] - killed_s)
            running.wait(lambda e: e["type"] == "genre", after=lost)  # withdrawn after a while
            sound_server.start()
            there_s = time.monotonic()
            back = running.wait_state("capturing", after=lost)
            returned.append(running.times_s[back] - there_s)
            assert running.events[back]["lost_s"] > 2
            memory.append(running.memory_kb())
            files.append(running.files())
        code, took_s = running.end()
    print(f"{sound_server.name}: noticed after {worst(noticed)}, back after {worst(returned)}")
    print(f"memory {memory} kB, files {files}, ended after {took_s:.2f} s")
    assert max(noticed) < 2 * GENEROUS
    assert max(returned) < 2 * GENEROUS
    assert memory[-1] - memory[0] < GROWTH_KB
    assert max(files) == min(files)
    assert code == 0
    assert in_order(running)


GENEROUS = 3
"""a machine that is busy may be so much slower than the contract; the figures are printed"""


def worst(seconds: list[float]) -> str:
    return f"{np.median(seconds):.2f} s (at most {max(seconds):.2f})"


def in_order(running: Daemon) -> bool:
    """Tell whether each loss was followed by an attempt, and nothing stood between."""
    states = [e["state"] for e in running.of("capture")]
    after_lost = [b for a, b in itertools.pairwise(states) if a == "lost"]
    return set(after_lost) == {"recovering"} and states[-1] == "ended"


def test_a_followed_sink_that_is_unloaded_is_left_for_the_next_default(
    sound_server: SoundServer, steady: Path
) -> None:
    sound_server.add_sink("speakers")
    sound_server.add_sink("hall")
    sound_server.set_default_sink("speakers")
    with daemon("--source", "loopback", env=sound_server.env) as running:
        running.wait_state("capturing")
        at = len(running.events)
        sound_server.remove_sink("speakers")
        moved = running.wait(on("hall.monitor"), after=at)
        assert running.events[moved]["state"] == "capturing"
        with sound_server.play(steady, "hall"):
            running.wait_genre(after=moved)


def test_loopback_follows_the_default_sink(sound_server: SoundServer, steady: Path) -> None:
    sound_server.add_sink("speakers")
    sound_server.add_sink("hall")
    sound_server.set_default_sink("speakers")
    with daemon("--source", "loopback", env=sound_server.env) as running:
        place = running.wait_state("capturing")
        assert running.events[place]["source"] == "speakers.monitor"
        switched_s = time.monotonic()
        sound_server.set_default_sink("hall")
        place = running.wait(on("hall.monitor"), after=place)
        print(f"{sound_server.name}: followed after {running.times_s[place] - switched_s:.2f} s")
        with sound_server.play(steady, "hall"):
            running.wait_genre(after=place)
        sound_server.set_default_sink("speakers")
        running.wait(on("speakers.monitor"), after=place)


def test_what_is_followed_is_heard_at_its_own_rate_and_channels(
    sound_server: SoundServer,
) -> None:
    """As when a headset goes from its telephone mode back to the loudspeakers."""
    sound_server.add_sink("headset", 8000, 1)
    sound_server.add_sink("speakers", 44100, 2)
    sound_server.set_default_sink("headset")
    with daemon("--source", "loopback", env=sound_server.env) as running:
        place = running.wait_state("capturing")
        assert shape(running.events[place]) == ("headset.monitor", 8000, 1)
        sound_server.set_default_sink("speakers")
        place = running.wait(on("speakers.monitor"), after=place)
        name, rate, channels = shape(running.events[place])
        # PulseAudio may have turned an idle sink to its other rate for a stream that came along.
        assert (name, channels) == ("speakers.monitor", 2)
        assert rate in {44100, 48000}


def shape(capture: Event) -> tuple[str, int, int]:
    return capture["source"], capture["sample_rate"], capture["channels"]


def test_a_server_that_comes_takes_the_default_over_from_portaudio(
    pulse_server: PulseAudio,
) -> None:
    env = pulse_server.env
    pulse_server.add_sink("speakers")
    pulse_server.kill()
    # A card that needs no server: ALSA's own silence.
    (pulse_server.folder / ".asoundrc").write_text("pcm.!default { type null }\n")
    with daemon("--source", "default", env=env) as running:
        place = running.wait_state("lost" if no_input(env) else "capturing")
        pulse_server.start()
        running.wait(on("speakers.monitor"), after=place)


def no_input(env: dict[str, str]) -> bool:
    """Tell whether PortAudio finds nothing to record."""
    program = [sys.executable, "-m", "genred.audio.children.portaudio", "list"]
    done = subprocess.run(program, env=env, capture_output=True, check=False, text=True)
    return '"default": true' not in done.stdout


@pytest.mark.parametrize("frozen_s", [3, 12])
def test_a_server_that_hung_and_goes_on_is_heard_again(
    sound_server: SoundServer, frozen_s: int
) -> None:
    sound_server.add_sink("speakers")
    with daemon("--source", "loopback", env=sound_server.env) as running:
        at, begun_s = running.wait_state("capturing"), time.monotonic()
        for pid in sound_server.pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            dead = running.wait_state("silent_dead", after=at)
            time.sleep(max(0.0, begun_s + frozen_s - time.monotonic()))  # the fault itself
        finally:
            for pid in sound_server.pids:
                os.kill(pid, signal.SIGCONT)
        thawed_s = time.monotonic()
        back = running.wait_state("capturing", after=dead)
        after_s = running.times_s[back] - thawed_s
        print(
            f"{sound_server.name}: told after {running.times_s[dead] - begun_s:.2f} s, "
            f"back {after_s:.2f} s after {frozen_s} s"
        )
        assert after_s < 2 * GENEROUS
        code, took_s = running.end()
    assert (code, took_s < 0.5 * GENEROUS) == (0, True)


def on(source: str) -> Callable[[Event], bool]:
    """Return a test for an event that says what is captured now."""
    return lambda e: e["type"] == "capture" and e["state"] == "capturing" and e["source"] == source


def test_a_named_monitor_never_becomes_another_sinks(
    sound_server: SoundServer, steady: Path
) -> None:
    """Its sink is unloaded while another one plays: that one must not be heard."""
    sound_server.add_sink("speakers")
    sound_server.add_sink("hall")
    sound_server.set_default_sink("speakers")
    with daemon("--source", "speakers.monitor", env=sound_server.env) as running:
        with sound_server.play(steady, "hall"):
            running.wait(lambda e: e.get("genre") == "silence")
            at = len(running.events)
            sound_server.remove_sink("speakers")
            lost = running.wait_state("lost", after=at)
            unknown = running.wait(lambda e: e.get("genre") == "unknown", after=lost)
            running.wait(waits_for("speakers.monitor"), after=unknown)
        print(f"{sound_server.name}: {running.events[lost]['reason']}")
        # A prediction is made of sound, and all the sound there was is the other sink's.
        assert not running.of("prediction")
        sound_server.add_sink("speakers")
        back = running.wait_state("capturing", after=lost)
        assert running.events[back]["source"] == "speakers.monitor"


def waits_for(source: str) -> Callable[[Event], bool]:
    """Return a test for an attempt that found a named source still missing."""
    return lambda e: e["type"] == "capture" and f'waiting for "{source}"' in e["reason"]


def test_a_named_monitor_stays_when_the_default_changes(
    sound_server: SoundServer, steady: Path
) -> None:
    sound_server.add_sink("speakers")
    sound_server.add_sink("hall")
    sound_server.set_default_sink("speakers")
    with (
        daemon("--source", "speakers.monitor", env=sound_server.env) as running,
        sound_server.play(steady, "hall"),
    ):
        running.wait(lambda e: e.get("genre") == "silence")
        at = len(running.events)
        sound_server.set_default_sink("hall")
        running.wait(lambda e: e["type"] == "status" and e["zeros_s"] > 8, after=at)
    told = [e for e in running.of("capture", after=at) if e["state"] == "lost"]
    assert all(e["reason"] == "moved by the sound server to hall.monitor" for e in told)
    assert {e["source"] for e in running.of("capture", after=at)} <= {"speakers.monitor"}
    assert not running.of("prediction")
    if sound_server.name == "pulseaudio":
        assert told


def test_a_suspended_sink_is_told_and_comes_back(pulse_server: PulseAudio, steady: Path) -> None:
    """PipeWire wakes a sink by itself as long as somebody hears it: it has no such fault."""
    pulse_server.add_sink("speakers")
    with daemon("--source", "loopback", env=pulse_server.env) as running:
        at, begun_s = running.wait_state("capturing"), time.monotonic()
        pulse_server.suspend("speakers", on=True)
        dead = running.wait_state("silent_dead", after=at)
        print(f"noticed after {running.times_s[dead] - begun_s:.2f} s")
        assert running.events[dead]["reason"].endswith("suspended by the sound server")
        lost = running.wait_state("lost", after=dead)
        pulse_server.suspend("speakers", on=False)
        back = running.wait_state("capturing", after=lost)
        with pulse_server.play(steady, "speakers"):
            running.wait_genre(after=back)


def test_zeros_of_a_suspended_sink_are_not_believed_on_pipewire(
    pipewire_server: PipeWire, steady: Path
) -> None:
    """Its recorder hears zeros for good once the sink was suspended, also when it plays again."""
    pipewire_server.add_sink("speakers")
    with (
        pipewire_server.play(steady, "speakers"),
        daemon("--source", "loopback", env=pipewire_server.env) as running,
    ):
        silent = deafened(pipewire_server, running, after=running.wait_genre())
        running.wait_genre(after=silent)
        reasons = [e["reason"] for e in running.of("capture", after=silent)]
    assert "only digital zeros though something plays" in reasons


def deafened(server: PipeWire, running: Daemon, *, after: int) -> int:
    """Suspend and wake the sink until its recorder hears zeros; return the place of `silence`.

    Now and then on a busy machine the sink wakes before its recorder was suspended, and all goes on
    as before: the fault itself is made anew then, not the cure tested.
    """
    for _ in range(5):
        server.suspend("speakers", on=True)
        server.suspend("speakers", on=False)
        with contextlib.suppress(TimeoutError):
            return running.wait(
                lambda e: e.get("genre") == "silence", after=after, timeout_s=DEAF_S
            )
    pytest.fail(f"{server.name} heard on through five suspensions")


def test_a_daemon_that_stood_still_counts_what_it_missed(pulse_server: PulseAudio) -> None:
    pulse_server.add_sink("speakers")
    with daemon("--source", "loopback", env=pulse_server.env) as running:
        at = running.wait(lambda e: e["type"] == "status" and e["audio_time"] > 5)
        running.process.send_signal(signal.SIGSTOP)
        time.sleep(20)  # the fault itself: longer than what any buffer on the way holds
        running.process.send_signal(signal.SIGCONT)
        since_s = time.monotonic()
        place = running.wait(
            lambda e: e["type"] == "status" and time.monotonic() > since_s + 8, after=at
        )
    first, last = running.events[at], running.events[place]
    behind_s = (last["time"] - first["time"]) - (last["audio_time"] - first["audio_time"])
    print(f"{behind_s:.2f} s behind, {last['overruns']} overruns")
    assert abs(behind_s) < 1.0


# The end.


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_a_last_event_and_no_child_left(
    sound_server: SoundServer, number: int
) -> None:
    sound_server.add_sink("speakers")
    with daemon("--source", "loopback", env=sound_server.env) as running:
        running.wait_state("capturing")
        children = running.children()
        code, took_s = running.end(number)
    print(f"ended after {took_s:.3f} s")
    assert code == 0
    assert took_s < 0.5 * GENEROUS
    assert running.events[-1]["type"] == "capture"
    assert running.events[-1]["state"] == "ended"
    assert len(children) >= 2
    gone_soon(children)


def test_a_signal_ends_it_while_there_is_nothing_to_hear(tmp_path: Path) -> None:
    with daemon("--source", "loopback", env=nothing_there(tmp_path)) as running:
        running.wait_state("lost")
        code, took_s = running.end()
    print(f"ended after {took_s:.3f} s")
    assert code == 0
    assert took_s < 0.5 * GENEROUS
    assert running.events[-1]["state"] == "ended"


def test_a_daemon_that_is_killed_leaves_no_recorder_behind(sound_server: SoundServer) -> None:
    sound_server.add_sink("speakers")
    with daemon("--source", "loopback", env=sound_server.env) as running:
        running.wait_state("capturing")
        children = running.children()
        running.end(signal.SIGKILL)
        gone_soon(children)


def gone_soon(pids: list[int]) -> None:
    """Wait until none of these processes runs."""
    end = time.monotonic() + WAIT_S
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < end, pids
        time.sleep(0.02)


# Other ways in.


def test_pipewire_alone_is_captured_by_its_own_tools(
    pipewire_server: PipeWire, steady: Path
) -> None:
    pipewire_server.add_sink("speakers")
    pipewire_server.add_sink("hall")
    pipewire_server.set_default_sink("speakers")
    only = pipewire_alone(pipewire_server)
    with (
        pipewire_server.play(steady, "speakers"),
        daemon("--source", "loopback", env=only) as running,
    ):
        place = running.wait_state("capturing")
        assert running.events[place]["source"] == "speakers.monitor"
        running.wait_genre(after=place)
        pipewire_server.set_default_sink("hall")
        running.wait(on("hall.monitor"), after=place)


def pipewire_alone(server: PipeWire) -> dict[str, str]:
    """Return an environment in which only PipeWire's own socket is to be seen."""
    alone = server.folder / "alone"
    alone.mkdir(mode=0o700)
    (alone / "pipewire-0").symlink_to(server.runtime / "pipewire-0")
    return {**server.env, "XDG_RUNTIME_DIR": str(alone)}


def test_a_device_of_portaudio_is_captured_and_comes_back(
    pulse_server: PulseAudio, steady: Path
) -> None:
    add_alsa_device(pulse_server)
    with (
        pulse_server.play(steady, "hall"),
        daemon("--source", "hallmic, ALSA", env=pulse_server.env) as running,
    ):
        place = running.wait_state("capturing")
        assert running.events[place]["source"] == "hallmic, ALSA"
        at = running.wait_genre(after=place)
        pulse_server.kill()
        lost = running.wait_state("lost", after=at)
        pulse_server.start()
        there_s = time.monotonic()
        back = running.wait_state("capturing", after=lost)
        print(f"back after {running.times_s[back] - there_s:.2f} s")


def add_alsa_device(server: PulseAudio) -> None:
    """Let ALSA show a microphone, `hallmic`, that hears what is played into the sink `hall`."""
    server.add_sink("hall")
    hint = 'hint { show on description "Hall" }'
    (server.folder / ".asoundrc").write_text(
        f'pcm.hallmic {{ type pulse device "{monitor("hall")}" {hint} }}\n'
    )


def test_a_loop_that_stalls_tells_its_overruns_and_stays_on_time(
    pulse_server: PulseAudio, steady: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop itself, through PortAudio itself, with a model that once takes five seconds."""
    add_alsa_device(pulse_server)
    for name in ("HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, pulse_server.env[name])
    said: list[wire.Event] = []
    stalls = iter([5.0])

    def slow(_: object) -> list[float]:
        time.sleep(next(stalls, 0.0))
        return [0.1, 0.1, 0.8]

    clock = SystemClock()
    with (
        pulse_server.play(steady, "hall"),
        StopSignal() as stop,
        Publisher(["tcp://127.0.0.1:*"], "bar", "s", clock.utc) as publisher,
    ):

        def told(event: wire.Event) -> None:
            said.append(event)
            stop.requested = isinstance(event, wire.Status) and event.audio_time > 14

        chosen = make_input("hallmic, ALSA")
        Live(FakeModel(slow), chosen, publisher, clock, stop, told=told).run()
    overruns = [e for e in said if isinstance(e, wire.Capture) and "overrun" in e.reason]
    beats = [e for e in said if isinstance(e, wire.Status)]
    behind_s = (beats[-1].time - beats[0].time) - (beats[-1].audio_time - beats[0].audio_time)
    print(f"{overruns[0].reason}; {behind_s:.2f} s behind the clock at the end")
    assert beats[-1].overruns == overruns[-1].overruns >= 8
    assert abs(behind_s) < 1.0
