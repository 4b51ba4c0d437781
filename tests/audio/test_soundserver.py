"""A sound server's sources: which one is meant, how it is recorded, and where a recording hears."""

import itertools
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from genred.audio import soundserver
from genred.audio.names import NoSuchDeviceError
from genred.audio.server_state import DOWN, Recording, ServerSource, ServerState
from genred.audio.soundserver import (
    ServerInput,
    ServerStream,
    SoundServer,
    Wanted,
    check_place,
    command,
    followed,
    recorder,
    watcher,
)
from genred.audio.source import Input, LiveSource, MisplacedError
from genred.errors import GenredError, UsageError
from live_fakes import WAIT_S, alive, in_thread, open_files, program, wait_until

RATE = 22050


def source(name: str, monitor_of: str | None = None, **fields: object) -> ServerSource:
    made = ServerSource(
        name=name, description=f"The {name}", sample_rate=48000, channels=2, channel_map=[],
        monitor_of=monitor_of,
    )  # fmt: skip
    return msgspec.structs.replace(made, **fields)


MIC, SPEAKERS, HDMI = source("mic"), source("spk.monitor", "spk"), source("hdmi.monitor", "hdmi")
UP = ServerState(
    up=True, settled=True, default_source="mic", default_sink="spk", sources=[MIC, SPEAKERS, HDMI]
)


def changed(**fields: object) -> ServerState:
    return msgspec.structs.replace(UP, **fields)


def hearing(name: str, **fields: object) -> ServerState:
    return changed(recordings=[Recording("other", "hdmi.monitor"), Recording("t", name)], **fields)


def test_what_a_word_means() -> None:
    assert followed(UP, Wanted.DEFAULT) is MIC
    assert followed(UP, Wanted.LOOPBACK) is SPEAKERS


@pytest.mark.parametrize(
    ("wanted", "words"),
    [(Wanted.DEFAULT, "no default source"), (Wanted.LOOPBACK, "no default sink to listen to")],
)
def test_a_word_that_means_nothing_now_is_said(wanted: Wanted, words: str) -> None:
    with pytest.raises(NoSuchDeviceError, match=words):
        followed(changed(default_source="", default_sink=""), wanted)


@pytest.mark.parametrize("follows", [None, *Wanted])
@pytest.mark.parametrize("state", [DOWN, UP, hearing("")], ids=["down", "new", "connecting"])
def test_a_recording_of_which_nothing_is_known_is_where_it_was(
    state: ServerState, follows: Wanted | None
) -> None:
    check_place(state, "t", "mic", follows)


def test_a_named_recording_that_hears_its_own_is_left_alone() -> None:
    check_place(hearing("mic", default_source="hdmi.monitor"), "t", "mic", None)


@pytest.mark.parametrize("settled", [True, False])
def test_a_named_recording_that_was_moved_is_misplaced_at_once(settled: bool) -> None:
    with pytest.raises(
        MisplacedError, match=r"moved by the sound server to hdmi.monitor"
    ) as caught:
        check_place(hearing("hdmi.monitor", settled=settled), "t", "mic", None)
    assert not caught.value.follow


@pytest.mark.parametrize(
    ("follows", "fields", "now"),
    [
        (Wanted.DEFAULT, {"default_source": "hdmi.monitor"}, "hdmi.monitor"),
        (Wanted.LOOPBACK, {"default_sink": "hdmi"}, "hdmi.monitor"),
    ],
)
@pytest.mark.parametrize("moved", [True, False])
def test_one_that_follows_is_opened_anew_once_all_has_settled(
    follows: Wanted, fields: dict[str, str], now: str, *, moved: bool
) -> None:
    """Also where the server moved it along: the new one's rate and channels may be others."""
    state = hearing(now if moved else "before", settled=False, **fields)
    check_place(state, "t", "before", follows)
    with pytest.raises(MisplacedError, match=f"the default is {now} now") as caught:
        check_place(msgspec.structs.replace(state, settled=True), "t", "before", follows)
    assert caught.value.follow


def test_one_that_follows_stays_where_it_is_while_there_is_no_default() -> None:
    state = hearing("spk.monitor", default_sink="", settled=True)
    check_place(state, "t", "spk.monitor", Wanted.LOOPBACK)


SIX = source("mic", sample_rate=44100, channels=3, channel_map=["front-left", "lfe", "aux0"])


def test_parec_is_asked_for_small_blocks_of_the_sources_own_shape() -> None:
    assert command("parec", SIX, "t", stays=False) == [
        "parec", "--raw", "--format=float32le", "--device=mic", "--latency-msec=250",
        "--client-name=genred", "--stream-name=genred", "--rate=44100", "--channels=3",
        "--channel-map=front-left,lfe,aux0", "--property=genred.token=t",
    ]  # fmt: skip


def test_parec_hears_a_monitor_by_its_own_name_and_asks_to_stay() -> None:
    assert command("parec", SPEAKERS, "t", stays=True) == [
        "parec", "--raw", "--format=float32le", "--device=spk.monitor", "--latency-msec=250",
        "--client-name=genred", "--stream-name=genred", "--rate=48000", "--channels=2",
        "--property=genred.token=t", "--property=node.dont-reconnect=true",
    ]  # fmt: skip


def test_pw_record_hears_a_microphone_by_its_name() -> None:
    assert command("pw-record", SIX, "t", stays=False) == [
        "pw-record", "--format=f32", "--target=mic", "--latency=250ms", "--rate=44100",
        "--channels=3", "--channel-map=front-left,lfe,aux0",
        '--properties={"genred.token": "t"}', "-",
    ]  # fmt: skip


def test_pw_record_hears_a_monitor_as_what_its_sink_plays() -> None:
    *first, properties, last = command("pw-record", SPEAKERS, "t", stays=True)
    assert first == [
        "pw-record", "--format=f32", "--target=spk", "--latency=250ms", "--rate=48000",
        "--channels=2",
    ]  # fmt: skip
    assert json.loads(properties.removeprefix("--properties=")) == {
        "genred.token": "t", "node.dont-reconnect": "true", "stream.capture.sink": "true",
    }  # fmt: skip
    assert last == "-"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let only the programs in a folder be found, and no server."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    return tmp_path


def test_parec_comes_before_pw_record(folder: Path) -> None:
    program(folder, "pw-record", "")
    assert recorder() == "pw-record"
    program(folder, "parec", "")
    assert recorder() == "parec"


def test_without_a_recorder_it_is_said_what_to_install(folder: Path) -> None:
    with pytest.raises(GenredError, match="apt-get install pulseaudio-utils"):
        recorder()
    assert not list(folder.iterdir())


def test_the_watcher_is_that_of_the_protocol_that_can_be_spoken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soundserver, "find_library", lambda _: None)
    assert watcher() is None
    program(folder, "pw-dump", "")
    assert watcher() == "genred.audio.children.pipewire_watch"
    monkeypatch.setattr(soundserver, "find_library", lambda _: "libpulse.so.0")
    assert watcher() == "genred.audio.children.pulse_watch"


def test_where_only_pipewire_is_spoken_its_own_programs_are_taken(folder: Path) -> None:
    for name in ("parec", "pw-record", "pw-dump"):
        program(folder, name, "")
    (folder / "run").mkdir()
    (folder / "run" / "pipewire-0").touch()
    assert (watcher(), recorder()) == ("genred.audio.children.pipewire_watch", "pw-record")
    (folder / "run" / "pulse").mkdir()
    (folder / "run" / "pulse" / "native").touch()
    assert recorder() == "parec"


class FakeServer(SoundServer):
    """A server that says what a test wants."""

    def __init__(self, state: ServerState = UP) -> None:
        super().__init__()
        self.state = state

    def state_soon(self) -> ServerState:
        return self.state


RECORDS = """
import os, struct
block = struct.pack("<f", 0.25) * 24000
while True:
    os.write(1, block)
"""


@pytest.fixture
def parec(folder: Path) -> Path:
    return program(folder, "parec", RECORDS)


def opened(chosen: ServerInput) -> ServerStream:
    return chosen.open(RATE, time.monotonic)


@pytest.mark.usefixtures("parec")
@pytest.mark.parametrize(
    ("wanted", "name"),
    [(Wanted.DEFAULT, "mic"), (Wanted.LOOPBACK, "spk.monitor"), ("HDMI", "hdmi.monitor")],
)
def test_a_source_is_recorded(wanted: Wanted | str, name: str) -> None:
    chosen: Input = ServerInput(wanted, FakeServer())  # mypy holds the rest
    with chosen.open(RATE, time.monotonic) as stream:
        assert (stream.name, stream.sample_rate, stream.channels) == (name, 48000, 2)
        blocks = [block.samples for block in itertools.islice(stream, 4)]
        heard = np.concatenate(blocks)
    assert heard[2000:] == pytest.approx(0.25, abs=1e-3)


@pytest.mark.usefixtures("parec")
def test_what_is_shown_is_what_was_asked_for() -> None:
    names = [ServerInput(wanted, FakeServer()).name for wanted in (*Wanted, "HDMI")]
    assert names == ["default", "loopback", "HDMI"]


@pytest.mark.usefixtures("parec")
def test_a_recording_that_is_closed_ends_and_leaves_nothing(folder: Path) -> None:
    program(folder, "parec", "import time\ntime.sleep(1000)")
    chosen = ServerInput("mic", FakeServer())
    before = open_files()
    with opened(chosen) as stream:
        result = in_thread(lambda: [block.samples.size for block in stream])
        stream.close()
        assert sum(result.result(WAIT_S)) == 0
    assert open_files() == before


@pytest.mark.parametrize(
    ("wanted", "state", "words"),
    [
        (Wanted.DEFAULT, UP, "^parec ended: Stream error$"),
        ("mic", UP, r"^the sound server took mic away \(parec ended: Stream error\)$"),
        ("mic", DOWN, "^parec ended: Stream error$"),
    ],
)
def test_a_recorder_that_ends_is_an_error_with_its_words(
    folder: Path, wanted: Wanted | str, state: ServerState, words: str
) -> None:
    program(folder, "parec", "import sys\nsys.exit('Stream error')")
    server = FakeServer()
    with opened(ServerInput(wanted, server)) as stream:
        server.state = state
        with pytest.raises(GenredError, match=words):
            list(stream)


@pytest.mark.usefixtures("parec")
def test_a_named_source_is_never_replaced_by_one_of_a_like_name() -> None:
    server = FakeServer()
    chosen = ServerInput("HDMI", server)
    opened(chosen).__exit__()
    server.state = changed(sources=[MIC, source("hdmi2.monitor", "hdmi2")])
    with pytest.raises(NoSuchDeviceError, match=r'^waiting for "hdmi.monitor"$'):
        opened(chosen)
    server.state = changed(sources=[MIC, source("hdmi2.monitor", "hdmi2"), HDMI])
    with opened(chosen) as stream:
        assert stream.name == "hdmi.monitor"


@pytest.mark.usefixtures("parec")
@pytest.mark.parametrize("wanted", Wanted)
def test_a_word_means_what_is_the_default_at_each_opening(wanted: Wanted) -> None:
    server = FakeServer()
    chosen = ServerInput(wanted, server)
    opened(chosen).__exit__()
    server.state = changed(default_source="hdmi.monitor", default_sink="hdmi")
    with opened(chosen) as stream:
        assert stream.name == "hdmi.monitor"


def test_errors_say_what_is_missing() -> None:
    with pytest.raises(GenredError, match=r"^no sound server answers \(refused\)$"):
        opened(ServerInput("mic", FakeServer(ServerState(up=False, why="refused"))))
    with pytest.raises(NoSuchDeviceError, match='no device named "usb" is there; there is "'):
        opened(ServerInput("usb", FakeServer()))
    with pytest.raises(UsageError, match="names several devices"):
        opened(ServerInput("monitor", FakeServer()))


def token_of(stream: ServerStream) -> str:
    return stream._token  # noqa: SLF001 - the server's side of it


@pytest.mark.usefixtures("parec")
def test_a_stream_that_follows_says_when_the_default_is_another() -> None:
    server = FakeServer()
    with opened(ServerInput(Wanted.LOOPBACK, server)) as stream:
        live: LiveSource = stream  # mypy holds the rest
        live.check_place()
        recording = [Recording(token_of(stream), "hdmi.monitor")]
        server.state = changed(default_sink="hdmi", recordings=recording, settled=True)
        with pytest.raises(MisplacedError):
            live.check_place()


@pytest.mark.usefixtures("parec")
def test_a_named_stream_that_was_moved_is_misplaced() -> None:
    server = FakeServer()
    with opened(ServerInput("mic", server)) as stream:
        server.state = changed(recordings=[Recording(token_of(stream), "hdmi.monitor")])
        with pytest.raises(MisplacedError):
            stream.check_place()


@pytest.mark.usefixtures("parec")
@pytest.mark.parametrize(
    ("state", "words"),
    [
        (UP, ""),
        (DOWN, "the sound server does not answer"),
        (changed(sources=[]), "mic is gone"),
        (changed(sources=[source("mic", suspended=True)]), "suspended by the sound server"),
    ],
)
def test_what_troubles_a_source_is_said(state: ServerState, words: str) -> None:
    server = FakeServer()
    with opened(ServerInput("mic", server)) as stream:
        server.state = state
        assert stream.trouble() == words


class Watched:
    """A server whose watcher is a script; all that it told is kept."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server = SoundServer()
        self.told: list[ServerState] = []
        self._script = folder / "watch.py"
        monkeypatch.setattr(soundserver, "watcher", lambda: "watch")
        monkeypatch.setattr(soundserver, "python", lambda _: [sys.executable, str(self._script)])
        monkeypatch.setattr(soundserver, "_RESTART_S", 0.01)

    def start(self, *lines: str, then: str = "time.sleep(1000)") -> None:
        says = "".join(f"print({line!r}, flush=True)\n" for line in lines)
        self._script.write_text(f"import os, time\n{says}{then}")
        self.server.start(lambda: self.told.append(self.server.state))

    def wait(self, count: int) -> list[ServerState]:
        wait_until(lambda: len(self.told) >= count)
        return self.told[:count]


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    made = Watched(tmp_path, monkeypatch)
    yield made
    made.server.stop()
    thread = made.server._thread  # noqa: SLF001 - nothing may be left of it
    if thread.ident:
        thread.join(WAIT_S)
        assert not thread.is_alive()


LINE = msgspec.json.encode(UP).decode()


def test_states_arrive_and_are_told(watched: Watched) -> None:
    watched.start('{"up": false, "why": "refused"}', LINE)
    first, second = watched.wait(2)
    assert (first.why, second) == ("refused", UP)
    assert watched.server.state == UP
    assert watched.server.seen


def test_what_is_no_state_is_passed_over(watched: Watched) -> None:
    watched.start("", "null", "[]", "{}", '{"up": 1}', '{"up": tr', "W: noise\ufffd", LINE)
    assert watched.wait(1) == [UP]


def test_a_watcher_that_dies_is_told_as_down_and_started_again(watched: Watched) -> None:
    watched.start(LINE, then="os.kill(os.getpid(), 9)")
    states = watched.wait(6)
    assert [state.up for state in states] == [True, False] * 3
    assert states[1].why == "its watcher ended"
    assert watched.server.seen


def test_only_what_comes_is_counted_as_an_arrival(watched: Watched) -> None:
    watched.start(LINE, LINE, msgspec.json.encode(changed(sources=[MIC])).decode(), LINE)
    watched.wait(4)
    assert watched.server.arrivals == 2


def test_a_watcher_that_cannot_be_started_is_told(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soundserver, "python", lambda _: ["no-such-program"])
    watched.start()
    assert "no-such-program" in watched.wait(1)[0].why


def test_without_any_means_to_watch_it_is_said(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soundserver, "watcher", lambda: None)
    watched.start()
    assert "neither libpulse0 nor pw-dump" in watched.server.state_soon().why


def test_the_first_word_is_waited_for_and_only_so_long(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soundserver, "FIRST_WORD_S", 0.05)
    assert watched.server.state_soon() == DOWN
    monkeypatch.setattr(soundserver, "FIRST_WORD_S", WAIT_S)
    watched.start(LINE)
    assert watched.server.state_soon() == UP


def test_stop_ends_the_watcher_for_good(watched: Watched) -> None:
    says = "print(json.dumps({'up': True, 'server': str(os.getpid())}), flush=True)"
    watched.start(then=f"import json\n{says}\ntime.sleep(1000)")
    pid = int(watched.wait(1)[0].server)
    assert alive(pid)
    watched.server.stop()
    watched.server._thread.join(WAIT_S)  # noqa: SLF001
    assert not alive(pid)


def test_a_server_that_was_never_started_can_be_stopped() -> None:
    SoundServer().stop()
