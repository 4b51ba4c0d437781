"""Play a recording through genred and watch what it says: two programs on one socket."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

GENRED = [sys.executable, "-m", "genred"]


def main() -> int:
    """Replay FILE in one process, listen in this terminal, end with the file's timeline."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--speed", default="4", help="times real time")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        endpoint = f"ipc://{folder}/events"
        play = ["replay", str(arguments.file), "--speed", arguments.speed, "--stream", "demo"]
        player = subprocess.Popen(
            [*GENRED, *play, "--bind", endpoint, "--wait-for-subscribers", "1"],
            stdout=subprocess.DEVNULL,
        )
        listener = subprocess.Popen([*GENRED, "listen", endpoint, "--until-ended"])
        try:
            # A player that can't read its file ends at once, and has said why.
            if player.wait() != 0:
                listener.terminate()
            listener.wait()
        except KeyboardInterrupt:
            return 130
        finally:
            for process in (player, listener):
                process.terminate()
                process.wait()
    if player.returncode != 0:
        return player.returncode
    return subprocess.run([*GENRED, "classify", str(arguments.file)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
