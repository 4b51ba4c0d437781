"""What a hub carries here, beside a bare zmq.proxy (XSUB, XPUB): `python benchmarks/hub.py`.

Events have the sizes of real ones: two predictions, a status a second and stream, a genre in ten.
Hub, proxy, rooms and readers are processes of their own; each figure is the median of several
rounds in which hub and proxy take turns, so that a busy machine slows both. CPU is that of the
hub's or proxy's process alone, its I/O thread included.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import zmq
from msgspec import structs

from genred.events import (
    EVENT_OF,
    CaptureRecord,
    GenreRecord,
    PredictionRecord,
    Record,
    StatusRecord,
    encode,
    topic,
)

LABELS = ["blues", "classical", "country", "disco", "electronic", "hiphop", "jazz", "metal"]
LABELS += ["pop", "reggae", "rock", "not_music"]
SESSION, SENT_S = "6c0835436c52", 1_800_000_000.0
STAMP = b'"time":1800000000.0'
PROXY = """
import sys, zmq
context = zmq.Context()
front, back = context.socket(zmq.XSUB), context.socket(zmq.XPUB)
for socket in (front, back):
    socket.sndhwm = socket.rcvhwm = 0
front.connect(sys.argv[1])
back.bind(sys.argv[2])
zmq.proxy(front, back)
"""
HUB = """
import sys, time
from genred.wire.hub import Hub
with Hub([sys.argv[1]], [sys.argv[2]], time.monotonic, high_water_mark=0) as hub:
    for upstream in hub._upstreams.values():
        upstream.socket.rcvhwm = 0
    hub.bind()
    while True:
        hub.turn(0.25)
"""
MIDDLES = {"hub": HUB, "proxy": PROXY}
SETTLE_S = 1.5


def records_of(seconds: int) -> list[Record]:
    """Return what a room says in so many seconds."""
    shares = dict.fromkeys(LABELS, 0.04973505643930922)
    said: list[Record] = [
        CaptureRecord(audio_time=0.0, state="capturing", reason="playing", source="mic")
    ]
    for second in range(seconds):
        at = second + 0.123456789
        if second % 10 == 0:
            said.append(
                GenreRecord(audio_time=at, genre="jazz", confidence=0.93, previous="rock", onset=at)
            )
        prediction = PredictionRecord(
            audio_time=at, probabilities=shares, window=shares, level_dbfs=-20.12, latency_ms=91.23
        )
        status = StatusRecord(
            audio_time=at, genre="jazz", confidence=0.93, capture="capturing", uptime_s=at,
            model="genred-base 0.2.0", level_dbfs=-20.12345, zeros_s=0.0, real_time_factor=0.01,
            interval_s=1.0, last_seq={},
        )  # fmt: skip
        said += [prediction, prediction, status]
    return said


def events_of(stream: str, seconds: int) -> list[tuple[bytes, bytes]]:
    """Return the same as it stands on the wire."""
    seqs: dict[str, int] = {}
    said = []
    for record in records_of(seconds):
        made = EVENT_OF[type(record)]
        kind = str(made.__struct_config__.tag)
        seqs[kind] = seqs.get(kind, -1) + 1
        if isinstance(record, StatusRecord):
            record = structs.replace(record, last_seq=dict(seqs))  # noqa: PLW2901
        event = made(
            stream=stream, session=SESSION, seq=seqs[kind], time=SENT_S, **structs.asdict(record)
        )
        said.append((topic(kind, stream), encode(event)))
    return said


def rooms(place: str, streams: int, seconds: int, pace: float, pipe: Connection) -> None:
    """Say what `streams` rooms say, at `pace` events a second, 0 for as fast as it goes."""
    said = [events_of(f"room{number:05}", seconds) for number in range(streams)]
    rounds = [event for together in zip(*said, strict=True) for event in together]
    with zmq.Context() as context, context.socket(zmq.PUB) as socket:
        socket.sndhwm = 0
        socket.linger = -1
        socket.bind(place)
        pipe.send(len(rounds))
        pipe.recv()
        begin = time.monotonic()
        for number, (name, payload) in enumerate(rounds):
            if pace:
                time.sleep(max(0.0, begin + number / pace - time.monotonic()))
            if pace:
                payload = payload.replace(STAMP, b'"time":%.6f' % time.time(), 1)  # noqa: PLW2901
            socket.send_multipart([name, payload])
        pipe.send("said")
        pipe.recv()


def readers(place: str, topics: list[str], pipe: Connection) -> None:
    """Read as one subscriber for each topic; tell how many came, when the last, and latencies."""
    with zmq.Context() as context:
        context.max_sockets = len(topics) + 10
        poller = zmq.Poller()
        sockets = []
        for name in topics:
            socket = context.socket(zmq.SUB)
            socket.rcvhwm = 0
            socket.linger = 0
            socket.subscribe(name)
            socket.connect(place)
            poller.register(socket, zmq.POLLIN)
            sockets.append(socket)
        pipe.send("here")
        count, last, latencies = 0, 0.0, []
        watched = sockets[len(sockets) // 2]
        while not pipe.poll():
            for socket, _ in poller.poll(200):
                while True:
                    try:
                        frames = socket.recv_multipart(zmq.DONTWAIT)
                    except zmq.Again:
                        break
                    if b'"retained":true' in frames[1]:
                        continue
                    count += 1
                    last = time.monotonic()
                    if socket is watched:
                        sent_s = float(frames[1].partition(b'"time":')[2].partition(b",")[0])
                        latencies.append((time.time() - sent_s) * 1e3)
        pipe.recv()
        pipe.send((count, last, latencies))
        for socket in sockets:
            socket.close()


@dataclass
class Round:
    """One round with one of them in the middle."""

    events: int
    delivered: int
    expected: int
    seconds: float
    cpu_s: float
    latencies_ms: list[float]
    resident_mb: float


def resident_mb(pid: int) -> float:
    """Return the memory of a process."""
    with open(f"/proc/{pid}/statm") as file:  # noqa: PTH123 - no path of ours
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process so far."""
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - no path of ours
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def play(middle: str, streams: int, topics: list[str], seconds: int, pace: float) -> Round:
    """Have rooms say their events through a hub, a proxy, or nothing, to one reader a topic."""
    number = f"{os.getpid()}-{time.monotonic_ns()}"
    up, down = f"ipc:///tmp/genred-{number}-up", f"ipc:///tmp/genred-{number}-down"
    here, there = multiprocessing.Pipe()
    speaker = multiprocessing.Process(target=rooms, args=(up, streams, seconds, pace, there))
    speaker.start()
    events = here.recv()
    process = None
    if middle in MIDDLES:
        process = subprocess.Popen([sys.executable, "-c", MIDDLES[middle], up, down])
    ours, theirs = multiprocessing.Pipe()
    listener = multiprocessing.Process(
        target=readers, args=(down if process else up, topics, theirs)
    )
    listener.start()
    ours.recv()
    time.sleep(SETTLE_S + len(topics) / 200)
    before = cpu_s(process.pid) if process else 0.0
    begin = time.monotonic()
    here.send("go")
    here.recv()
    time.sleep(SETTLE_S)
    quiet, spent = 0, 0.0
    while process and quiet < 3:  # until it has nothing to do any more
        now = cpu_s(process.pid)
        quiet = quiet + 1 if now - spent < 0.011 else 0
        spent = now
        time.sleep(0.3)
    if not process:
        time.sleep(1.0)
    ours.send("enough")
    delivered, last, latencies = ours.recv()
    used = cpu_s(process.pid) - before if process else 0.0
    memory = resident_mb(process.pid) if process else 0.0
    here.send("enough")
    for each in (speaker, listener):
        each.join()
    if process:
        process.kill()
        process.wait()
    for place in (up, down):
        Path(place.removeprefix("ipc://")).unlink(missing_ok=True)
    names = [name for name, _ in events_of("room00000", seconds)]
    wanted = sum(each.startswith(name.encode()) for name in topics for each in names) * streams
    return Round(events, delivered, wanted, last - begin, used, latencies, memory)


def in_turn(
    rounds: int, work: Callable[[str], Round], middles: list[str]
) -> dict[str, list[Round]]:
    """Let each take its turn, `rounds` times."""
    found: dict[str, list[Round]] = {name: [] for name in middles}
    for _ in range(rounds):
        for name in middles:
            found[name].append(work(name))
    return found


def middle_of(values: list[float]) -> str:
    """Say a median and its range."""
    return f"{statistics.median(values):10.1f} ({min(values):.1f} to {max(values):.1f})"


def show(title: str, found: dict[str, list[Round]]) -> None:
    """Print what hub and proxy carried, and how they compare."""
    print(f"\n{title}")
    for name, rounds in found.items():
        figures = {
            "events in a second": [e.events / e.seconds for e in rounds],
            "events out a second": [e.delivered / e.seconds for e in rounds],
            "CPU us an event in": [e.cpu_s / e.events * 1e6 for e in rounds],
            "CPU us an event out": [e.cpu_s / e.delivered * 1e6 for e in rounds],
            "CPU, % of a core": [e.cpu_s / e.seconds * 100 for e in rounds],
            "resident MB": [e.resident_mb for e in rounds],
        }
        for what, values in figures.items():
            print(f"  {name:<6} {what:<20} {middle_of(values)}")
        print(f"  {name:<6} not delivered        {sum(e.expected - e.delivered for e in rounds)}")
    pairs = zip(found["hub"], found["proxy"], strict=True)
    ratios = [hub.cpu_s / max(0.01, proxy.cpu_s) for hub, proxy in pairs]
    print(f"  the hub's CPU is the proxy's times {middle_of(ratios)}")


def show_latency(found: dict[str, list[Round]]) -> None:
    """Print how long events take, directly and through each."""
    print("\nlatency at 300 events a second, one reader, ms")
    for name, rounds in found.items():
        medians = [statistics.median(each.latencies_ms) for each in rounds]
        tails = [statistics.quantiles(each.latencies_ms, n=100)[98] for each in rounds]
        print(
            f"  {name:<7} median {statistics.median(medians):.3f} ({min(medians):.3f} to "
            f"{max(medians):.3f})   p99 {statistics.median(tails):.3f} ({min(tails):.3f} to "
            f"{max(tails):.3f})"
        )


def joined_ms(joins: int) -> list[float]:
    """Return how long each of some joiners waits for the present genre of one room of 100."""
    number = f"{os.getpid()}-{time.monotonic_ns()}"
    up, down = f"ipc:///tmp/genred-{number}-up", f"ipc:///tmp/genred-{number}-down"
    here, there = multiprocessing.Pipe()
    speaker = multiprocessing.Process(target=rooms, args=(up, 100, 20, 310.0, there))
    speaker.start()
    here.recv()
    process = subprocess.Popen([sys.executable, "-c", HUB, up, down])
    time.sleep(SETTLE_S)
    here.send("go")
    time.sleep(SETTLE_S)
    waited = []
    with zmq.Context() as context:
        for number_ in range(joins):
            with context.socket(zmq.SUB) as socket:
                socket.subscribe(f"genre/room{number_ % 100:05}/")
                begin = time.monotonic()
                socket.connect(down)
                if socket.poll(5000):
                    waited.append((time.monotonic() - begin) * 1e3)
            time.sleep(0.05)
    here.recv()
    here.send("enough")
    speaker.join()
    process.kill()
    process.wait()
    for place in (up, down):
        Path(place.removeprefix("ipc://")).unlink(missing_ok=True)
    return waited


def sizes() -> None:
    """Print how large events are."""
    said = events_of("room00001", 600)
    found: dict[str, list[int]] = {}
    for name, payload in said:
        found.setdefault(name.decode().split("/")[0], []).append(len(name) + len(payload))
    means = {kind: round(statistics.mean(each)) for kind, each in found.items()}
    print("\nbytes of an event, topic included:", json.dumps(means))
    total = sum(map(sum, found.values()))
    print(f"one room: {len(said) / 600:.2f} events, {total / 600:.0f} bytes a second")


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    cases = ["sizes", "speed", "fleet", "latency", "venue", "crowd", "join"]
    parser.add_argument("--only", choices=cases)
    arguments = parser.parse_args()
    wanted = [arguments.only] if arguments.only else cases
    both = list(MIDDLES)

    def rounds_of(
        streams: int, topics: list[str], seconds: int, pace: float, *, direct: bool = False
    ) -> dict[str, list[Round]]:
        return in_turn(
            arguments.rounds,
            lambda name: play(name, streams, topics, seconds, pace),
            ["direct"] * direct + both,
        )

    print(f"{os.cpu_count()} cores, load {os.getloadavg()}, libzmq {zmq.zmq_version()}")
    if "sizes" in wanted:
        sizes()
    if "speed" in wanted:
        show("at once: 10 streams, 1 reader of genres", rounds_of(10, ["genre/"], 900, 0.0))
        show("at once: 10 streams, 1 reader of everything", rounds_of(10, [""], 600, 0.0))
        show("at once: 10 streams, 10 readers of everything", rounds_of(10, [""] * 10, 300, 0.0))
    if "fleet" in wanted:
        show("at once: 10,000 streams, 1 reader of genres", rounds_of(10_000, ["genre/"], 3, 0.0))
        found = rounds_of(10_000, ["genre/"], 5, 31_000.0)
        show("10,000 streams at their own speed, 1 reader of genres", found)
        show_latency_of(found)
    if "latency" in wanted:
        show_latency(rounds_of(100, ["prediction/"], 20, 300.0, direct=True))
    if "venue" in wanted:
        found = rounds_of(100, [""] * 100, 6, 310.0)
        show("100 streams at their own speed, 100 readers of everything", found)
        show_latency_of(found)
    if "crowd" in wanted:
        found = rounds_of(1, [""] * 1000, 30, 31.0)
        show("1 stream at ten times its speed, 1000 readers", found)
    if "join" in wanted:
        waited = sorted(each for _ in range(arguments.rounds) for each in joined_ms(40))
        tail = statistics.quantiles(waited, n=100)[98]
        print(f"\njoining one room of 100: {len(waited)} of {arguments.rounds * 40} got it,")
        print(f"  median {statistics.median(waited):.2f} ms, p99 {tail:.2f} ms")
    print(f"load at the end {os.getloadavg()}")


def show_latency_of(found: dict[str, list[Round]]) -> None:
    """Print how late one reader of many gets what it gets."""
    for name, rounds in found.items():
        medians = [statistics.median(each.latencies_ms) for each in rounds]
        print(f"  {name:<7} latency of one reader {middle_of(medians)} ms")


if __name__ == "__main__":
    main()
