"""What `--source` can say, and the input that it means on this system.

`default`, `loopback`, a device's name or a part of it, `pipe:PATH?...`, `-` for stdin.
"""

import difflib
import sys
from collections.abc import Callable

from genred.audio.names import NoSuchDeviceError, printable
from genred.audio.pipe import PipeInput, is_pipe
from genred.audio.programs import PORTAUDIO, WASAPI, ProgramInput, ProgramStream
from genred.audio.soundserver import ServerInput, SoundServer, Wanted
from genred.audio.source import Input, LiveSource, Now
from genred.errors import GenredError, UsageError

DEFAULT = "default"
LOOPBACK = "loopback"


def make_input(text: str, platform: str = sys.platform) -> Input:
    """Return what a source's name means; raises UsageError for one that can't be meant."""
    if not text.strip():
        raise UsageError("the source has no name; give default, loopback, a device's or a file's")
    if is_pipe(text):
        return PipeInput(text)
    text = printable(text)
    if "\0" in text:
        raise UsageError(f'"{text}": a name has no zero byte')
    word = text.casefold()
    asked = [word] if word in (DEFAULT, LOOPBACK) else ["named", text]
    if platform == "linux":
        return _linux(asked, text)
    if platform == "win32" and (word == LOOPBACK or word.endswith("(loopback)")):
        return ProgramInput(WASAPI, asked)
    return ProgramInput(PORTAUDIO, asked)


def _linux(asked: list[str], text: str) -> Input:
    server = SoundServer()
    if asked == [LOOPBACK]:
        return ServerInput(Wanted.LOOPBACK, server)
    wanted = Wanted.DEFAULT if asked == [DEFAULT] else text
    return ServerFirst(server, ServerInput(wanted, server), ProgramInput(PORTAUDIO, asked))


def _meant(name: str) -> str:
    """Return a question where a name looks like one of our words."""
    words = difflib.get_close_matches(name.casefold(), [DEFAULT, LOOPBACK], n=1)
    return f'; did you mean "{words[0]}"?' if words and name not in words else ""


class ServerFirst:
    """The sound server's source where one has ever answered, else PortAudio's.

    A card that a server holds must not be taken away from it; but where none runs, PortAudio
    opens the card itself. A device that was found by either stays that one's.
    """

    drops = True
    quiet_is_silence = False

    def __init__(self, server: SoundServer, first: ServerInput, second: Input) -> None:
        self._server = server
        self._inputs: list[Input] = [first, second]

    @property
    def name(self) -> str:
        """What was asked for."""
        return self._inputs[0].name

    def start(self, changed: Callable[[], None]) -> None:
        """Watch the server."""
        self._inputs[0].start(changed)

    def devices(self) -> object:
        """Return what both see."""
        return tuple(one.devices() for one in self._inputs)

    def stop(self) -> None:
        """Stop watching."""
        self._server.stop()

    def open(self, sample_rate: int, now: Now) -> LiveSource:
        """Open it where it is; raises GenredError saying what both looked for."""
        reasons = []
        self._server.state_soon()
        for one in self._candidates():
            try:
                stream = one.open(sample_rate, now)
            except UsageError:
                raise
            except GenredError as error:
                reasons.append(error)
            else:
                self._keep(one)
                if self.name == DEFAULT and isinstance(stream, ProgramStream):
                    stream.better = self._better
                return stream
        said = "; ".join(map(str, reasons))
        if all(isinstance(reason, NoSuchDeviceError) for reason in reasons):
            raise NoSuchDeviceError(said + _meant(self.name))
        raise GenredError(said)

    def _better(self) -> str:
        """Say that the server, whose the default is, has come."""
        state = self._server.state
        return "a sound server answers now" if state.up and state.default else ""

    def _candidates(self) -> list[Input]:
        if self.name == DEFAULT and self._server.seen:
            return self._inputs[:1]
        return list(self._inputs)

    def _keep(self, found: Input) -> None:
        """Look for a named device only where it was found; a default is looked for anew."""
        if self.name != DEFAULT and found is not self._inputs[0]:
            self._server.stop()
            self._inputs = [found]
        elif self.name != DEFAULT:
            self._inputs = [found]
