"""A user's word on labels: how often they are heard here, and what they are called outside.

A weight is a factor on a label's probability in every window, before all are made to sum to 1
again: 0 never lets it be said, 0.2 makes it a fifth as likely. Two labels that get one name are
one label from then on, as likely as both together.
"""

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from genred.errors import UsageError
from genred.events import NOT_MUSIC, SILENCE, UNKNOWN

LONGEST_LABEL = 64
"""bytes of UTF-8"""
_RESERVED = (SILENCE, UNKNOWN, NOT_MUSIC)


@dataclass(frozen=True)
class Labels:
    """`[labels]`: weights and names by label of the model, taught ones among them."""

    weights: Mapping[str, float] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def check(self, labels: Sequence[str]) -> "Labels":
        """Return itself; raises UsageError for a label that is not there, or nothing left to say.

        The names themselves, and the weights as numbers, are checked where they are read.
        """
        for label in (*self.weights, *self.names):
            if label not in labels:
                raise UsageError(f'no label is called "{label}"{nearest(label, labels)}')
        if labels and not any(self.weights.get(label, 1.0) for label in labels):
            raise UsageError("every label has weight 0: nothing is left to be said")
        return self


def moved(labels: Sequence[str], before: Labels, after: Labels) -> dict[str, list[str]]:
    """Return which names share the part of each name, once other wishes hold for labels.

    A name that is taken back has none; one that stood for several labels may be split up.
    """
    found: dict[str, list[str]] = {}
    for label in labels:
        names = found.setdefault(before.names.get(label, label), [])
        if before.weights.get(label, 1.0) and after.weights.get(label, 1.0):
            names.append(after.names.get(label, label))
    return found


def parse_weights(texts: Sequence[str]) -> dict[str, float]:
    """Read `LABEL=0.2`; raises UsageError, one line, for what is none."""
    found = {}
    for text in texts:
        label, _, number = text.rpartition("=")
        try:
            weight = float(number)
        except ValueError:
            weight = math.nan
        if not label or not 0 <= weight < math.inf:
            raise UsageError(f'--weight "{text}": give LABEL=NUMBER, 0 or more')
        found[label] = weight
    return found


def parse_names(texts: Sequence[str]) -> dict[str, str]:
    """Read `LABEL=NAME`; raises UsageError, one line, for what is none."""
    found = {}
    for text in texts:
        label, equals, name = text.partition("=")
        if not (label and equals):
            raise UsageError(f'--name "{text}": give LABEL=NAME')
        found[label] = check_label(name)
    return found


def check_label(name: str) -> str:
    """Return what a label can be called; raises UsageError for what it can't."""
    if not name or name != name.strip() or not name.isprintable():
        raise UsageError(f"{name!r} is no label: use printable letters, no space at its ends")
    if len(name.encode()) > LONGEST_LABEL:
        raise UsageError(f'"{name}" is too long a label: {LONGEST_LABEL} bytes are the most')
    if name.casefold() in _RESERVED:
        raise UsageError(f'"{name}" is a word of genred\'s own; choose another label')
    return name


def nearest(wanted: str, labels: Sequence[str]) -> str:
    """Return what to say of a label that is not there: the nearest one, and all."""
    folded = {label.casefold(): label for label in labels}
    found = difflib.get_close_matches(wanted.casefold(), folded, n=1)
    meant = f'; did you mean "{folded[found[0]]}"?' if found else ""
    return f"{meant} (there are {', '.join(labels)})"
