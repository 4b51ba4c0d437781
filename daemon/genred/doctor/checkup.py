"""All checks, in the order in which one builds on the other; each is done when it is asked for."""

import sys
from collections.abc import Callable, Iterator

from genred.audio.devices import Listing
from genred.audio.programs import PORTAUDIO, listed
from genred.audio.server_state import DOWN, ServerState
from genred.doctor.capture import LIMIT_S as CAPTURE_S
from genred.doctor.capture import check_capture
from genred.doctor.check import Check, sure
from genred.doctor.port import check_port
from genred.doctor.runtime import check_inference, check_model, check_python
from genred.doctor.sound import check_portaudio, check_recorder, check_server, server_state
from genred.errors import GenredError
from genred.model.package import ModelPackage
from genred.model.shipped import load_model
from genred.parameters import Tracking
from genred.wire.control import DEFAULT_CONTROL

Step = tuple[str, Callable[[], list[Check]], float]


class Checkup:
    """One look at this machine, for a source and a model."""

    def __init__(self, source: str, model: str, platform: str = sys.platform) -> None:
        self._source = source
        self._model = model
        self._linux = platform == "linux"
        self._package: ModelPackage | None = None
        self._state: ServerState = DOWN
        self._inputs: Listing | GenredError = []

    def __iter__(self) -> Iterator[Check]:
        """Yield what is found, as it is found."""
        steps: dict[str, Callable[[], list[Check]]] = {
            "python": lambda: [check_python()],
            "model": self._check_model,
            "litert": self._check_litert,
            "sound": self._check_sound,
            "port": lambda: [check_port(), check_port(DEFAULT_CONTROL, option="--control")],
        }
        for name, step in steps.items():
            yield from sure(name, step)
        yield from sure("capture", self._check_capture, CAPTURE_S)

    def _check_model(self) -> list[Check]:
        self._package = load_model(self._model)
        return [check_model(self._package)]

    def _check_litert(self) -> list[Check]:
        return [check_inference(self._package)] if self._package else []

    def _check_sound(self) -> list[Check]:
        """Ask the server and PortAudio; what one lacks matters if the other is not there."""
        if self._linux:
            self._state = server_state()
        try:
            self._inputs = listed(PORTAUDIO)
        except GenredError as error:
            self._inputs = error
        found = [check_portaudio(self._inputs, needed=not self._state.up)]
        return [*self._check_linux(), *found] if self._linux else found

    def _check_linux(self) -> list[Check]:
        # What they import is there on Unix alone.
        from genred.doctor import alsa, session  # noqa: PLC0415

        here, state = session.this_session(), self._state
        served = isinstance(self._inputs, list) and bool(self._inputs)
        if state.up:
            server = check_server(state, session.whose(here))
        else:
            server = session.check_no_server(here, state.why, needed=not served)
        return [server, check_recorder(needed=state.up), alsa.check_alsa(needed=not state.up)]

    def _check_capture(self) -> list[Check]:
        tracking = self._package.metadata.tracking if self._package else Tracking()
        return check_capture(self._source, tracking, self._state)
