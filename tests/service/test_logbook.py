"""The log of a daemon: what stands in it, and that nothing it lies on can hold the daemon up."""

import os
import resource
import select
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from genred.errors import GenredError, UsageError
from genred.events import Capture, Genre, Status
from genred.service.logbook import Logbook
from live_fakes import WAIT_S, wait_until
from live_service import TurnedClock

FULL = Path("/dev/full")


@dataclass(frozen=True)
class Wishes:
    level: str = "info"
    to: str = "stderr"
    max_mb: float = 10.0
    keep: int = 5


def genre(label: str = "rock") -> Genre:
    return Genre(stream="bar", session="s", seq=0, time=0.0, audio_time=1.0, genre=label, onset=0.5)


def capture(state: str = "lost", reason: str = "unplugged") -> Capture:
    return Capture(
        stream="bar", session="s", seq=0, time=0.0, audio_time=1.0, source="mic",
        state=state, reason=reason,  # type: ignore[arg-type]
    )  # fmt: skip


def heartbeat() -> Status:
    return Status(
        stream="bar", session="s", seq=0, time=0.0, audio_time=1.0, capture="capturing",
        uptime_s=1.0, model="base", interval_s=1.0, last_seq={},
    )  # fmt: skip


class Stderr:
    """A pipe in place of file descriptor 2."""

    def __init__(self) -> None:
        self.read_fd, self.fd = os.pipe()

    def text(self) -> str:
        """What has been written by now."""
        found = b""
        while select.select([self.read_fd], [], [], 0)[0] and (
            got := os.read(self.read_fd, 1 << 16)
        ):
            found += got
        return found.decode()


@pytest.fixture
def stderr() -> Iterator[Stderr]:
    made = Stderr()
    yield made
    ended()
    os.close(made.read_fd)
    os.close(made.fd)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


def ended() -> None:
    """Wait for the end of all threads that write."""
    for thread in threading.enumerate():
        if thread.name == "log":
            thread.join(WAIT_S)
            assert not thread.is_alive()


def written(path: Path) -> Callable[[int], bool]:
    return lambda count: path.exists() and path.read_bytes().count(b"\n") >= count


def test_events_and_notices_are_lines_on_stderr(stderr: Stderr, clock: TurnedClock) -> None:
    with Logbook(Wishes(), clock, fd=stderr.fd) as log:
        log.info("started", version="0.1.0", model="base")
        log(genre())
        log(heartbeat())
        log.error("a key can't be read", path="a b")
    ended()
    assert stderr.text().splitlines() == [
        "genred: started version=0.1.0 model=base",
        "genred: genre is rock stream=bar genre=rock onset=0.5 audio_time=1",
        'genred: a key can\'t be read path="a b"',
    ]


def test_a_journal_gets_priorities(stderr: Stderr, clock: TurnedClock) -> None:
    with Logbook(Wishes(to="journal"), clock, fd=stderr.fd) as log:
        log(genre())
        log(capture())
    ended()
    assert [line[:18] for line in stderr.text().splitlines()] == [
        "<6>genred: genre i", "<4>genred: capture"
    ]  # fmt: skip


def test_events_that_stdout_tells_are_left_to_it(stderr: Stderr, clock: TurnedClock) -> None:
    with Logbook(Wishes(), clock, events=False, fd=stderr.fd) as log:
        log(genre())
        log.warning("reload refused", keys="model")
    ended()
    assert stderr.text() == "genred: reload refused keys=model\n"


def test_the_level_can_be_changed_while_it_runs(stderr: Stderr, clock: TurnedClock) -> None:
    with Logbook(Wishes(level="warning"), clock, fd=stderr.fd) as log:
        log(genre())
        log.level = "debug"
        log.debug("asked", method="status")
        log.level = "error"
        log(capture())
    ended()
    assert stderr.text() == "genred: asked method=status\n"


def test_a_level_that_there_is_not_is_refused_and_changes_nothing(clock: TurnedClock) -> None:
    with pytest.raises(UsageError, match="use debug, info, warning, error"):
        Logbook(Wishes(level="loud"), clock)
    log = Logbook(Wishes(level="warning"), clock)
    with pytest.raises(UsageError, match='"loud"'):
        log.level = "loud"
    assert log.level == "warning"


def test_a_device_that_flaps_for_an_hour_gives_few_lines(
    stderr: Stderr, clock: TurnedClock
) -> None:
    with Logbook(Wishes(), clock, fd=stderr.fd) as log:
        for number in range(3600):
            for state in ("capturing", "lost", "recovering"):
                log(capture(state, f"attempt {number}"))
            log(heartbeat())
            clock.running_s += 1.0
    ended()
    lines = stderr.text().splitlines()
    assert len(lines) <= 3 * (5 + 60)
    # The first lines of each, and nothing uncounted.
    counts = [int(line.split(", ")[1].split()[0]) for line in lines if "more like it" in line]
    assert len(lines) - len(counts) + sum(counts) == 3 * 3600


def test_a_count_is_told_by_the_heartbeat_after_it(stderr: Stderr, clock: TurnedClock) -> None:
    with Logbook(Wishes(), clock, fd=stderr.fd) as log:
        for _ in range(8):
            log(capture())
        clock.running_s += 61.0
        log(heartbeat())
        wait_until(lambda: select.select([stderr.read_fd], [], [], 0)[0] != [])
    ended()
    assert "capture is lost, 3 more like it in the last minute stream=bar" in stderr.text()


def test_a_file_is_rotated(tmp_path: Path, clock: TurnedClock) -> None:
    with Logbook(Wishes(to=str(tmp_path / "log"), max_mb=0.001, keep=2), clock) as log:
        for number in range(100):
            log(genre(f"label-{number}"))
    ended()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["log", "log.1", "log.2"]
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())
    assert "genre is label-99" in (tmp_path / "log").read_text().splitlines()[-1]


def test_a_clock_that_is_set_back_changes_times_and_no_order(
    tmp_path: Path, clock: TurnedClock
) -> None:
    with Logbook(Wishes(to=str(tmp_path / "log")), clock) as log:
        log(genre("jazz"))
        clock.set_back(3600.0)
        log(genre("rock"))
    ended()
    before, after = (tmp_path / "log").read_text().splitlines()
    assert "genre is jazz" in before
    assert "genre is rock" in after
    assert after[:24] < before[:24]


def test_an_error_that_ends_the_daemon_stands_in_its_file(
    tmp_path: Path, clock: TurnedClock
) -> None:
    with (
        pytest.raises(GenredError),
        Logbook(Wishes(to=str(tmp_path / "log")), clock),
    ):
        raise GenredError("tcp://127.0.0.1:5570 is taken")
    ended()
    assert (
        'error   ended by an error reason="tcp://127.0.0.1:5570 is taken"'
        in (tmp_path / "log").read_text()
    )


# Faults.


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
def test_a_full_disk_is_told_once_and_stops_nothing(stderr: Stderr, clock: TurnedClock) -> None:
    with Logbook(Wishes(to=str(FULL)), clock, fd=stderr.fd) as log:
        for number in range(50):
            log(genre(f"label-{number}"))
    ended()
    assert stderr.text() == (
        "genred: can't write the log /dev/full: No space left on device; goes on without it\n"
    )


def test_a_disk_that_was_full_is_written_on_again_and_what_is_missing_is_said(
    tmp_path: Path, stderr: Stderr, clock: TurnedClock
) -> None:
    path = tmp_path / "log"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Logbook(Wishes(to=str(path)), clock, fd=stderr.fd) as log:
        log(genre("jazz"))
        wait_until(lambda: written(path)(1))
        try:  # the signal that comes with it is ignored by Python
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, hard))
            log(genre("rock"))
            log(genre("pop"))
            wait_until(lambda: select.select([stderr.read_fd], [], [], 0)[0] != [])
            wait_until(lambda: log.left_out == 2)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        log(genre("blues"))
    ended()
    assert stderr.text().count("\n") == 1
    first, torn, missed, last = path.read_text().splitlines()
    assert "jazz" in first
    assert len(torn) == 10
    assert 'lines were left out of this log count=2 reason="File too large"' in missed
    assert "genre is blues" in last


def test_a_folder_that_goes_and_comes_back_is_told_once(
    tmp_path: Path, stderr: Stderr, clock: TurnedClock
) -> None:
    path = tmp_path / "logs" / "log"
    path.parent.mkdir()
    with Logbook(Wishes(to=str(path)), clock, fd=stderr.fd) as log:
        log(genre("jazz"))
        wait_until(lambda: written(path)(1))
        shutil.rmtree(path.parent)
        log(genre("rock"))
        wait_until(lambda: log.left_out == 1)
        path.parent.mkdir()
        log(genre("blues"))
    ended()
    assert stderr.text() == (
        f"genred: can't write the log {path}: No such file or directory; goes on without it\n"
    )
    missed, last = path.read_text().splitlines()
    assert "count=1" in missed
    assert "genre is blues" in last


def test_a_stderr_that_nobody_reads_holds_nobody_up(stderr: Stderr, clock: TurnedClock) -> None:
    def live() -> None:
        with Logbook(Wishes(), clock, fd=stderr.fd) as log:
            for number in range(5000):
                log(genre(f"label-{number}-" + "x" * 200))
                clock.running_s += 61.0  # no flood

    session = threading.Thread(target=live, daemon=True)
    session.start()
    session.join(WAIT_S)
    assert not session.is_alive()
    while any(thread.name == "log" for thread in threading.enumerate()):
        stderr.text()


def test_a_stderr_that_is_closed_ends_nothing(clock: TurnedClock) -> None:
    read_fd, fd = os.pipe()
    os.close(read_fd)
    with Logbook(Wishes(to="journal"), clock, fd=fd) as log:
        log(genre())
        log(capture())
    ended()
    os.close(fd)
