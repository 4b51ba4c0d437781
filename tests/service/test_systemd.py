"""What systemd is told, at a real socket, with a clock that the test turns."""

import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest

from genred.audio.recovery import NEXT, Saw, State
from genred.errors import GenredError
from genred.service.systemd import Notifier
from live_fakes import in_thread
from live_service import LiveSession

WATCHDOG_S = 10.0


class Manager:
    """systemd's end of the socket; `path` is as in NOTIFY_SOCKET."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{path[1:]}" if path.startswith("@") else path)
        self._socket.settimeout(0)

    def told(self) -> list[str]:
        """Return what was sent since the last time, a datagram each."""
        words = []
        while True:
            try:
                words.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return words

    @property
    def fed(self) -> bool:
        """Whether there was a sign of life since the last time."""
        return "WATCHDOG=1" in self.told()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    with Manager(f"{tmp_path}/notify") as one:
        yield one


Make = Callable[..., LiveSession]


@pytest.fixture
def make(manager: Manager, tmp_path: Path) -> Iterator[Make]:
    """Make a live session that tells the manager."""
    made: list[LiveSession] = []

    def one(**options: object) -> LiveSession:
        def notifier(now: Callable[[], float]) -> Notifier:
            return Notifier(manager.path, WATCHDOG_S, now)

        made.append(LiveSession(tmp_path, notifier=notifier, **options))  # type: ignore[arg-type]
        return made[-1].__enter__()

    yield one
    for session in reversed(made):
        session.__exit__()


# The protocol.


@pytest.mark.parametrize("abstract", [False, True])
def test_words_arrive_as_systemd_reads_them(tmp_path: Path, *, abstract: bool) -> None:
    path = f"@genred-{uuid.uuid4().hex}" if abstract else f"{tmp_path}/notify"
    environ = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "10000000"}
    with Manager(path) as manager:
        notifier = Notifier.from_environment(environ, lambda: 12.5)
        notifier.ready()
        notifier.status("rock;\n capturing  mic")
        notifier.watchdog()
        notifier.reloading()
        notifier.ready()
        notifier.stopping()
        assert manager.told() == [
            "READY=1",
            "STATUS=rock; capturing mic",
            "WATCHDOG=1",
            "RELOADING=1\nMONOTONIC_USEC=12500000",
            "READY=1",
            "STOPPING=1",
        ]


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "/no/such/socket", "@nobody", "x" * 200])
def test_where_nobody_listens_nothing_is_raised(address: str) -> None:
    notifier = Notifier(address, WATCHDOG_S)
    for say in (notifier.ready, notifier.reloading, notifier.stopping, notifier.watchdog):
        say()
    notifier.status("well")


def test_a_full_socket_is_not_waited_for_and_what_counts_comes_later(manager: Manager) -> None:
    notifier = Notifier(manager.path, WATCHDOG_S)
    for number in range(300):
        notifier.status(str(number))
    notifier.ready()
    assert "READY=1" not in manager.told()
    notifier.watchdog()
    assert manager.told() == ["STATUS=299", "READY=1", "WATCHDOG=1"]


def test_a_status_that_has_not_changed_is_not_sent_again(manager: Manager) -> None:
    notifier = Notifier(manager.path)
    for text in ("a", "a", "b", "b", "a"):
        notifier.status(text)
    assert manager.told() == ["STATUS=a", "STATUS=b", "STATUS=a"]


def test_any_text_is_a_status(manager: Manager) -> None:
    notifier = Notifier(manager.path)
    notifier.status("x" * 1_000_000)
    notifier.status("mic\udc80\n")
    notifier.ready()
    assert [word[:12] for word in manager.told()] == ["STATUS=xxxxx", "STATUS=mic?", "READY=1"]


@pytest.mark.parametrize(
    ("said", "watched"),
    [
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid())}, True),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, False),
        ({"WATCHDOG_USEC": "0"}, False),
        ({"WATCHDOG_USEC": "soon"}, False),
        ({}, False),
    ],
)
def test_who_is_not_watched_gives_no_sign_of_life(
    manager: Manager, said: dict[str, str], *, watched: bool
) -> None:
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": manager.path, **said})
    notifier.watchdog()
    assert manager.fed == watched


def test_signs_of_life_come_four_times_in_the_time_that_is_allowed(manager: Manager) -> None:
    now = [0.0]
    notifier = Notifier(manager.path, WATCHDOG_S, lambda: now[0])
    feeds = []
    for tick in range(100):
        now[0] = tick / 4
        notifier.watchdog()
        feeds += [now[0]] * len(manager.told())
    assert feeds == [0.0, 2.5, 5.0, 7.5, 10.0, 12.5, 15.0, 17.5, 20.0, 22.5]


# When the daemon says them.


def test_it_is_ready_once_its_socket_is_bound(make: Make, manager: Manager) -> None:
    session = make()
    assert manager.told() == ["STATUS=recovering: starting", "READY=1"]
    assert session.publisher.endpoints


def test_the_status_is_the_genre_and_how_the_capture_is(make: Make, manager: Manager) -> None:
    session = make()
    session.hear(5.0)
    assert manager.told()[-1] == "WATCHDOG=1"
    session.live.pause()
    assert "STATUS=rock; paused: asked to pause" in manager.told()


def test_what_plays_feeds_the_watchdog(make: Make, manager: Manager) -> None:
    session = make()
    stream = session.hear(1.0)
    manager.told()
    for _ in range(10):
        session.play(stream, WATCHDOG_S / 3)
        assert manager.fed


@pytest.mark.parametrize("state", ["recovering", "paused"])
def test_a_named_wait_feeds_it_though_nothing_is_heard(
    make: Make, manager: Manager, state: str
) -> None:
    session = make()
    stream = session.hear(1.0)
    if state == "paused":
        session.live.pause()
    else:
        stream.given.put(GenredError("unplugged"))
    session.until(lambda: session.states[-1] == state)
    manager.told()
    for _ in range(20):
        session.turn(WATCHDOG_S / 3)
        assert manager.fed


def test_capturing_with_nothing_moving_does_not_feed_it(make: Make, manager: Manager) -> None:
    session = make(quiet_is_silence=True)  # no timer of the capture's own ends it here
    session.hear(1.0)
    manager.told()
    for _ in range(20):
        session.turn(WATCHDOG_S / 3)
    assert session.states[-1] == "capturing"
    assert not manager.fed


def test_a_dead_source_is_given_up_long_before_the_watchdog_would_bite(
    make: Make, manager: Manager
) -> None:
    session = make()
    session.hear(1.0)
    begun_s = session.clock.monotonic()
    manager.told()
    while not manager.fed:
        session.turn(0.25)
    assert session.clock.monotonic() - begun_s < WATCHDOG_S / 2


def test_a_pipeline_that_hangs_does_not_feed_it(make: Make, manager: Manager) -> None:
    hangs, goes_on = threading.Event(), threading.Event()

    def says(_: object) -> list[float]:
        if hangs.is_set():
            goes_on.wait()
        return [0.1, 0.1, 0.8]

    session = make(says=says)
    stream = session.hear(4.0)
    manager.told()
    hangs.set()
    playing = in_thread(lambda: session.play(stream, 1.0))
    try:
        # It was fed for blocks before the one that hangs, at most.
        session.clock.running_s += WATCHDOG_S
        manager.told()
        for _ in range(10):
            session.clock.running_s += WATCHDOG_S
            assert not manager.fed
    finally:
        goes_on.set()
    playing.result(20)


def test_a_loop_that_hangs_does_not_feed_it_whatever_its_reader_does(
    make: Make, manager: Manager
) -> None:
    session = make()
    stream = session.hear(1.0)
    manager.told()
    for _ in range(20):  # blocks come, time passes, nobody turns
        session.play(stream, 1.0, turned=False)
        session.clock.running_s += 1.0
    stream.drained()
    assert not manager.fed


def test_only_states_that_the_table_leaves_by_itself_or_on_request_are_waited_in() -> None:
    """A state that could hold for ever with nothing to wake it would hide a dead daemon."""
    ends = {State.RECOVERING: Saw.QUIET, State.LOST: Saw.AGAIN, State.PAUSED: Saw.RESUME}
    for state, saw in ends.items():
        assert NEXT[state, saw].state is not state


def test_its_end_is_told_before_its_last_words(make: Make, manager: Manager) -> None:
    session = make()
    session.hear(1.0)
    manager.told()
    session.stop.ask()
    session.turn()
    assert manager.told() == ["STOPPING=1", "STATUS=unknown; ended: interrupted"]
