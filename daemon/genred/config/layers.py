"""From file, environment and flags to one `Config`, with where each value came from.

Later ones win: defaults < file < environment < flags < what was `set` while it runs. Entries of
labels count one by one. All that is wrong is found, and not the first alone.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from genred.config.file import home, take_file, take_text
from genred.config.keys import Key, clean, find, keys
from genred.config.problems import ConfigError, Found, Place, Slot, told
from genred.config.tree import Config
from genred.errors import UsageError
from genred.places import find as find_file
from genred.places import keys_folder

PREFIX = "GENRED_"
NO_KEYS = ("GENRED_CONFIG", "GENRED_DATA", "GENRED_KEY")
"""variables with another use: this config, a checkout's music, a client's key"""


@dataclass(frozen=True)
class Read:
    """What holds, and why."""

    config: Config
    file: Path | None
    """None where there is none"""
    values: Mapping[Slot, object] = field(default_factory=dict)
    """what was said anywhere; the rest are defaults"""
    places: Mapping[Slot, Place] = field(default_factory=dict)

    def place(self, slot: Slot) -> Place:
        """Tell where a value came from."""
        return self.places.get(slot, Place("default"))

    def over(self, changes: Mapping[Slot, object]) -> "Read":
        """Return it with checked values `set` over it; raises ConfigError if they don't go."""
        places = dict(self.places) | dict.fromkeys(changes, Place("set"))
        found = Found(dict(self.values) | dict(changes), places)
        return _joined(self.file, found, self.config.security.keys)

    def with_live_of(self, later: "Read") -> "Read":
        """Return it with what can change at run time as it was read later, and nothing else."""
        found = Found()
        for read, live in ((self, False), (later, True)):
            for slot, value in read.values.items():
                if keys()[slot[0]].live == live:
                    found.values[slot], found.places[slot] = value, read.places[slot]
        return _joined(later.file, found, self.config.security.keys)


def load(path: Path | None, environment: Mapping[str, str], flags: Mapping[str, object]) -> Config:
    """Return what holds; arguments and errors are those of `read`."""
    return read(path, environment, flags).config


def read(path: Path | None, environment: Mapping[str, str], flags: Mapping[str, object]) -> Read:
    """Read everything. `path`: the file, None for where one is looked for.

    `flags`: values by dotted key; text is read as in the environment where a key wants no text.
    Raises ConfigError, one line, for what is wrong anywhere, and for a named file that is not
    there.
    """
    found = Found()
    file = find_file(path, environment)
    if file is not None:
        take_file(file, found)
    _take_environment(environment, found)
    _take_flags(flags, found)
    return _joined(file, found, keys_folder(file, environment))


def problems_of(text: str, file: Path) -> list[str]:
    """Return all that is wrong with a file's text, one line each."""
    found = Found()
    take_text(text, file, found)
    try:
        _joined(file, found, Path())
    except ConfigError as error:
        return error.problems
    return []


def checked(values: Mapping[str, object]) -> dict[Slot, object]:
    """Return values by dotted key as they are kept; raises ConfigError. Text as in `read`."""
    found = Found()
    _take_flags(values, found)
    if found.problems:
        raise ConfigError(found.problems)
    return found.values


def value_of(config: Config, slot: Slot) -> object:
    """Return a value; UNSET where the model has it, None for an entry that is not there."""
    name, label = slot
    found: Any = config
    for part in name.split("."):
        found = getattr(found, part)
    return found if label is None else found.get(label)


def _take_environment(environment: Mapping[str, str], found: Found) -> None:
    by_variable = {key.variable: key for key in keys().values()}
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name in NO_KEYS:
            continue
        if name in by_variable:
            _take(by_variable[name], environment[name], Place("environment", name), found)
        else:
            near = max(by_variable, key=lambda known: _likeness(name, known))
            found.problems.append(f"{clean(name)}: no such variable; the nearest is {near}")


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


def _take_flags(flags: Mapping[str, object], found: Found) -> None:
    for name, value in flags.items():
        try:
            key, label = find(name)
        except UsageError as error:
            found.problems.append(str(error))
            continue
        if label is None:
            _take(key, value, Place("flag"), found)
        else:
            read_value = key.read_entry(value) if isinstance(value, str) else value
            found.take(key, label, read_value, Place("flag"))


def _take(key: Key, value: object, place: Place, found: Found) -> None:
    """Take a whole value, as it is or as text."""
    if isinstance(value, str):
        value = key.read(home(value) if key.is_path else value)
    if not key.has_entries:
        found.take(key, None, value, place)
    elif isinstance(value, Mapping):
        for label, one in value.items():
            found.take(key, str(label), one, place)
    else:
        found.problems.append(told(place, key.no_entries(value)))


def _joined(file: Path | None, found: Found, keys_at: Path) -> Read:
    """Make the tree; raises ConfigError for all that was wrong, or does not go together."""
    if found.problems:
        raise ConfigError(found.problems)
    tree: dict[str, Any] = {"security": {"keys": keys_at}}
    for (name, label), value in found.values.items():
        section, _, last = name.rpartition(".")
        table = tree.setdefault(section, {}) if section else tree
        if label is None:
            table[last] = value
        else:
            table.setdefault(last, {})[label] = value
    config = msgspec.convert(tree, Config, dec_hook=lambda kind, value: kind(value))
    made = Read(config, file, found.values, found.places)
    if twice := set(config.events.bind) & set(config.control.bind):
        text = f'control.bind: "{min(twice)}" is that of the events; give another'
        raise ConfigError([told(made.place(("control.bind", None)), text)])
    tracking = config.tracking
    opens, closes = tracking.open_dbfs, tracking.close_dbfs
    if isinstance(opens, float) and isinstance(closes, float) and closes > opens:
        text = f"tracking.close_dbfs = {closes:g} is above open_dbfs = {opens:g}; give less"
        raise ConfigError([told(made.place(("tracking.close_dbfs", None)), text)])
    return made
