"""Whether we may use the sound cards of the kernel (Linux): the recording nodes in /dev/snd."""

import os
from collections.abc import Callable
from pathlib import Path

from genred.doctor.check import Check, bad, note, ok
from genred.doctor.session import group_name

DEV_SND = Path("/dev/snd")
_RECORDING = "pcm*c"


def _readable(node: Path) -> bool:
    return os.access(node, os.R_OK)


def check_alsa(
    folder: Path = DEV_SND,
    *,
    needed: bool = True,
    readable: Callable[[Path], bool] = _readable,
) -> Check:
    """See whether we may read the nodes that record.

    Not `needed` where a sound server holds the cards.
    """
    if not folder.is_dir():
        return note("alsa", f"no {folder}: no sound card here, or this container was given none")
    nodes = sorted(folder.glob(_RECORDING))
    if not nodes:
        return note("alsa", f"nothing in {folder} records")
    shut = [node for node in nodes if not readable(node)]
    if not shut:
        return ok("alsa", f"{_devices(len(nodes))} in {folder} may be read")
    group = group_name(shut[0].stat().st_gid)
    detail = f"{shut[0]} is for group {group}, which we are not in"
    mend = f"sudo usermod -aG {group} $USER   (then log out and in again)"
    if needed:
        return bad("alsa", detail, mend)
    return note("alsa", f"{detail}; the sound server needs it not", mend)


def _devices(count: int) -> str:
    return "1 recording device" if count == 1 else f"all {count} recording devices"
