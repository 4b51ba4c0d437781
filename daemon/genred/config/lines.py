"""Where in a TOML text each key stands: tomllib tells what it says, and no lines.

The text must be one that tomllib has taken: this only looks for the ends of keys and values, and a
test holds that it finds the very keys that tomllib does. A path is made of keys, and of numbers
within arrays; lines count from 1.
"""

import re
import tomllib

Path = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:""|")?'  # up to two more quotes belong to the text
    r"|'''.*?'''(?:''|')?"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}#\n]+")


def lines(text: str) -> dict[Path, int]:
    """Return the line of each key, table and element; the first, where a table has several."""
    return _Scan(text).found


class _Scan:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line, self._counted = 1, 0
        self._arrays: dict[Path, int] = {}
        self.found: dict[Path, int] = {}
        self._document()

    def _document(self) -> None:
        table: Path = ()
        while self._skip(_BLANK) < len(self._text):
            if self._text.startswith("[[", self._at):
                table = self._array_header()
            elif self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        line = self._now()
        self._at += 1
        table = self._note(self._in_arrays(self._keys()), line)
        self._at += 1
        return table

    def _array_header(self) -> Path:
        line = self._now()
        self._at += 2
        table = self._in_arrays(self._keys(), last=False)
        self._at += 2
        self._note(table, line)
        self._arrays[table] = self._arrays.get(table, -1) + 1
        return self._note((*table, self._arrays[table]), line)

    def _in_arrays(self, keys: list[str], *, last: bool = True) -> Path:
        """Say which element is meant where a key names an array of tables."""
        path: Path = ()
        for n, key in enumerate(keys, 1):
            path = (*path, key)
            if path in self._arrays and (last or n < len(keys)):
                path = (*path, self._arrays[path])
        return path

    def _pair(self, table: Path) -> None:
        line = self._now()
        path = self._note((*table, *self._keys()), line)
        self._skip(_SPACE)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        begins = self._text[self._at]
        if begins == "[":
            self._array(path)
        elif begins == "{":
            self._inline(path)
        else:
            self._skip(_STRING if begins in "\"'" else _PLAIN)

    def _array(self, path: Path) -> None:
        self._at += 1
        index = 0
        while self._text[self._skip(_BLANK)] != "]":
            self._note((*path, index), self._now())
            self._value((*path, index))
            index += 1
            self._comma()
        self._at += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        while self._text[self._skip(_BLANK)] != "}":
            self._pair(path)
            self._comma()
        self._at += 1

    def _comma(self) -> None:
        if self._text[self._skip(_BLANK)] == ",":
            self._at += 1

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self._text[self._skip(_SPACE)] == ".":
            self._at += 1
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        begin = self._skip(_SPACE)
        if self._text[begin] not in "\"'":
            return self._text[begin : self._skip(_BARE)]
        quoted = self._text[begin : self._skip(_STRING)]
        return str(tomllib.loads(f"k = {quoted}")["k"])

    def _note(self, path: Path, line: int) -> Path:
        """Remember a path, and the tables that it makes by the way."""
        for end in range(1, len(path) + 1):
            self.found.setdefault(path[:end], line)
        return path

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at

    def _now(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line
