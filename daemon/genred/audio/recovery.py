"""What becomes of a capture that fails: states, a table, and the times, all in one place.

Pure: it is told what was seen and when, and says what to do. Times are seconds of a clock that
never goes back.
"""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class State(Enum):
    """As on the wire."""

    RECOVERING = "recovering"
    """opening, or waiting to open again; also the first state"""
    CAPTURING = "capturing"
    """blocks arrive"""
    SILENT_DEAD = "silent_dead"
    """open, but nothing arrives"""
    LOST = "lost"
    """closed by a fault; `RECOVERING` follows at once"""
    PAUSED = "paused"
    """closed on request"""
    ENDED = "ended"
    """final"""


class Saw(Enum):
    """What can happen."""

    RETRY = "it is time to open"
    DEVICE = "a device came or went"
    OPENED = "it is open"
    BLOCK = "a block arrived"
    QUIET = "nothing arrived for too long"
    FAILED = "it failed, or could not be opened"
    SLEPT = "the machine slept"
    FOLLOW = "it is to be opened anew elsewhere"
    AGAIN = "a loss has been told"
    FINISHED = "its end"
    PAUSE = "asked to pause"
    RESUME = "asked to resume"
    STOP = "asked to stop"


class Do(Enum):
    """What the loop has to do."""

    NOTHING = "nothing"
    OPEN = "open"
    CLOSE = "close"


class Times(NamedTuple):
    """All the times of the table, seconds."""

    opening_s: float = 15.0
    """one that is not open after so long never will be"""
    first_block_s: float = 5.0
    """an opened device that gave nothing for so long is lost"""
    quiet_s: float = 2.0
    """one that gave something is `silent_dead` after so long ..."""
    dead_s: float = 2.0
    """... and lost after so long again"""
    first_wait_s: float = 1.0
    """wait before the first attempt; doubled for each that fails ..."""
    longest_wait_s: float = 30.0
    """... up to this"""
    steady_s: float = 10.0
    """a capture that held so long has forgotten the failures before it"""


class Arm(Enum):
    """Which timer an edge sets."""

    KEEP = "leave it as it is"
    NONE = "none"
    OPENING = "QUIET until it is open"
    NOW = "RETRY at once"
    SOON = "RETRY at once, or after the wait if that comes again and again"
    WAIT = "RETRY after the wait"
    FIRST = "QUIET for the first block"
    BLOCK = "QUIET after a block"
    DEAD = "QUIET until it is given up"


class Edge(NamedTuple):
    """Where a state goes, what is to be done, and which timer runs then."""

    state: State
    do: Do = Do.NOTHING
    arm: Arm = Arm.KEEP


_S = State
_LOSE = Edge(_S.LOST, Do.CLOSE, Arm.NONE)
_OPEN = Edge(_S.RECOVERING, Do.OPEN, Arm.OPENING)
_FOLLOW = Edge(_S.RECOVERING, Do.CLOSE, Arm.SOON)
_HEAR = Edge(_S.CAPTURING, arm=Arm.BLOCK)

# Every pair that is not here changes nothing.
NEXT: dict[tuple[State, Saw], Edge] = {
    (_S.RECOVERING, Saw.RETRY): _OPEN,
    (_S.RECOVERING, Saw.DEVICE): _OPEN,
    (_S.RECOVERING, Saw.OPENED): Edge(_S.RECOVERING, arm=Arm.FIRST),
    (_S.RECOVERING, Saw.BLOCK): _HEAR,
    (_S.RECOVERING, Saw.QUIET): _LOSE,
    (_S.RECOVERING, Saw.FAILED): _LOSE,
    (_S.RECOVERING, Saw.FOLLOW): _FOLLOW,
    (_S.CAPTURING, Saw.BLOCK): _HEAR,
    (_S.CAPTURING, Saw.QUIET): Edge(_S.SILENT_DEAD, arm=Arm.DEAD),
    (_S.CAPTURING, Saw.FAILED): _LOSE,
    (_S.CAPTURING, Saw.SLEPT): _LOSE,
    (_S.CAPTURING, Saw.FOLLOW): _FOLLOW,
    (_S.SILENT_DEAD, Saw.BLOCK): _HEAR,
    (_S.SILENT_DEAD, Saw.QUIET): _LOSE,
    (_S.SILENT_DEAD, Saw.FAILED): _LOSE,
    (_S.SILENT_DEAD, Saw.SLEPT): _LOSE,
    (_S.SILENT_DEAD, Saw.FOLLOW): _FOLLOW,
    (_S.LOST, Saw.AGAIN): Edge(_S.RECOVERING, arm=Arm.WAIT),
    (_S.PAUSED, Saw.RESUME): Edge(_S.RECOVERING, arm=Arm.NOW),
}
for _state in (_S.RECOVERING, _S.CAPTURING, _S.SILENT_DEAD, _S.LOST):
    NEXT[_state, Saw.PAUSE] = Edge(_S.PAUSED, Do.CLOSE, Arm.NONE)
    NEXT[_state, Saw.FINISHED] = Edge(_S.ENDED, Do.CLOSE, Arm.NONE)
for _state in set(State) - {_S.ENDED}:
    NEXT[_state, Saw.STOP] = Edge(_S.ENDED, Do.CLOSE, Arm.NONE)


@dataclass
class _Timer:
    due_s: float
    saw: Saw


class Recovery:
    """Walks the table; keeps one timer and how long to wait for the next attempt.

    `quiet_is_silence`: nothing need arrive while nothing plays, once it has played.
    """

    def __init__(
        self, now_s: float, times: Times | None = None, *, quiet_is_silence: bool = False
    ) -> None:
        self.state = State.RECOVERING
        self._times = times or Times()
        self._quiet_is_silence = quiet_is_silence
        self._timer: _Timer | None = _Timer(now_s, Saw.RETRY)
        self._opening = False
        self._wait_s = self._times.first_wait_s
        self._steady_at = now_s

    @property
    def due_s(self) -> float | None:
        """When time alone makes something happen; None while it waits for what others see."""
        return self._timer.due_s if self._timer else None

    @property
    def wait_s(self) -> float:
        """How long the next wait for an attempt will be."""
        return self._wait_s

    def due(self, now_s: float) -> Saw | None:
        """Return what time alone makes happen by now, for `step`."""
        return self._timer.saw if self._timer and now_s >= self._timer.due_s else None

    def step(self, saw: Saw, now_s: float) -> Do:
        """Take what was seen; return what is to be done."""
        if saw is Saw.DEVICE and not self._note_device():
            return Do.NOTHING
        edge = NEXT.get((self.state, saw))
        if edge is None:
            return Do.NOTHING
        self._note_success(edge.state, now_s)
        self.state = edge.state
        if edge.do is not Do.NOTHING:
            self._opening = edge.do is Do.OPEN
        self._set(edge.arm, now_s)
        return edge.do

    def _note_device(self) -> bool:
        """Whether an attempt is to be made: not while one is under way."""
        self._wait_s = self._times.first_wait_s
        return not self._opening

    def _note_success(self, state: State, now_s: float) -> None:
        if state is not State.CAPTURING:
            return
        if self.state is not State.CAPTURING:
            self._steady_at = now_s + self._times.steady_s
        elif now_s >= self._steady_at:
            self._wait_s = self._times.first_wait_s

    def _set(self, arm: Arm, now_s: float) -> None:
        if arm is Arm.SOON:
            arm = Arm.NOW if now_s >= self._steady_at else Arm.WAIT
        elif arm is Arm.BLOCK and self._quiet_is_silence:
            arm = Arm.NONE
        if arm is Arm.NONE:
            self._timer = None
        elif arm is not Arm.KEEP:
            delay_s, saw = self._timers()[arm]
            self._timer = _Timer(now_s + delay_s, saw)
        if arm is Arm.WAIT:
            self._wait_s = min(2 * self._wait_s, self._times.longest_wait_s)

    def _timers(self) -> dict[Arm, tuple[float, Saw]]:
        times = self._times
        return {
            Arm.NOW: (0.0, Saw.RETRY),
            Arm.WAIT: (self._wait_s, Saw.RETRY),
            Arm.OPENING: (times.opening_s, Saw.QUIET),
            Arm.FIRST: (times.first_block_s, Saw.QUIET),
            Arm.BLOCK: (times.quiet_s, Saw.QUIET),
            Arm.DEAD: (times.dead_s, Saw.QUIET),
        }
