"""What can change while the daemon hears, and what a change makes of the model and its figures.

Knows no socket and no signal: `set` and `reload` return what is new for the pipeline, and take
nothing on if anything is wrong with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from genred.config.fit import fit
from genred.config.keys import Key, clean, find, keys, shown
from genred.config.layers import Read, checked, value_of
from genred.config.problems import Slot
from genred.errors import GenredError, UsageError
from genred.labelled import labelled
from genred.labels import moved
from genred.parameters import Tracking
from genred.pipeline import Model

RESTART = "restart genred"


@dataclass(frozen=True)
class Change:
    """What the pipeline is to go on with."""

    model: Model
    tracking: Tracking
    names: Mapping[str, list[str]]
    """what becomes of the labels, as `Pipeline.retune` takes it"""
    told: Mapping[str, object]
    """for who asked"""


class Tuning:
    """The config of a running daemon, over it what was `set`.

    `model` is without the wishes of the config for its labels; `again` reads the config once more;
    `say` takes a line for who looks after the daemon. Raises ConfigError if they do not go
    together.
    """

    def __init__(
        self, model: Model, given: Read, again: Callable[[], Read], say: Callable[[str], None]
    ) -> None:
        self._own = model
        self._base = given
        self._given = given
        """what holds: the base, and over it what was set"""
        self._again = again
        self._say = say
        self._set: dict[Slot, object] = {}
        self._labels, self.tracking = fit(given, model.metadata)
        self.model = labelled(model, self._labels)
        self.heeds: dict[str, Callable[[object], None]] = {}
        """by key: who is told of its new value, beside the pipeline"""
        self.rereads: list[Callable[[], Mapping[str, object]]] = []
        """what else a reload reads anew: each returns what it changed; raises GenredError before
        it has changed anything"""

    @property
    def was_set(self) -> dict[str, object]:
        """What was `set` and not taken back, by dotted key."""
        return {dotted(slot): value for slot, value in self._set.items()}

    def set(self, values: Mapping[str, object]) -> Change:
        """Change values until the end of this process; None takes one back that was `set`.

        `told` has what holds of each now. Raises UsageError, and changes nothing, for what can't
        be, or not while it runs.
        """
        asked = {name: find(name) for name in values}
        for key, _ in asked.values():
            if not key.live:
                raise UsageError(self._refusal(key))
        given = checked({name: value for name, value in values.items() if value is not None})
        back = [asked[name] for name, value in values.items() if value is None]
        kept = {slot: v for slot, v in self._set.items() if not _is_among(slot, back)} | given
        change = self._take(self._base.over(kept))
        self._set = kept
        slots = [*given, *((key.name, label) for key, label in back)]
        return replace(change, told={dotted(slot): self._value(slot) for slot in slots})

    def reload(self) -> Change:
        """Read the config again, and take on what can change while it runs.

        `told` has what `changed`, and why what was `refused`, by name. Raises GenredError, and
        changes nothing, if anything is wrong with it; one line is said of it either way.
        """
        try:
            read = self._again()
            base = self._base.with_live_of(read)
            given = base.over(self._set)
            fit(given, self._own.metadata)
            reread = {name: value for one in self.rereads for name, value in one().items()}
        except GenredError as error:
            self._say(f"not reloaded, all stays as it was: {error}")
            raise
        self._base = base
        change = self._take(given)
        refused = {
            key.name: RESTART
            for key in keys().values()
            if not key.live and _differs(key, base, read)
        }
        changed = dict(change.told) | reread
        self._say(_in_a_line(read, changed, refused))
        return replace(change, told={"changed": changed, "refused": refused})

    def _take(self, given: Read) -> Change:
        """Take on a config; raises ConfigError, and takes on nothing, if it does not fit."""
        labels, tracking = fit(given, self._own.metadata)
        model = self.model if labels == self._labels else labelled(self._own, labels)
        names = moved(self._own.metadata.labels, self._labels, labels)
        before = self._live_values()
        self._given, self._labels, self.model, self.tracking = given, labels, model, tracking
        now = self._live_values()
        changed = {
            name: now.get(name) for name in {**now, **before} if now.get(name) != before.get(name)
        }
        for name, heed in self.heeds.items():
            if name in changed:
                heed(changed[name])
        return Change(model, tracking, names, changed)

    def _live_values(self) -> dict[str, object]:
        """Return what holds of all that can change, entries one by one."""
        found: dict[str, object] = {}
        for key in keys().values():
            value = self._value((key.name, None)) if key.live else None
            if isinstance(value, dict):
                found |= {dotted((key.name, label)): one for label, one in value.items()}
            elif key.live:
                found[key.name] = value
        return found

    def _value(self, slot: Slot) -> object:
        """Return what holds, the model's own where nothing is set; None for no entry."""
        section, _, name = slot[0].partition(".")
        if section == "tracking":
            return getattr(self.tracking, name)
        return value_of(self._given.config, slot)

    def _refusal(self, key: Key) -> str:
        where = (
            "the config" if self._base.file is None else clean(str(self._base.file), longest=None)
        )
        return f"{key.name} can't change while genred runs: put it into {where}, then {RESTART}"


def dotted(slot: Slot) -> str:
    """Return a key's name, with the label of an entry."""
    name, label = slot
    return name if label is None else f"{name}.{label}"


def _is_among(slot: Slot, asked: Sequence[tuple[Key, str | None]]) -> bool:
    """Tell whether a slot was named, or the whole of which it is an entry."""
    return any(slot[0] == key.name and label in (None, slot[1]) for key, label in asked)


def _differs(key: Key, one: Read, other: Read) -> bool:
    return value_of(one.config, (key.name, None)) != value_of(other.config, (key.name, None))


def _in_a_line(read: Read, changed: Mapping[str, object], refused: Mapping[str, str]) -> str:
    """Say what a reload did."""
    what = "the environment" if read.file is None else clean(str(read.file), longest=None)
    news = ", ".join(f"{clean(name)} = {shown(value)}" for name, value in changed.items())
    line = f"reloaded {what}: {news or 'nothing changed'}"
    return f"{line}; {RESTART}: {', '.join(refused)}" if refused else line
