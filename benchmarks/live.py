"""What the daemon costs while it hears: `python benchmarks/live.py [--seconds 60]`.

A PulseAudio of its own plays the demo into a null sink, which `genred run --source loopback` hears.
CPU is the kernel's count for each process, in milliseconds a second; PSS shares out what processes
have in common. Latency is what the daemon publishes of itself.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import soundfile

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from integration.daemon import Daemon, daemon
from integration.servers import PulseAudio

SETTLE_S = 10.0
GOAL_CPU_MS, GOAL_RSS_MB, GOAL_PSS_MB = 3.0, 50.0, 70.0
FRAGMENT_MS = 250.0


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    run(parser.parse_args().seconds)


def run(seconds: float) -> None:
    """Measure so long."""
    if PulseAudio.missing():
        print(f"\nlive: left out, needs {' '.join(PulseAudio.packages)}")
        return
    with PulseAudio() as server:
        server.add_sink("speakers")
        song = server.folder / "demo.wav"
        samples, rate = soundfile.read(ROOT / "examples/demo/genred-demo.ogg", dtype="float32")
        soundfile.write(song, samples, rate)
        with (
            daemon("--source", "loopback", env=server.env) as running,
            server.play(song, "speakers"),
        ):
            running.wait_state("capturing")
            time.sleep(SETTLE_S)
            figures = measured(running, seconds)
            latencies = [e["latency_ms"] for e in running.of("prediction")]
    tell(figures, latencies)


def measured(running: Daemon, seconds: float) -> dict[str, tuple[float, float, float]]:
    """Return CPU in ms/s, RSS and PSS in MB of the daemon and its children."""
    pids = [running.pid, *running.children()]
    before = {pid: cpu_s(pid) for pid in pids}
    begun = time.monotonic()
    time.sleep(seconds)
    took_s = time.monotonic() - begun
    return {name(pid): (1e3 * (cpu_s(pid) - before[pid]) / took_s, *memory_mb(pid)) for pid in pids}


def cpu_s(pid: int) -> float:
    """CPU seconds of all threads, to the nanosecond."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def memory_mb(pid: int) -> tuple[float, float]:
    """Resident and proportional memory."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = {line.split()[0]: int(line.split()[1]) / 1024 for line in lines[1:]}
    return found["Rss:"], found["Pss:"]


def name(pid: int) -> str:
    """Say what a process runs."""
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return words[words.index("-m") + 1] if "-m" in words else Path(words[0]).name


def tell(figures: dict[str, tuple[float, float, float]], latencies: list[float]) -> None:
    """Print all, and how far the goals are."""
    print("\nlive, paced at real time, PulseAudio")
    for program, (cpu_ms, rss_mb, pss_mb) in figures.items():
        print(f"  {program:<40} {cpu_ms:6.2f} ms/s   RSS {rss_mb:5.1f} MB   PSS {pss_mb:5.1f} MB")
    daemon_cpu, daemon_rss, _ = figures["genred.service"]
    pss_mb = sum(pss for _, _, pss in figures.values())
    print(f"  goal <= {GOAL_CPU_MS} ms/s for the daemon: {daemon_cpu:.2f}")
    print(f"  goal <= {GOAL_RSS_MB} MB of RSS for the daemon: {daemon_rss:.1f}")
    print(f"  goal <= {GOAL_PSS_MB} MB of PSS for all: {pss_mb:.1f}")
    beyond = sorted(ms - FRAGMENT_MS for ms in latencies)
    print(
        f"  latency beyond the fragment of {FRAGMENT_MS:.0f} ms, in {len(beyond)} predictions: "
        f"median {statistics.median(beyond):.0f} ms ({beyond[0]:.0f} to {beyond[-1]:.0f})"
    )


if __name__ == "__main__":
    main()
