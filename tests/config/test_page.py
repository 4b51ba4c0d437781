"""What is told of the config is made of it, so it can't be out of date."""

import re
import tomllib

from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from genred.config import Config
from genred.config.keys import keys
from genred.config.layers import problems_of, value_of
from genred.config.page import default_text, page, template, toml, toml_key


def test_the_page_in_the_docs_is_current() -> None:
    assert (ROOT / "docs" / "config.md").read_text() == page(), "make schema"


def test_every_key_has_its_line_with_unit_range_and_default() -> None:
    for key in keys().values():
        section, _, name = key.name.rpartition(".")
        part = page().partition(f"## [{section}]" if section else "## Top")[2].partition("## ")[0]
        (row,) = re.findall(rf"(?m)^\| `{name}` \|.*$", part)
        assert key.meta.description
        for told in (key.wanted, key.meta.description, str(key.extra.get("unit", ""))):
            assert told.replace("|", "\\|") in row
        assert default_text(key) in row
        assert row.endswith("| live |") == key.live


def test_the_file_to_begin_with_says_nothing_yet() -> None:
    assert not any(tomllib.loads(template()).values())
    assert problems_of(template(), ROOT / "x") == []


def test_without_its_comment_marks_it_says_the_defaults() -> None:
    tree = tomllib.loads(re.sub(r"(?m)^#(?=\w+ = )", "", template()))
    flat = {
        (name, key): value
        for name, one in tree.items()
        if isinstance(one, dict)
        for key, value in one.items()
    } | {("", name): one for name, one in tree.items()}
    for key in keys().values():
        section, _, name = key.name.rpartition(".")
        if section != "tracking" and "default" not in key.extra:
            assert flat[section, name] == value_of(Config(), (key.name, None))
        assert (section, name) in flat


@given(
    st.dictionaries(
        st.text(),
        st.one_of(
            st.text(),
            st.booleans(),
            st.integers(-9, 9),
            st.floats(allow_nan=False, allow_infinity=False),
        ),
    )
)
def test_what_is_written_as_toml_is_read_as_the_same(values: dict[str, object]) -> None:
    text = "\n".join(f"{toml_key(name)} = {toml(value)}" for name, value in values.items())
    assert tomllib.loads(text) == values
    assert tomllib.loads(f"x = {toml(values)}")["x"] == values
