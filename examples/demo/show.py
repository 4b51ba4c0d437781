"""Play a recording through genred and watch what it says: two programs on one socket."""

import argparse
import contextlib
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

GENRED = [sys.executable, "-m", "genred"]
Process = subprocess.Popen[bytes]


def both_to_their_end(player: Process, listener: Process) -> None:
    """Wait for both; neither is waited for in vain when the other has failed."""
    while None in (player.poll(), listener.poll()):
        # A player that can't read its file has said why; nobody plays to a listener who left.
        if player.returncode or listener.returncode:
            return
        # A listener that has heard the end leaves before the player has: that one goes by itself.
        with contextlib.suppress(subprocess.TimeoutExpired):
            (listener if player.returncode == 0 else player).wait(timeout=0.1)


def main() -> int:
    """Replay FILE in one process, listen in this terminal, end with the file's timeline."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--speed", default="4", help="times real time")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `finally` ends the children
    with tempfile.TemporaryDirectory() as folder:
        endpoint = f"ipc://{folder}/events"
        play = ["replay", str(arguments.file), "--speed", arguments.speed, "--stream", "demo"]
        player = subprocess.Popen(
            [*GENRED, *play, "--bind", endpoint, "--wait-for-subscribers", "1"],
            stdout=subprocess.DEVNULL,
        )
        listener = subprocess.Popen([*GENRED, "listen", endpoint, "--until-ended"])
        try:
            both_to_their_end(player, listener)
        except KeyboardInterrupt:
            return 130
        finally:
            for process in (player, listener):
                process.terminate()
                process.wait()
    if player.returncode or listener.returncode:
        return 1
    return subprocess.run([*GENRED, "classify", str(arguments.file)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
