"""What a source's name means on each system, and who is asked first on Linux."""

import time
from typing import Any

import pytest

from genred.audio.inputs import ServerFirst, make_input
from genred.audio.names import NoSuchDeviceError
from genred.audio.pipe import PipeInput
from genred.audio.programs import ProgramInput
from genred.audio.server_state import DOWN, ServerState
from genred.audio.soundserver import ServerInput, SoundServer
from genred.errors import GenredError, UsageError

RATE = 22050
UP = ServerState(up=True)


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_a_pipe_is_a_pipe_everywhere(platform: str) -> None:
    for text in ("-", "pipe:-?rate=44100", "pipe:fifo"):
        chosen = make_input(text, platform)
        assert isinstance(chosen, PipeInput)
        assert (chosen.name, chosen.drops, chosen.quiet_is_silence) == (text, False, False)


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("text", ["", "  ", "\t"])
def test_no_name_is_no_source(platform: str, text: str) -> None:
    with pytest.raises(UsageError, match="give default, loopback, a device's"):
        make_input(text, platform)


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_what_is_wrong_in_a_pipes_name_is_said_at_once(platform: str) -> None:
    with pytest.raises(UsageError, match="unknown"):
        make_input("pipe:x?speed=1", platform)


PORTAUDIO, WASAPI = "genred.audio.children.portaudio", "genred.audio.children.wasapi"


@pytest.mark.parametrize(
    ("platform", "text", "module", "asked"),
    [
        ("darwin", "default", PORTAUDIO, ["default"]),
        ("darwin", "Loopback", PORTAUDIO, ["loopback"]),
        ("darwin", "BlackHole", PORTAUDIO, ["named", "BlackHole"]),
        ("win32", "DEFAULT", PORTAUDIO, ["default"]),
        ("win32", "loopback", WASAPI, ["loopback"]),
        ("win32", "Speakers (Loopback)", WASAPI, ["named", "Speakers (Loopback)"]),
        ("win32", "Speakers", PORTAUDIO, ["named", "Speakers"]),
    ],
)
def test_elsewhere_a_program_of_ours_opens_it(
    platform: str, text: str, module: str, asked: list[str]
) -> None:
    chosen = make_input(text, platform)
    assert isinstance(chosen, ProgramInput)
    assert (chosen._module, chosen._asked) == (module, asked)  # noqa: SLF001
    assert chosen.drops
    assert chosen.quiet_is_silence == (module == WASAPI)


def test_on_linux_the_loopback_is_the_servers_alone() -> None:
    chosen = make_input("LOOPBACK", "linux")
    assert isinstance(chosen, ServerInput)
    assert chosen.name == "loopback"


@pytest.mark.parametrize(("text", "name"), [("Default", "default"), ("USB Mic", "USB Mic")])
def test_on_linux_a_server_is_asked_first(text: str, name: str) -> None:
    chosen = make_input(text, "linux")
    assert isinstance(chosen, ServerFirst)
    assert (chosen.name, chosen.drops, chosen.quiet_is_silence) == (name, True, False)


class FakeServer(SoundServer):
    """A server that says what a test wants, and remembers whether it was stopped."""

    def __init__(self, state: ServerState = UP) -> None:
        super().__init__()
        self.stopped = False
        self.say(state)

    def say(self, state: ServerState) -> None:
        self.state = state
        self.seen |= state.up

    def state_soon(self) -> ServerState:
        return self.state

    def stop(self) -> None:
        self.stopped = True


class Opens:
    """An input of either kind: opens, or fails as it is told; counts."""

    drops, quiet_is_silence, name = True, False, "usb"

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.count = 0

    def open(self, *_: object) -> object:
        self.count += 1
        if self.error:
            raise self.error
        return self

    def devices(self) -> object:
        return self.count

    def start(self, *_: object) -> None:
        """Watch nothing."""

    def stop(self) -> None:
        """Let go of nothing."""


MISSING = NoSuchDeviceError("not here")
BROKEN = GenredError("broken")


def first_of(server: SoundServer, first: Any, second: Any, name: str = "usb") -> ServerFirst:
    first.name = name
    return ServerFirst(server, first, second)


def opened(chosen: ServerFirst) -> object:
    return chosen.open(RATE, time.monotonic)


@pytest.mark.parametrize("name", ["default", "usb"])
def test_what_the_server_has_is_the_servers(name: str) -> None:
    first, second = Opens(), Opens()
    assert opened(first_of(FakeServer(), first, second, name)) is first
    assert second.count == 0


@pytest.mark.parametrize("name", ["default", "usb"])
def test_where_no_server_has_ever_answered_portaudio_opens_it(name: str) -> None:
    first, second = Opens(BROKEN), Opens()
    assert opened(first_of(FakeServer(DOWN), first, second, name)) is second


def test_a_server_that_has_ever_answered_keeps_the_default() -> None:
    server, first, second = FakeServer(), Opens(BROKEN), Opens()
    chosen = first_of(server, first, second, "default")
    server.say(DOWN)
    with pytest.raises(GenredError, match=r"^broken$"):
        opened(chosen)
    assert second.count == 0


def test_a_default_goes_to_a_server_that_comes_later() -> None:
    server, first, second = FakeServer(DOWN), Opens(BROKEN), Opens()
    chosen = first_of(server, first, second, "default")
    assert opened(chosen) is second
    assert not server.stopped
    server.say(UP)
    first.error = None
    assert opened(chosen) is first


def test_a_named_device_that_the_server_had_is_looked_for_there_alone() -> None:
    first, second = Opens(), Opens()
    chosen = first_of(FakeServer(), first, second)
    opened(chosen)
    first.error = MISSING
    with pytest.raises(NoSuchDeviceError, match=r"^not here$"):
        opened(chosen)
    assert second.count == 0


def test_a_named_device_that_portaudio_had_is_looked_for_there_alone() -> None:
    server, first, second = FakeServer(), Opens(MISSING), Opens()
    chosen = first_of(server, first, second)
    assert opened(chosen) is second
    assert server.stopped
    first.error = None
    assert opened(chosen) is second
    assert first.count == 1


def test_a_name_that_several_have_is_not_looked_for_elsewhere() -> None:
    second = Opens()
    with pytest.raises(UsageError, match="several"):
        opened(first_of(FakeServer(), Opens(UsageError("several")), second))
    assert second.count == 0


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (MISSING, MISSING, NoSuchDeviceError),
        (BROKEN, MISSING, GenredError),
        (MISSING, BROKEN, GenredError),
    ],
)
def test_the_reasons_of_both_are_told(
    first: GenredError, second: GenredError, kind: type[GenredError]
) -> None:
    with pytest.raises(GenredError, match=f"^{first}; {second}$") as caught:
        opened(first_of(FakeServer(), Opens(first), Opens(second)))
    assert type(caught.value) is kind


def test_what_either_sees_is_seen() -> None:
    first, second = Opens(), Opens()
    chosen = first_of(FakeServer(), first, second)
    seen = [chosen.devices()]
    for one in (first, second):
        one.count += 1
        seen.append(chosen.devices())
    assert len(set(map(str, seen))) == 3


@pytest.mark.parametrize(
    ("name", "asks"),
    [
        ("loopbac", '; did you mean "loopback"?'),
        ("Defaut", '; did you mean "default"?'),
        ("usb", ""),
    ],
)
def test_a_word_that_is_nearly_one_of_ours_is_asked_about(name: str, asks: str) -> None:
    chosen = first_of(FakeServer(), Opens(MISSING), Opens(MISSING), name)
    with pytest.raises(NoSuchDeviceError) as caught:
        opened(chosen)
    assert str(caught.value) == f"not here; not here{asks}"


@pytest.mark.parametrize("text", ["mic\udcb3", "pipe:/tmp/\udcb3", "pipe:/tmp/\udcb3?rate=8000"])
def test_a_name_that_is_no_utf_8_can_be_published(text: str) -> None:
    assert make_input(text).name == text.replace("\udcb3", "?")


@pytest.mark.parametrize(
    "text", ["pipe:\udcb3?rate=x", "pipe:\udcb3?format=\udcb3", "pipe:x?\udcb3=1"]
)
def test_what_is_wrong_with_a_name_that_is_no_utf_8_can_be_printed(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_input(text)
    assert str(caught.value).encode()


@pytest.mark.parametrize("text", ["mic\0", "pipe:/tmp/\0", "pipe:\0"])
def test_a_zero_byte_is_refused_before_anything_is_opened(text: str) -> None:
    with pytest.raises(UsageError, match="no zero byte"):
        make_input(text)
