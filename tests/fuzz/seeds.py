"""Where fuzzing begins: good bytes for each target, beside what lies in `corpus/`."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from fuzz import asking, gathering, samples
from fuzz.samples import archive, base, described
from fuzz.targets import TARGETS

_CORPUS = Path(__file__).with_name("corpus")


def seeds(target: str) -> list[bytes]:
    """Return all that a target begins with."""
    made = MADE.get(target)
    return (made() if made else []) + [path.read_bytes() for path in kept(target)]


def seeds_of_all() -> list[bytes]:
    """Return those of all targets, each after its number."""
    return [
        bytes([number]) + seed for number, target in enumerate(TARGETS) for seed in seeds(target)
    ]


def kept(target: str) -> list[Path]:
    """Return what is kept of a target: what once broke it, and what is hard to find."""
    return sorted(path for path in (_CORPUS / target).glob("*") if path.is_file())


def _frames() -> list[bytes]:
    events = samples.events()
    return [*events, b"\xfe".join(events), b"\xff".join(events), b"\xfe\xff\xfe", b""]


def _models() -> list[bytes]:
    small = b"TFL3" * 4
    return [archive(small, described(), base().metadata.labels), small, b""]


def _descriptions() -> list[bytes]:
    metadata = base().metadata
    deep = msgspec.structs.replace(metadata, rejection=type(metadata.rejection)())
    short = msgspec.json.encode(msgspec.structs.replace(deep, training=None))
    return [described(), msgspec.json.encode(deep), short]


def _edits() -> list[bytes]:
    return [bytes([place, 0, place, place, 255]) for place in range(40)] + [bytes(range(1, 13))]


def _raw() -> list[bytes]:
    return [bytes([44, 1, form]) + bytes(range(256)) * 8 for form in range(6)]


def _sources() -> list[bytes]:
    return [
        b"default", b"loopback", b"USB Mic", b"-", b"pipe:-", b"pipe:/tmp/x",
        b"pipe:/tmp/x?rate=48000&channels=2&format=s16le", b"Speakers (loopback)", "é".encode(),
    ]  # fmt: skip


def _configs() -> list[bytes]:
    whole = b"""source = "pipe:-?rate=48000"
model = "tiny"
stream = "bar"
wait = false
taught_dir = "/x"
[events]
bind = ["tcp://127.0.0.1:5570", "ipc:///tmp/x"]
high_water_mark = 10
[control]
bind = []
[labels]
weights = {rock = 0.5}
names = {rock = "Rock"}
[tracking]
margin = 0.5
[security]
keys = "keys"
insecure = false
[log]
level = "info"
to = "journal"
max_mb = 1
keep = 3
[metrics]
bind = "127.0.0.1:9570"
"""
    return [whole, *(part for part in whole.split(b"["))]


def _environments() -> list[bytes]:
    values = (b"true", b"1.5", b"tcp://127.0.0.1:5570", b"rock=0.5", b"x", b"base")
    return [bytes([number]) + value for number in range(30) for value in values]


MADE: dict[str, Callable[[], list[bytes]]] = {
    "change": asking.changes,
    "request": asking.requests,
    "audio": samples.sounds,
    "gather": gathering.gatherings,
    "key": samples.keys,
    "config": _configs,
    "environment": _environments,
    "audio_edited": _edits,
    "description_edited": _edits,
    "event_edited": _edits,
    "lessons_edited": _edits,
    "description": _descriptions,
    "event": samples.events,
    "lessons": samples.lessons,
    "model": _models,
    "pcm": _raw,
    "source": _sources,
    "subscriber": _frames,
}
