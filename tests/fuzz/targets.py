"""What is fuzzed: each takes bytes from anywhere and must keep one law.

A good result, or a GenredError of one line; never another exception, never a hang, never more
memory than a file of such a size can ask for.
"""

import contextlib
import math
import tempfile
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import zmq

from fuzz import asking, gathering, samples
from fuzz.samples import archive, base, described
from genred.audio.file import FileSource
from genred.audio.inputs import make_input
from genred.audio.pcm import SAMPLE_BYTES, PcmBlocks, PcmFormat
from genred.audio.pipe import parse
from genred.audio.recordings import recording_name
from genred.audio.source import Block
from genred.config import load
from genred.config.keys import keys
from genred.errors import GenredError
from genred.events import Genre, decode, encode
from genred.model import package
from genred.model.classifier import Classifier
from genred.model.metadata import Metadata
from genred.pipeline import Pipeline
from genred.taught import lessons_file
from genred.wire import key_file
from genred.wire.subscriber import Subscriber
from genred.wire.watch import Notice

LONGEST_LINE = 4000
"""of an error, beside what it repeats of what was given"""
_MOST_BLOCKS = 400
"""of one file: a few bytes can say that they are hours of silence"""
_PLATFORMS = ("linux", "win32", "darwin")

Target = Callable[[bytes], None]


def lawful(target: Target, given: bytes) -> None:
    """Run a target; raises what is against the law."""
    try:
        target(given)
    except GenredError as error:
        line = " ".join(str(error).split())  # as all of our programs print it
        check_line(line, LONGEST_LINE + 4 * len(given))


def check_line(line: str, longest: int = LONGEST_LINE) -> None:
    """Hold that a person can be shown it in one line."""
    assert line, "an error without words"
    assert "\n" not in line, f"more than one line: {line!r}"
    assert len(line) < longest, f"{len(line)} letters: {line[:200]!r}"
    line.encode()  # as it is printed


def _edited(good: list[bytes], given: bytes) -> bytes:
    """Change good bytes: which ones says the first, then three each say where and what.

    No coverage leads a fuzzer through libraries in C, so it is led to where their formats are: to
    the first bytes, where headers stand, as often as to all others. The last byte may cut the end.
    """
    if not given:
        return good[0]
    content = bytearray(good[given[0] % len(good)])
    for at in range(1, min(len(given), 40) - 2, 3):
        where = given[at] << 8 | given[at + 1]
        within = min(len(content), 128) if where & 1 else len(content)
        content[(where >> 1) % within] = given[at + 2]
    return bytes(content[: len(content) * given[-1] // 255] if given[-1] % 4 == 1 else content)


# Events.


def event(given: bytes) -> None:
    """One frame, as any peer may send it."""
    try:
        found = decode(given)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return
    assert decode(encode(found)) == found


def event_edited(given: bytes) -> None:
    """A good event with some of its bytes replaced."""
    event(_edited(samples.events(), given))


def subscriber(given: bytes) -> None:
    """Frames of any number, cut at each 0xff; after them a good event is still read."""
    wire = _wire()
    for message in given.split(b"\xfe"):
        wire.publisher.send_multipart([wire.topic, *message.split(b"\xff")])
    wire.number += 1
    good = msgspec.structs.replace(_GOOD, session=f"good {wire.number}")
    wire.publisher.send_multipart([wire.topic, encode(good)])
    assert list(wire.subscriber)[-1] == good
    for notice in wire.notices:
        check_line(str(notice))
    wire.notices.clear()


_GOOD = Genre(stream="x", session="good", seq=0, time=0.0, audio_time=0.0, genre="a", onset=0.0)


@dataclass
class _Wire:
    context: "zmq.Context[zmq.Socket[bytes]]"
    publisher: "zmq.Socket[bytes]"
    subscriber: Subscriber
    notices: list[Notice]
    topic: bytes = b"genre/x/"
    number: int = 0


@cache
def _wire() -> _Wire:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    publisher = context.socket(zmq.PUB)
    publisher.setsockopt(zmq.SNDHWM, 0)
    publisher.bind("inproc://fuzz")
    notices: list[Notice] = []
    subscriber = Subscriber(
        "inproc://fuzz", on_notice=notices.append, timeout_s=0.0, context=context
    )
    made = _Wire(context, publisher, subscriber, notices)
    while not list(subscriber):  # until the subscription has arrived
        publisher.send_multipart([made.topic, encode(_GOOD)])
    return made


# Models.


def model(given: bytes) -> None:
    """A whole model file."""
    package.load(_written("model.tflite", given))


def description(given: bytes) -> None:
    """`genred.json` in a sound file: what is accepted works on any sound."""
    path = _folder() / "described.tflite"
    path.write_bytes(_packed(given))
    loaded = package.load(path)
    metadata = loaded.metadata
    classifier = Classifier(loaded)
    pipeline = Pipeline(classifier)
    length = min(metadata.features.window_samples + metadata.features.n_fft, 1 << 18)
    noise = np.random.default_rng(0).standard_normal(length).astype(np.float32)
    for record in (*pipeline.push(Block(noise)), *pipeline.flush()):
        said = msgspec.structs.asdict(record)
        probabilities = said.get("probabilities", {})
        assert all(math.isfinite(p) for p in probabilities.values()), probabilities


def description_edited(given: bytes) -> None:
    """`genred.json` with some of its values replaced: three bytes say where, and by what."""
    tree = msgspec.json.decode(described())
    for at in range(0, min(len(given), 12) - 2, 3):
        _replace(tree, given[at] << 8 | given[at + 1], _ODD[given[at + 2] % len(_ODD)])
    description(msgspec.json.encode(tree))


_ODD: list[object] = [
    None, True, "", "x", "silence", "sigmoid", "logmel", "embedding", [], [1], [[]], {}, {"a": 1},
    0, 1, 2, 3, 7, 8, 9, 127, 128, 255, 1000, 4096, 65535, 65536, 65537, 2**31, 2**53, 2**63, 2**64,
    -1, -2, -128, -(2**31), 0.5, 1e-5, 1e-11, 1e-13, 1e-31, 1e-300, 1.5, 1e6, 1e11, 1e13, 1e30,
    1e38, 1e39, 1e300, -0.5, -1e11, -1e300, 22050, 11025, 44100, 100.5, "a\nb", "\0", "ä" * 500,
]  # fmt: skip


def _replace(tree: Any, place: int, value: object) -> None:
    """Put a value at one of the places of a tree of JSON; long lists count as one."""
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        keys = list(node) if isinstance(node, dict) else range(min(len(node), 4))
        for key in keys:
            places.append((node, key))
            if isinstance(node[key], dict | list):
                walk(node[key])

    walk(tree)
    if places:
        node, key = places[place % len(places)]
        node[key] = deepcopy(value)  # or it might come to hold itself


def lessons_edited(given: bytes) -> None:
    """A good file of what was taught, with some of its bytes replaced."""
    lessons(_edited(samples.lessons(), given))


def lessons(given: bytes) -> None:
    """A file of what was taught."""
    lessons_file.read(_written("songs.npz", given))


def _packed(text: bytes) -> bytes:
    labels = base().metadata.labels
    with contextlib.suppress(msgspec.MsgspecError, GenredError, UnicodeDecodeError, RecursionError):
        labels = msgspec.json.decode(text, type=Metadata).labels
    return archive(base().flatbuffer, text, labels)


# What a person writes.


def config(given: bytes) -> None:
    """A config file."""
    load(_written("config.toml", given), {}, {})


def key(given: bytes) -> None:
    """A key's file."""
    path = _written("x.secret", given)
    path.chmod(0o600)
    key_file.read(path)


def environment(given: bytes) -> None:
    """Variables `GENRED_...`: pairs with a zero byte between; a key by its number."""
    names = [key.variable for key in keys().values()]
    variables = {}
    for pair in given.split(b"\0"):
        name = names[pair[0] % len(names)] if pair else "GENRED_"
        variables[name] = pair[1:].decode("utf-8", "surrogateescape")
    load(None, variables, {})


# Sound.


def audio(given: bytes) -> None:
    """A sound file of any kind."""
    with FileSource(_written("sound", given), 22050) as source:
        for number, block in enumerate(source):
            assert np.isfinite(block.samples).all()
            if number == _MOST_BLOCKS:
                return


def audio_edited(given: bytes) -> None:
    """A sound file of any kind with some of its bytes replaced."""
    audio(_edited(samples.sounds(), given))


def pcm(given: bytes) -> None:
    """Raw samples, of a format that the first bytes choose."""
    head, body = given[:3].ljust(3, b"\0"), given[3:]
    form = PcmFormat(
        sample_rate=4000 + 3000 * head[0],
        channels=1 + head[1] % 32,
        sample_format=sorted(SAMPLE_BYTES)[head[2] % len(SAMPLE_BYTES)],
    )
    for block in PcmBlocks(_Feed(body), form, 22050):
        assert np.isfinite(block.samples).all()


def source(given: bytes) -> None:
    """What `--source` and `pipe:PATH?...` may say; nothing is opened."""
    text = given.decode("utf-8", "surrogateescape")
    for platform in _PLATFORMS:
        make_input(text, platform)
    recording_name(Path(text.replace("\0", "")))
    parse(text)


class _Feed:
    """Bytes that are all there."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def fill(self, buffer: memoryview) -> int:
        """Hand out the next ones."""
        part, self._content = self._content[: len(buffer)], self._content[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="genred-fuzz-"))


def _written(name: str, given: bytes) -> Path:
    path = _folder() / name
    path.write_bytes(given)
    return path


TARGETS: dict[str, Target] = {
    "audio": audio,
    "audio_edited": audio_edited,
    "change": asking.change,
    "config": config,
    "description": description,
    "description_edited": description_edited,
    "environment": environment,
    "event": event,
    "event_edited": event_edited,
    "gather": gathering.gather,
    "key": key,
    "lessons": lessons,
    "lessons_edited": lessons_edited,
    "model": model,
    "pcm": pcm,
    "request": asking.request,
    "source": source,
    "subscriber": subscriber,
}


def everything(given: bytes) -> None:
    """Take the target that the first byte says, and give it the rest."""
    if given:
        name = list(TARGETS)[given[0] % len(TARGETS)]
        TARGETS[name](given[1:])
