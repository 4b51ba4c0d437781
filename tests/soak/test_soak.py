"""A day of audio through the real loop: nothing grows, nothing is lost, nothing comes twice."""

import contextlib
import itertools
import json
import random
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zmq

from genred.errors import GenredError
from genred.wire.request import ask
from genred.wire.subscriber import Subscriber
from programs import WAIT_S, raw_subscriber

DRIVER = Path(__file__).with_name("driver.py")
GROWTH_KB = 2048
"""what memory may grow by from minute 5 of the audio to the end"""
QUIET_S = 1.0
"""a comer that hears nothing for so long goes; only the driver's end is so quiet"""


class Reader:
    """A constant subscriber: every event after it had joined, in the order in which it came."""

    def __init__(self, socket: "zmq.Socket[bytes]") -> None:
        self._socket = socket
        self.numbers: dict[str, list[int]] = defaultdict(list)
        self.states: dict[str, int] = defaultdict(int)
        self.audio_s: dict[str, list[float]] = defaultdict(list)

    def read_to(self, last_seq: dict[str, int]) -> None:
        """Read until all that was sent has come; a timeout is a loss."""
        while any(self.numbers[kind][-1:] != [last] for kind, last in last_seq.items()):
            if not self._socket.poll(WAIT_S * 1000):
                held = {kind: numbers[-1:] for kind, numbers in self.numbers.items()}
                raise TimeoutError(f"lost: {last_seq} was sent, {held} came")
            event: dict[str, Any] = msgspec.json.decode(self._socket.recv_multipart()[1])
            if event["retained"]:
                continue
            self.numbers[event["type"]].append(event["seq"])
            self.audio_s[event["type"]].append(event["audio_time"])
            if event["type"] == "capture":
                self.states[event["state"]] += 1


@contextlib.contextmanager
def comers_and_goers(endpoint: str) -> Iterator[list[int]]:
    """Let others join, read a little and leave, all the time; yields what each of them read."""
    over, read = threading.Event(), list[int]()

    def come_and_go() -> None:
        draw = random.Random(1)
        while not over.is_set():
            with Subscriber(endpoint, timeout_s=QUIET_S) as one:
                read.append(sum(1 for _ in itertools.islice(one, draw.randrange(20))))

    thread = threading.Thread(target=come_and_go, daemon=True)
    thread.start()
    try:
        yield read
    finally:
        over.set()
        thread.join(WAIT_S)


@contextlib.contextmanager
def asker(endpoint: str) -> Iterator[list[str]]:
    """Ask how it is, all the time, while there are answers; yields what each called the stream."""
    over, answers = threading.Event(), list[str]()

    def ask_on() -> None:
        with contextlib.suppress(GenredError):  # the end of what is asked
            while not over.is_set():
                answers.append(ask(endpoint, "status", timeout_s=WAIT_S)["stream"])

    thread = threading.Thread(target=ask_on, daemon=True)
    thread.start()
    try:
        yield answers
    finally:
        over.set()
        thread.join(WAIT_S)


def soak(folder: Path, hours: float) -> None:
    """Run the driver and hold all that it says and sends against each other."""
    endpoint, told = f"ipc://{folder}/events", list[dict[str, Any]]()
    begun_s = time.monotonic()
    with (
        raw_subscriber(endpoint, "") as socket,
        contextlib.ExitStack() as company,
        subprocess.Popen(
            [sys.executable, DRIVER, folder, str(hours), "0"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as driver,
    ):
        assert driver.stdin
        assert driver.stdout
        reader, others, answers = Reader(socket), list[int](), list[str]()
        try:
            for line in driver.stdout:
                told.append(json.loads(line))
                reader.read_to(told[-1]["last_seq"])
                if len(told) == 1:  # only now is it sure that the reader was the first
                    others = company.enter_context(comers_and_goers(endpoint))
                    answers = company.enter_context(asker(f"ipc://{folder}/control"))
                driver.stdin.write("on\n")
                driver.stdin.flush()
        finally:
            driver.kill()
    begin, end = told[4], told[-1]
    took_s = time.monotonic() - begun_s
    print(
        f"{end['hours']:.2f} h of audio in {took_s:.0f} s; memory {begin['rss_kb']} to "
        f"{end['rss_kb']} kB, at most {max(t['rss_kb'] for t in told)}; {end['lost']} losses, "
        f"{end['paused']} pauses, {end['reloads']} reloads; {len(others)} came and went, having "
        f"read {sum(others)}; {len(answers)} answers; events {end['last_seq']}"
    )
    assert end["hours"] == pytest.approx(hours, abs=0.01)
    # Every event once, in order, and the audio's time never goes back.
    assert {k: n[-1] for k, n in reader.numbers.items()} == end["last_seq"]
    for numbers in reader.numbers.values():
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        assert numbers[0] <= 1  # a status and a capture are said before anybody can have joined
    for times_s in reader.audio_s.values():
        assert times_s == sorted(times_s)
    # As many as there must be: heartbeats by the clock, losses and pauses by the plan.
    beats_s = end["hours"] * 3600
    assert end["last_seq"]["status"] == pytest.approx(beats_s, rel=0.001, abs=3)
    assert reader.states["lost"] >= end["lost"] > 0
    assert reader.states["paused"] == end["paused"]
    assert reader.states["ended"] == 1
    # Losses count into the audio's time.
    assert end["audio_s"] == pytest.approx(end["elapsed_s"], abs=2.0)
    # Nothing grows.
    assert end["rss_kb"] - begin["rss_kb"] < GROWTH_KB
    assert max(t["files"] for t in told[5:]) <= max(t["files"] for t in told[:5]) + 4
    assert max(t["threads"] for t in told) <= begin["threads"] + 2
    assert sum(others) > 100
    assert len(answers) > 100
    # The log has rotated, each change of the config stands in it, and no line was left out.
    assert end["unlogged"] == 0
    logs = sorted(folder.glob("genred.log*"))
    assert all(log.stat().st_size < 110_000 for log in logs)
    text = "".join(log.read_text() for log in logs)
    if hours > 1:
        assert len(logs) == 3
    else:
        assert text.count("reloaded") == end["reloads"] > 0


@pytest.mark.slow
def test_an_hour_of_audio(tmp_path: Path) -> None:
    soak(tmp_path, 1.0)


@pytest.mark.long
def test_a_day_of_audio(tmp_path: Path) -> None:
    soak(tmp_path, 24.0)
