"""Two seconds of the source itself: whether it opens, how loud it is, and whether its rate is true.

Below the gate every sound is `silence`; at a wrong rate every genre is wrong.
"""

import sys
from collections.abc import Sequence

from genred.audio.devices import is_virtual
from genred.audio.ear import NOTHING_S, Ear, level_dbfs, only_zeros, rate_ratio
from genred.audio.inputs import make_input
from genred.audio.names import NoSuchDeviceError
from genred.audio.server_state import ServerState
from genred.audio.source import Block, Input
from genred.doctor.check import Check, bad, note, ok
from genred.errors import UsageError
from genred.parameters import Tracking

HEARD_S = 2.0
LONGER_S = 6.0
"""a rate that seems off is measured for so long before it is told"""
TOLERANCE = 0.05
"""of the rate over so short a time; the daemon tells 0.5 % over a minute"""
LIMIT_S = 40.0
_LIST = "genred devices   (shows what there is)"


def check_capture(source: str, tracking: Tracking, state: ServerState) -> list[Check]:
    """Hear a source by its name as `genred run` would, and judge it."""
    chosen = make_input(source)
    chosen.start(_ignore)
    ear = Ear(chosen)
    try:
        ear.wait(HEARD_S)
        if _is_off(rate_ratio(ear.blocks)):
            ear.wait(LONGER_S)
        return judged(source, ear, chosen, tracking, state)
    finally:
        ear.close()
        chosen.stop()


def judged(
    source: str, ear: Ear, chosen: Input, tracking: Tracking, state: ServerState
) -> list[Check]:
    """Say what an ear has heard."""
    opened, blocks = ear.source, ear.blocks
    if opened is None or (ear.problem and not blocks):
        return [_not_opened(source, ear)]
    if not blocks:
        return [_nothing(opened.name, opened.trouble(), silence=chosen.quiet_is_silence)]
    shape = f"{opened.sample_rate} Hz, {opened.channels} ch"
    # Who plays sets a loopback's level, and who writes a pipe's.
    played = not chosen.drops or _is_loopback(opened.name, state)
    level = check_level(blocks, tracking, opened.name, state, played=played)
    found = [ok("capture", f"{opened.name} ({shape}) delivers"), level]
    if chosen.drops:  # else its writer sets the pace
        found.append(check_rate(rate_ratio(blocks), opened.sample_rate))
    return found


def _not_opened(source: str, ear: Ear) -> Check:
    problem = ear.problem
    if problem is None:
        return bad("capture", f'"{source}" does not open: no answer', _LIST)
    missing = isinstance(problem, NoSuchDeviceError | UsageError)
    return bad("capture", " ".join(str(problem).split()), _LIST if missing else "")


def _nothing(name: str, trouble: str, *, silence: bool) -> Check:
    if silence:
        return note("capture", f"{name} is open; nothing plays, so nothing arrives")
    detail = f"{name} is open, but nothing arrives for {NOTHING_S:g} s"
    return bad("capture", f"{detail}: {trouble}" if trouble else detail, _LIST)


def check_level(
    blocks: Sequence[Block], tracking: Tracking, name: str, state: ServerState, *, played: bool
) -> Check:
    """See whether the sound of now opens the silence gate; if not, say how to raise it.

    What is `played` (a loopback) is quiet while nothing plays, and so is a room, so only zeros from
    a microphone and what is muted are faults.
    """
    served = state.find(name)
    if served is not None and served.muted:
        return bad("level", f"{name} is muted", f"pactl set-source-mute {name} 0")
    if only_zeros(blocks):
        if played:
            return note("level", "only digital zeros: nothing plays, or it is muted", _turn_up())
        return bad("level", "only digital zeros: the input is muted or off", raised(name, state))
    level = level_dbfs(blocks) or 0.0
    against = f"{level:.0f} dBFS; the gate opens at {tracking.open_dbfs:.0f}"
    if level >= tracking.open_dbfs:
        return ok("level", against)
    mend = _turn_up() if played else raised(name, state)
    return note("level", f"{against}: this is `silence`; if music plays now, raise it", mend)


def _is_loopback(name: str, state: ServerState) -> bool:
    served = state.find(name)
    if served is not None:
        return served.monitor_of is not None
    virtual = sys.platform == "darwin" and is_virtual(name)
    return virtual or name.endswith("(loopback)")


def _turn_up() -> str:
    return "turn up what plays, and the output's volume"


def raised(name: str, state: ServerState, platform: str = sys.platform) -> str:
    """Say how to raise an input's level."""
    if platform == "linux" and state.find(name) is not None:
        return f"pactl set-source-mute {name} 0; pactl set-source-volume {name} +10dB"
    return {
        "linux": "alsamixer   (F6 chooses the card, F4 shows its inputs)",
        "darwin": "System Settings: Sound: Input, and Privacy & Security: Microphone",
        "win32": "Settings: System: Sound: Input, and Privacy & security: Microphone",
    }.get(platform, "raise the input's level in the system's sound settings")


def check_rate(ratio: float | None, sample_rate: int) -> Check:
    """See whether a source runs at the rate that it claims, as far as some seconds can tell."""
    if ratio is None:
        return note("rate", "too little was heard to measure the sample rate")
    real = f"{ratio * sample_rate:.0f} Hz measured, {sample_rate} Hz claimed"
    if not _is_off(ratio):
        return ok("rate", f"{real}: within {TOLERANCE:.0%} (genred run: 0.5 % over a minute)")
    return bad(
        "rate",
        f"{real}: {abs(ratio - 1):.0%} too {'fast' if ratio > 1 else 'slow'}: every genre is wrong",
        "restart the sound server, or choose another device: genred devices",
    )


def _is_off(ratio: float | None) -> bool:
    return ratio is not None and abs(ratio - 1) > TOLERANCE


def _ignore() -> None:
    """Do nothing: two seconds see no devices come."""
