"""systemctl, asked: what holds of a unit, and to change that."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from genred.errors import GenredError

Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]
_LIMIT_S = 120.0  # a unit that starts may take as long as systemd lets it


def run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end, its words in English; raises GenredError if there is none."""
    if shutil.which(command[0]) is None:
        raise GenredError(f"there is no {command[0]} here: genred service is for systemd")
    try:
        return subprocess.run(  # noqa: S603 - systemctl, no shell
            list(command), capture_output=True, text=True, check=False, timeout=_LIMIT_S,
            stdin=subprocess.DEVNULL, env=os.environ | {"LC_ALL": "C"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise GenredError(f"{' '.join(command)} took more than {_LIMIT_S:g} s") from error


def _nobody(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.CompletedProcess(command, 1, "", "no user's systemd runs below --root")


class Systemctl:
    """One manager: the system's or the user's.

    Below another root the system's makes links and no more, and the user's nothing.
    """

    def __init__(self, *, system: bool, root: Path = Path("/"), program: Run = run) -> None:
        self.offline = root != Path("/")
        self._program = program
        self._scope = [] if system else ["--user"]
        if self.offline:
            self._scope = [f"--root={root}"]
            self._program = program if system else _nobody

    def __call__(self, *words: str) -> None:
        """Do it; raises GenredError with what systemctl said."""
        found = self._ask(*words)
        if found.returncode:
            said = " ".join((found.stderr or found.stdout).split())
            raise GenredError(f"{self.words(*words)}: {said or 'it failed'}")

    def show(self, unit: str, name: str) -> str:
        """Return a property of a unit; empty if nobody answers."""
        found = self._ask("show", "--value", "--property", name, unit)
        return found.stdout.strip() if found.returncode == 0 else ""

    def says(self, *words: str) -> str:
        """Return the one line that it prints, whatever its exit code."""
        return self._ask(*words).stdout.strip()

    def instances(self) -> list[str]:
        """Return the instances that are enabled or run."""
        # Both: one may be started and not enabled, or the other way round.
        found = self._ask("list-units", "--all", "--plain", "--no-legend", "genred@*.service")
        files = self._ask("list-unit-files", "--plain", "--no-legend", "genred@*.service")
        names = {line.split()[0] for line in (found.stdout + files.stdout).splitlines() if line}
        return sorted(names - {"genred@.service"})

    def words(self, *words: str) -> str:
        """Return the command as a user would type it."""
        return " ".join(["systemctl", *self._scope, *words])

    def _ask(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return self._program(["systemctl", *self._scope, *words])
