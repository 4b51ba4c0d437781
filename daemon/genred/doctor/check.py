"""What a check says, and how any work becomes checks that neither hang nor raise."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from genred.errors import GenredError

LIMIT_S = 20.0
"""how long a check may take"""


class State(Enum):
    """How it is."""

    OK = "ok"
    BAD = "bad"
    """genred can't work, or would be wrong"""
    NOTE = "note"
    """worth knowing, and no fault"""


@dataclass(frozen=True)
class Check:
    """One finding."""

    name: str
    state: State
    detail: str
    """what was found, one line"""
    mend: str = ""
    """what to do about it, a command where there is one"""


def ok(name: str, detail: str) -> Check:
    """All is well."""
    return Check(name, State.OK, detail)


def note(name: str, detail: str, mend: str = "") -> Check:
    """Worth knowing."""
    return Check(name, State.NOTE, detail, mend)


def bad(name: str, detail: str, mend: str = "") -> Check:
    """To be mended."""
    return Check(name, State.BAD, detail, mend)


def sure(name: str, work: Callable[[], list[Check]], limit_s: float = LIMIT_S) -> list[Check]:
    """Do some checks; whatever they raise is a bad one, and so is taking longer than `limit_s`."""
    done: list[list[Check]] = []
    thread = threading.Thread(
        target=lambda: done.append(_attempted(name, work)), name=name, daemon=True
    )
    thread.start()
    thread.join(limit_s)
    return done[0] if done else [bad(name, f"no result after {limit_s:g} s")]


def _attempted(name: str, work: Callable[[], list[Check]]) -> list[Check]:
    try:
        return work()
    except GenredError as error:
        return [bad(name, " ".join(str(error).split()))]
    except Exception as error:  # noqa: BLE001 - a doctor tells what nobody foresaw, too
        return [bad(name, " ".join(f"{type(error).__name__}: {error}".split()))]
