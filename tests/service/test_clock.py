"""The machine's clock, its sleep, and what stands on a wall clock."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from genred.service.clock import SystemClock, elapsed
from live_service import TurnedClock

RUNS_ON = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC_RAW"}
STANDS = {"linux": "CLOCK_MONOTONIC", "darwin": "CLOCK_UPTIME_RAW"}


class Machine:
    """A system's two clocks, with a pause before each reading of one."""

    def __init__(self, platform: str) -> None:
        self.awake_s = 1000.0
        self.asleep_s = 0.0
        self.pause_s = 0.0
        self.first_pauses_s: list[float] = []
        self.time = SimpleNamespace(
            clock_gettime=self._read, **{RUNS_ON[platform]: "all", STANDS[platform]: "awake"}
        )

    def _read(self, which: str) -> float:
        self.awake_s += self.first_pauses_s.pop(0) if self.first_pauses_s else self.pause_s
        return self.awake_s + (self.asleep_s if which == "all" else 0.0)


@pytest.fixture(params=["linux", "darwin"])
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(request.param)
    monkeypatch.setattr("genred.service.clock.sys", SimpleNamespace(platform=request.param))
    monkeypatch.setattr("genred.service.clock.time", made.time)
    return made


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[float]], SystemClock]:
    def clock(readings: list[float]) -> SystemClock:
        given = iter(readings)
        monkeypatch.setattr("genred.service.clock._FIRST_READINGS", 1)
        monkeypatch.setattr("genred.service.clock._sleep_counter", lambda: lambda: next(given))
        return SystemClock()

    return clock


def test_sleep_is_counted(machine: Machine) -> None:
    clock = SystemClock()
    begun_s = clock.asleep()
    machine.awake_s += 7.0
    assert clock.asleep() == begun_s
    machine.asleep_s += 60.0
    assert clock.asleep() - begun_s == 60.0


def test_a_pause_between_two_readings_is_no_sleep(machine: Machine) -> None:
    clock = SystemClock()
    begun_s = clock.asleep()
    machine.pause_s = 5.0
    assert clock.asleep() == begun_s
    machine.pause_s = 0.0
    assert clock.asleep() == begun_s


@pytest.mark.parametrize("pauses", [0, 1, 4])
def test_one_reading_in_time_is_enough_to_begin_with(machine: Machine, pauses: int) -> None:
    machine.first_pauses_s = [5.0, 5.0] * pauses
    clock = SystemClock()
    machine.pause_s = 5.0
    assert clock.asleep() == 0.0
    machine.pause_s = 0.0
    assert clock.asleep() == 0.0


def test_sleep_before_a_pause_is_seen_after_it(machine: Machine) -> None:
    clock = SystemClock()
    begun_s = clock.asleep()
    machine.asleep_s, machine.pause_s = 60.0, 5.0
    assert 0.0 <= clock.asleep() - begun_s <= 60.0
    machine.pause_s = 0.0
    assert clock.asleep() - begun_s == 60.0


def test_sleep_never_goes_back(counting: Callable[[list[float]], SystemClock]) -> None:
    clock = counting([2.0, 1.0, 5.0, 3.0, 8.0])
    assert [clock.asleep() for _ in range(4)] == [2.0, 5.0, 5.0, 8.0]


def test_where_monotonic_runs_on_in_sleep_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genred.service.clock.sys", SimpleNamespace(platform="win32"))
    assert SystemClock().asleep() == 0.0


def test_elapsed_is_running_and_sleep_together() -> None:
    clock = TurnedClock()
    assert elapsed(clock) == 1050.0
    clock.running_s += 1.0
    clock.asleep_s += 10.0
    assert elapsed(clock) == 1061.0


def test_the_machines_clock_is_the_machines() -> None:
    clock = SystemClock()
    before, before_utc = time.monotonic(), time.time()
    assert before <= clock.monotonic() <= time.monotonic()
    assert before_utc <= clock.utc() <= time.time()
