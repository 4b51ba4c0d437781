"""Whether there is something to hear with: PortAudio, the sound server, a program to record."""

import shutil
import sys

from genred.audio.devices import Listing, server_name
from genred.audio.server_state import ServerState
from genred.audio.soundserver import SoundServer, recorder
from genred.doctor.check import Check, bad, note, ok
from genred.errors import GenredError

_INSTALL = "; install it: "


def server_state() -> ServerState:
    """Ask the sound server of this session once; takes two seconds at most."""
    server = SoundServer()
    server.start(_ignore)
    try:
        return server.state_soon()
    finally:
        server.stop()


def check_portaudio(listing: Listing | GenredError, *, needed: bool) -> Check:
    """See whether PortAudio works and lists inputs; without a sound server it is needed."""
    if isinstance(listing, GenredError):
        why, _, mend = str(listing).partition(_INSTALL)
        if sys.platform != "linux":
            mend = f"{sys.executable} -m pip install --force-reinstall sounddevice"
        elif mend.startswith("apt-get"):
            mend = f"sudo {mend}"
        if needed:
            return bad("portaudio", why, mend)
        return note("portaudio", f"{why}; the sound server does without", mend)
    if listing:
        return ok("portaudio", f"{_inputs(len(listing))}: {_names(listing)}")
    if needed:
        return bad("portaudio", "it lists no input", "connect a microphone or a sound card")
    return note("portaudio", "it lists no input; the sound server does without")


def _inputs(count: int) -> str:
    return "1 input" if count == 1 else f"{count} inputs"


def _names(listing: Listing, most: int = 4) -> str:
    names = [str(one["name"]) for one in listing]
    return ", ".join(names[:most]) + (" ..." if len(names) > most else "")


def check_server(state: ServerState, whose: str) -> Check:
    """Say which server answers; where none does, `session.check_no_server` says why."""
    count = len(state.sources)
    sources = "1 source" if count == 1 else f"{count} sources"
    return ok("sound server", f"{server_name(state.server)} answers{whose}: {sources}")


def check_recorder(*, needed: bool) -> Check:
    """See whether a program is there that records from the sound server."""
    try:
        program = recorder()
    except GenredError as error:
        why, _, _ = str(error).partition("; install")
        mend = "sudo apt-get install pulseaudio-utils"
        return bad("recorder", why, mend) if needed else note("recorder", why, mend)
    return ok("recorder", f"{program} ({shutil.which(program)})")


def _ignore() -> None:
    """Do nothing: the state is asked for."""
