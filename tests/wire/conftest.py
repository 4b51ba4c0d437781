from collections.abc import Iterator

import pytest

from wire.bus import Bus


@pytest.fixture
def bus() -> Iterator[Bus]:
    with Bus() as opened:
        yield opened
