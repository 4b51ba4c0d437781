from collections.abc import Iterator

import pytest

from wire.bus import Bus
from wire.served import Served


@pytest.fixture
def bus() -> Iterator[Bus]:
    with Bus() as opened:
        yield opened


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    yield made
    made.close()
