"""A file of TOML becomes checked values, each with its line; what is wrong is told with its own."""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path

from genred.config.keys import Key, clean, keys, sections, unknown
from genred.config.lines import lines
from genred.config.problems import Found, Place, told
from genred.errors import UsageError
from genred.model.shipped import NAMES

LARGEST = 1 << 20
"""bytes"""
_WORDS = (*NAMES, "stderr", "journal")
_LINE = re.compile(r"(.*) \(at line (\d+), column (\d+)\)", re.DOTALL)

Lines = Mapping[tuple[str | int, ...], int]


def text_of(file: Path) -> str:
    """Return what is in a file; raises UsageError, one line, also for what is no file."""
    name = clean(str(file), longest=None)
    if str(file) == os.devnull:
        return ""
    try:
        # Not to wait for a writer, where it is a FIFO.
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as opened:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UsageError(f"{name}: no file; a config is a text file")
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}; give another file") from error
    except ValueError:  # a zero byte in its name
        raise UsageError(f"{name}: no name of a file; give another file") from None
    if len(content) > LARGEST:
        raise UsageError(f"{name}: too large for a config; {LARGEST} bytes are the most")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}: no UTF-8; save it as UTF-8 text") from None


def take_file(file: Path, found: Found) -> None:
    """Read a file into what was found."""
    try:
        text = text_of(file)
    except UsageError as error:
        found.problems.append(str(error))
    else:
        take_text(text, file, found)


def take_text(text: str, file: Path, found: Found) -> None:
    """Read a file's text into what was found."""
    name = clean(str(file), longest=None)
    try:
        tree = tomllib.loads(text)
        _Walk(file, name, lines(text), found).table(tree, ())
    except tomllib.TOMLDecodeError as error:
        found.problems.append(f"{name}:{_no_toml(error, text)}")
    except RecursionError:
        found.problems.append(f"{name}:1: nested too deep; a config has one level of tables")
    except ValueError as error:  # a number of thousands of digits
        found.problems.append(f"{name}:1: no TOML: {clean(str(error))}")


def _no_toml(error: tomllib.TOMLDecodeError, text: str) -> str:
    known = _LINE.fullmatch(str(error))
    if known:
        what, line, column = known.groups()
        return f"{line}: no TOML: {clean(what)} at column {column}"
    return f"{text.count(chr(10)) + 1}: no TOML: {clean(str(error))}"


class _Walk:
    """Goes through what tomllib made of a file."""

    def __init__(self, file: Path, name: str, at: Lines, found: Found) -> None:
        self._folder = file.absolute().parent
        self._name = name
        self._at = at
        self._found = found

    def table(self, tree: Mapping[str, object], above: tuple[str, ...]) -> None:
        for name, value in tree.items():
            path = (*above, name)
            # A key such as "events.bind", in quotes, is none of ours.
            dotted = ".".join(path) if "." not in name else ""
            key = keys().get(dotted)
            if dotted in sections():
                self._section(path, value)
            elif key is None:
                self._say(path, unknown(".".join(path)))
            elif key.has_entries:
                self._entries(key, path, value)
            else:
                place = self._place(self._blamed(key, path, value))
                self._found.take(key, None, self._beside(key, value), place)

    def _section(self, path: tuple[str, ...], value: object) -> None:
        if isinstance(value, dict):
            self.table(value, path)
        else:
            self._say(path, f"{path[0]} is a table: write [{path[0]}] and its keys below")

    def _entries(self, key: Key, path: tuple[str, ...], value: object) -> None:
        if not isinstance(value, dict):
            self._say(path, key.no_entries(value))
            return
        for label, one in value.items():
            self._found.take(key, label, one, self._place((*path, label)))

    def _blamed(self, key: Key, path: tuple[str, ...], value: object) -> tuple[str | int, ...]:
        """Return the element that is wrong by itself, in a list of several lines."""
        for index, element in enumerate(value if isinstance(value, list) else ()):
            try:
                key.check([element])
            except UsageError:
                return (*path, index)
        return path

    def _beside(self, key: Key, value: object) -> object:
        """Take a path as beside the file, wherever the daemon is started."""
        if not key.is_path or not isinstance(value, str) or value in _WORDS:
            return value
        if not ("/" in value or Path(value).suffix or key.is_folder):
            return value  # a word mistyped, or nothing
        return str(self._folder / home(value)) if value else value

    def _place(self, path: tuple[str | int, ...]) -> Place:
        return Place("file", f"{self._name}:{self._at[path]}")

    def _say(self, path: tuple[str, ...], text: str) -> None:
        self._found.problems.append(told(self._place(path), text))


def home(text: str) -> str:
    """Write out a ~ at the beginning of a path, where that is somebody's home."""
    try:
        return str(Path(text).expanduser()) if text.startswith("~") else text
    except RuntimeError:
        return text
