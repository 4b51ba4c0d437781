"""The tree as a flat list of keys, `events.bind` among them: found, read from text, checked.

A key of labels holds an entry a label, `labels.weights.jazz`; each counts by itself.
"""

import difflib
import json
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from genred.config.tree import Config, Section
from genred.errors import UsageError

_LONGEST = 60
_YES = {"true": True, "yes": True, "on": True, "1": True}
_NO = {"false": False, "no": False, "off": False, "0": False}


@dataclass(frozen=True)
class Key:
    """One thing that can be configured."""

    name: str
    """dotted"""
    type: Any
    """of its value, or of an entry's"""
    meta: Meta
    default: object
    """UNSET where the model has one"""

    @property
    def has_entries(self) -> bool:
        """Whether it is a table of entries."""
        return typing.get_origin(_bare(self.type)) is dict

    @property
    def extra(self) -> Mapping[str, Any]:
        """What is said beside type and range."""
        return self.meta.extra or {}

    @property
    def live(self) -> bool:
        """Whether it can change while the daemon runs."""
        return bool(self.extra.get("live"))

    @property
    def is_path(self) -> bool:
        """Whether it names a file or folder, or may."""
        return bool(self.extra.get("path"))

    @property
    def is_folder(self) -> bool:
        """Whether it can be nothing but a path."""
        return _bare(self.type) is Path

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return "GENRED_" + self.name.replace(".", "_").upper()

    def check(self, value: object, label: str | None = None) -> object:
        """Return a value, or that of a label's entry; raises UsageError saying what to give."""
        name = self.name if label is None else f"{self.name}.{label}"
        wanted = self._entry if self.has_entries else self.type
        given = str(value) if isinstance(value, Path) else value
        refused = UsageError(f"{name} = {shown(value)}: give {self.wanted}")
        try:
            taken = msgspec.convert(given, str if self.is_folder else wanted)
        except (msgspec.ValidationError, UnicodeEncodeError):  # nor what is no UTF-8
            raise refused from None
        endless = isinstance(taken, float) and not math.isfinite(taken)
        if endless or (self.is_folder and not _names_a_file(taken)):
            raise refused
        try:
            self.extra.get("check", _take_it)(taken)
        except UsageError as error:
            raise UsageError(f"{name}: {error}") from None
        return taken

    def no_entries(self, value: object) -> str:
        """Say that a value is no table of entries."""
        example = "NUMBER" if "number" in self.wanted else "NAME"
        return f"{self.name} = {shown(value)}: give a table, LABEL = {example}"

    def read(self, text: str) -> object:
        """Read a value from text as people write it in an environment; as it is where it is none.

        Lists are `A,B`, tables `LABEL=VALUE,LABEL=VALUE`; numbers and booleans as in TOML.
        """
        bare = _bare(self.type)
        if bare is bool:
            return (_YES | _NO).get(text.casefold(), text)
        if bare in (int, float):
            return _number(text)
        if typing.get_origin(bare) is list:
            return [part.strip() for part in text.split(",") if part.strip()]
        if self.has_entries:
            return self._read_entries(text)
        return text

    def read_entry(self, text: str) -> object:
        """Read an entry's value from text."""
        return _number(text) if _bare(self._entry) is float else text

    @property
    def wanted(self) -> str:
        """What is to be given, in words."""
        return _in_words(self._entry if self.has_entries else self.type)

    @property
    def _entry(self) -> Any:
        return typing.get_args(_bare(self.type))[1]

    def _read_entries(self, text: str) -> object:
        found = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            label, equals, value = part.rpartition("=")
            if not equals:
                return text
            found[label.strip()] = self.read_entry(value.strip())
        return found


@cache
def keys() -> dict[str, Key]:
    """Return all keys by name, in the order of the tree."""
    return {key.name: key for key in _of(Config, "")}


@cache
def sections() -> dict[str, type[Section]]:
    """Return the tables of the file by name."""
    hints = typing.get_type_hints(Config)
    return {name: kind for name, kind in hints.items() if _is_section(kind)}


def find(name: str) -> tuple[Key, str | None]:
    """Return the key of a dotted name, and the entry's label; raises UsageError naming the nearest.

    A label is taken as it is, dots and spaces in it too.
    """
    if name in keys():
        return keys()[name], None
    for key in keys().values():
        if key.has_entries and name.startswith(f"{key.name}."):
            label = name.removeprefix(f"{key.name}.")
            return key, label[1:-1] if label[:1] == label[-1:] == '"' else label
    raise UsageError(unknown(name))


def unknown(name: str) -> str:
    """Say that there is no such key, and which one is nearest."""
    return f'unknown key "{clean(name)}"; the nearest is "{nearest(name)}"'


def nearest(name: str) -> str:
    """Return the key, or section, whose name is nearest to one that is none."""
    known = [*keys(), *(sections() if "." not in name else ())]
    last = name.casefold().rpartition(".")[2]
    # Under the wrong section, or under none, the name itself says more than the whole.
    misplaced = [key for key in keys() if key.rpartition(".")[2] == last]
    if misplaced:
        return misplaced[0]
    return str(max(known, key=lambda key: _likeness(name.casefold(), key)))


def clean(text: str, longest: int | None = _LONGEST) -> str:
    """Return text that does no harm to a terminal or a line, cut where it is too long."""
    whole = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return whole if longest is None or len(whole) <= longest else f"{whole[: longest - 1]}…"


def shown(value: object) -> str:
    """Write a value as in TOML, short."""
    return clean(json.dumps(value, ensure_ascii=False, default=str))


def _likeness(name: str, key: str) -> float:
    whole = difflib.SequenceMatcher(None, name, key).ratio()
    last = difflib.SequenceMatcher(None, name.rpartition(".")[2], key.rpartition(".")[2]).ratio()
    return max(whole, last if "." not in name else 0.0)


def _of(kind: type[Struct], prefix: str) -> typing.Iterator[Key]:
    hints = typing.get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        hint = hints[field.name]
        if _is_section(hint):
            yield from _of(hint, f"{field.name}.")
            continue
        annotated = _annotated(hint)
        default = field.default
        if default is msgspec.NODEFAULT:
            default = field.default_factory()
        yield Key(prefix + field.name, annotated, annotated.__metadata__[0], default)


def _is_section(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, Section)


def _annotated(hint: Any) -> Any:
    """Return what has the `Meta`, out of a union with UNSET too."""
    if typing.get_origin(hint) is Annotated:
        return hint
    return next(part for part in typing.get_args(hint) if typing.get_origin(part) is Annotated)


def _bare(hint: Any) -> Any:
    """Return a type without `Meta`, and without None."""
    if typing.get_origin(hint) is Annotated:
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(part for part in typing.get_args(hint) if part is not types.NoneType)
    return hint


def _number(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _names_a_file(text: object) -> bool:
    return bool(text) and "\0" not in str(text)


def _take_it(value: object) -> None:
    """Check nothing more."""


def _in_words(hint: Any) -> str:
    bare, meta = _bare(hint), _meta(hint)
    if bare is bool:
        return "true or false"
    if typing.get_origin(bare) is typing.Literal:
        return ", ".join(typing.get_args(bare)[:-1]) + f" or {typing.get_args(bare)[-1]}"
    if typing.get_origin(bare) is list:
        return 'a list such as ["A", "B"]' + (", not empty" if meta.min_length else "")
    if bare in (int, float):
        return ("a whole number" if bare is int else "a number") + _range(meta)
    return "a path" if bare is Path else "text in quotes"


def _meta(hint: Any) -> Meta:
    return hint.__metadata__[0] if typing.get_origin(hint) is Annotated else Meta()


def _range(meta: Meta) -> str:
    """Say a range: `, 1 or more`, `, above 0 and at most 1`."""
    low = f"{meta.ge:.12g} or more" if meta.ge is not None else ""
    low = f"above {meta.gt:.12g}" if meta.gt is not None else low
    high = f"at most {meta.le:.12g}" if meta.le is not None else ""
    high = f"below {meta.lt:.12g}" if meta.lt is not None else high
    said = " and ".join(filter(None, (low, high)))
    return f", {said}" if said else ""
