"""Where the clients of this machine find its daemon, by the same config as the daemon's."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from genred.config.layers import load
from genred.places import DEFAULT_CONTROL, DEFAULT_EVENTS

_ANY = re.compile(r"tcp://(\*|0\.0\.0\.0|\[::\]):")


class Endpoints(NamedTuple):
    """One of each, that can be connected to."""

    events: str
    control: str | None
    """None where there is no control socket"""


def default_endpoints(environment: Mapping[str, str], path: Path | None = None) -> Endpoints:
    """Return where a client connects that was told nothing; raises ConfigError as `read`."""
    config = load(path, environment, {})
    control = config.control.bind
    return Endpoints(
        _first(config.events.bind, DEFAULT_EVENTS),
        _first(control, DEFAULT_CONTROL) if control else None,
    )


def _first(bound: Sequence[str], default: str) -> str:
    """Return the first endpoint whose port is known, as seen from this machine."""
    known = [endpoint for endpoint in bound if not endpoint.endswith(":*")]
    return next((_ANY.sub("tcp://127.0.0.1:", endpoint) for endpoint in known), default)
