"""Lines of keys: they are the keys that tomllib finds, where they were written."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.config.lines import lines
from genred.config.page import toml, toml_key

Where = dict[tuple[str | int, ...], int]

BARE = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6)
SPACE = st.sampled_from(["", " ", "\t "])
COMMENT = st.sampled_from(["", " # [no] = 'table'", '# """'])
BREAK = st.sampled_from(["", "\n", "\n# ] , }\n\n"])


class Writer:
    """Writes TOML in all its ways, and notes the line of each path."""

    def __init__(self, data: st.DataObject) -> None:
        self.draw = data.draw
        self.text = ""
        self.where: Where = {}

    def note(self, path: tuple[str | int, ...]) -> None:
        for end in range(1, len(path) + 1):
            self.where.setdefault(path[:end], self.text.count("\n") + 1)

    def put(self, strategy: st.SearchStrategy[str]) -> None:
        self.text += self.draw(strategy)

    def key(self, name: str) -> str:
        """Write a key bare, or in either quotes."""
        ways = [toml(name)]
        ways += [name] if toml_key(name) == name else []
        ways += [f"'{name}'"] if name.isprintable() and "'" not in name else []
        return self.draw(st.sampled_from(ways))

    def dotted(self, names: list[str]) -> str:
        return self.draw(st.sampled_from([".", " . ", "\t."])).join(map(self.key, names))

    def pair(self, above: tuple[str | int, ...], names: list[str]) -> None:
        self.note((*above, *names))
        self.text += self.dotted(names) + self.draw(SPACE) + "=" + self.draw(SPACE)
        self.value((*above, *names), depth=2)

    def value(self, path: tuple[str | int, ...], depth: int) -> None:
        kinds = ["plain", "string", "long", "literal"] + ["array", "inline"] * (depth > 0)
        match self.draw(st.sampled_from(kinds)):
            case "plain":
                plain = ["1", "-2.5", "true", "1979-05-27 07:32:00", "[]", "{ }", "nan"]
                self.put(st.sampled_from(plain))
            case "string":
                self.text += toml(self.draw(TEXT))
            case "long":
                inner = ["", "\n", '""', "\n[x]\ny = 1\n", "a\\\n  b", '\\"""', "#"]
                self.text += '"""' + self.draw(st.sampled_from(inner)) + "x"
                self.text += '"""' + self.draw(st.sampled_from(["", '"', '""']))
            case "literal":
                inner = ["", "\n\\", "''", "\n'x' = {\n"]
                ends = st.sampled_from(["", "'", "''"])  # up to two more belong to the text
                self.text += "'''" + self.draw(st.sampled_from(inner)) + "x'''"
                self.text += self.draw(ends)
            case "array":
                self.array(path, depth)
            case "inline":
                self.inline(path, depth)

    def array(self, path: tuple[str | int, ...], depth: int) -> None:
        self.text += "["
        for index in range(self.draw(st.integers(0, 3))):
            self.put(BREAK)
            self.note((*path, index))
            self.value((*path, index), depth - 1)
            self.put(BREAK)
            self.text += ","
        self.put(BREAK)
        self.text += "]"

    def inline(self, path: tuple[str | int, ...], depth: int) -> None:
        self.text += "{ "
        for index, name in enumerate(self.draw(st.lists(TEXT, unique=True, max_size=3))):
            self.text += ", " if index else ""
            self.note((*path, name))
            self.text += self.dotted([name]) + " = "
            self.value((*path, name), depth - 1)
        self.text += "}"

    def end(self) -> None:
        self.put(COMMENT)
        self.put(st.sampled_from(["\n", "\r\n", "\n\n \t\n"]))

    def document(self) -> None:
        for index, name in enumerate(self.draw(st.lists(BARE, max_size=3))):
            self.pair((), [f"{index}{name}", *self.draw(st.lists(TEXT, max_size=2))])
            self.end()
        for index, name in enumerate(self.draw(st.lists(TEXT, max_size=3))):
            path = [f"t{index}{name}", *self.draw(st.lists(TEXT, max_size=1))]
            several = self.draw(st.booleans())
            for element in range(self.draw(st.integers(1, 2)) if several else 1):
                at: tuple[str | int, ...] = (*path, element) if several else tuple(path)
                self.note(at)
                self.text += f"[[{self.dotted(path)}]]" if several else f"[{self.dotted(path)}]"
                self.end()
                for key in self.draw(st.lists(TEXT, unique=True, max_size=2)):
                    self.pair(at, [key])
                    self.end()


def paths(value: object, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of everything in what tomllib made."""
    inside: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    for key, one in inside:
        yield (*above, key)
        yield from paths(one, (*above, key))


@given(st.data())
def test_it_finds_the_keys_that_tomllib_does_where_they_were_written(data: st.DataObject) -> None:
    writer = Writer(data)
    writer.document()
    tree = tomllib.loads(writer.text)
    found = lines(writer.text)
    assert set(found) == set(paths(tree)), writer.text
    assert found == writer.where, writer.text


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1\nb.c = 2", ("b", "c"), 2),
        ("a = [\n 1,\n 2\n]", ("a", 1), 3),
        ('a = """\nb = 1\n"""\nc = 3', ("c",), 4),
        ("[x]\n\n[x.y]\nz = { w = 1 }", ("x", "y", "z", "w"), 4),
        ("[[x]]\na = 1\n[[x]]\na = 2\n[x.b]\nc = 1", ("x", 1, "b", "c"), 6),
        ("[[x]]\n[[x.y]]\nz = 1\n[[x.y]]\nz = 2", ("x", 0, "y", 1, "z"), 5),
        ("a = 1\r\nb = 2\r\n", ("b",), 2),
    ],
)
def test_what_is_written_on_a_line_is_found_there(
    text: str, path: tuple[str | int, ...], line: int
) -> None:
    assert lines(text)[path] == line
