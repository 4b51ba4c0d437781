"""Real sound servers as fixtures: skipped aloud where they are not installed, failed under CI."""

import os
from collections.abc import Iterator
from typing import TypeVar

import pytest

from integration.servers import PipeWire, PulseAudio, SoundServer

Server = TypeVar("Server", bound=SoundServer)


def served(kind: type[Server]) -> Iterator[Server]:
    """Run a server for one test."""
    missing = kind.missing()
    if missing:
        packages = " ".join(kind.packages)
        reason = f"needs {', '.join(missing)}: apt-get install --no-install-recommends {packages}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with kind() as server:
        yield server


@pytest.fixture
def pulse_server() -> Iterator[PulseAudio]:
    """PulseAudio, running."""
    yield from served(PulseAudio)


@pytest.fixture
def pipewire_server() -> Iterator[PipeWire]:
    """PipeWire, running."""
    yield from served(PipeWire)


@pytest.fixture(params=[PulseAudio, PipeWire], ids=lambda kind: kind.name)
def sound_server(request: pytest.FixtureRequest) -> Iterator[SoundServer]:
    """Each of the servers in turn, running."""
    yield from served(request.param)
