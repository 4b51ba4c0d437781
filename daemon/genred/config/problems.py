"""What is wrong with a config, and where: one line each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from genred.config.keys import Key, clean
from genred.errors import UsageError

_TOLD = 5

Slot = tuple[str, str | None]
"""a key's name, and the label of an entry"""


class Place(NamedTuple):
    """Where a value came from."""

    kind: str
    """`default`, `model`, `file`, `environment`, `flag` or `set`"""
    where: str = ""
    """FILE:LINE, or the variable"""

    def __str__(self) -> str:
        return self.where or self.kind


class ConfigError(UsageError):
    """A config that can't be taken; `problems` are all, one line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        more = len(self.problems) - _TOLD
        said = "; ".join(self.problems[:_TOLD])
        super().__init__(f"{said}; and {more} more (genred config check)" if more > 0 else said)


def told(place: Place, text: str) -> str:
    """Say something of a value, after its line or variable."""
    return f"{place.where}: {text}" if place.where else text


@dataclass
class Found:
    """What was found so far: checked values, where each came from, and what is wrong."""

    values: dict[Slot, object] = field(default_factory=dict)
    places: dict[Slot, Place] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def take(self, key: Key, label: str | None, value: object, place: Place) -> None:
        """Check a value and keep it, or say what is wrong with it."""
        try:
            self.values[key.name, label] = key.check(value, label)
            self.places[key.name, label] = place
        except UsageError as error:
            self.problems.append(told(place, clean(str(error), longest=None)))
