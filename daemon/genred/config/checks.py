"""What a range can't say of a value: each takes one and raises UsageError in one line."""

import re
from collections.abc import Sequence

from genred.audio import pipe
from genred.errors import UsageError
from genred.events import check_stream
from genred.labels import check_label
from genred.model.shipped import find
from genred.wire.endpoints import check_endpoint

_ADDRESS = re.compile(r"(?P<host>[^/\s]+):(?P<port>[0-9]{1,5})")
_LAST_PORT = 65535
LOG_WORDS = ("stderr", "journal")


def source(text: str) -> None:
    """Check that it can be meant; whether it is there is seen when it is opened."""
    if not text.strip():
        raise UsageError("the source has no name; give default, loopback, a device's or a file's")
    if pipe.is_pipe(text):
        pipe.parse(text)


def model(name: str) -> None:
    """Check that it is shipped, or can be a file's name."""
    find(name)


def stream(name: str) -> None:
    """Check that it can stand in a topic."""
    check_stream(name)


def endpoints(several: Sequence[str]) -> None:
    """Check each, and that none is there twice."""
    for endpoint in several:
        check_endpoint(endpoint)
        if several.count(endpoint) > 1 and not endpoint.endswith(":*"):
            raise UsageError(f'"{endpoint}" is there twice')


def label_name(name: str) -> None:
    """Check that a label can be called so."""
    check_label(name)


def log_target(text: str) -> None:
    """Check that it is one of our words, or a path, not a word mistyped."""
    if text not in LOG_WORDS and "/" not in text:
        raise UsageError(f'"{text}" is none of {", ".join(LOG_WORDS)}; write a file as ./{text}')


def address(text: str) -> None:
    """Check that it is HOST:PORT, or nothing."""
    found = _ADDRESS.fullmatch(text)
    if text and not (found and int(found["port"]) <= _LAST_PORT):
        raise UsageError(f'"{text}" is no address: give HOST:PORT, such as 127.0.0.1:9570')
