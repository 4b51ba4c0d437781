"""Devices by what people call them: the whole name, or any part that only one of them has."""

import difflib
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from genred.errors import GenredError, UsageError

_NEAREST = 4


class Candidate(NamedTuple):
    """A device as one may call it."""

    name: str
    """what is written down"""
    description: str
    """what is shown to people"""


class NoSuchDeviceError(GenredError):
    """Nothing of this name is there now; it may come."""


T = TypeVar("T")


def find(wanted: str, things: Sequence[tuple[Candidate, T]]) -> T:
    """Return the thing that is called so: by its whole name, else by a part, case set aside.

    Raises NoSuchDeviceError, which lists the nearest names, or UsageError where several fit.
    """
    part = wanted.casefold()
    exact = [pair for pair in things if part in map(str.casefold, pair[0])]
    named = [pair for pair in exact if pair[0].name.casefold() == part]
    some = [pair for pair in things if any(part in text.casefold() for text in pair[0])]
    found = named or exact or some
    if len(found) == 1:
        return found[0][1]
    if found:
        names = quoted([candidate for candidate, _ in found])
        raise UsageError(f'"{wanted}" names several devices: {names}; give the whole of one name')
    nearest = _nearest(wanted, [candidate for candidate, _ in things])
    there = f"; there is {quoted(nearest)}" if nearest else "; there is none at all"
    raise NoSuchDeviceError(f'no device named "{wanted}" is there{there}')


def quoted(candidates: Sequence[Candidate]) -> str:
    """List names in words, each with its description where that says more."""
    return ", ".join(
        f'"{c.name}"' + (f" ({c.description})" if c.description not in ("", c.name) else "")
        for c in candidates
    )


def printable(text: str) -> str:
    """Return text that any output takes, also where it came as bytes that are no UTF-8."""
    return text.encode("utf-8", "replace").decode()


def _nearest(wanted: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the most alike names, the most alike first."""

    def likeness(candidate: Candidate) -> float:
        return max(
            difflib.SequenceMatcher(None, wanted.casefold(), text.casefold()).ratio()
            for text in candidate
        )

    return sorted(candidates, key=likeness, reverse=True)[:_NEAREST]
