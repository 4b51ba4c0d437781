"""How a report came to be, so that anyone can make it again."""

import msgspec


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """Whatever of a report is not a figure."""

    command: str
    time: str
    """ISO 8601, UTC"""
    git: str
    versions: dict[str, str]
