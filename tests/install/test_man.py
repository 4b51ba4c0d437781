"""Man pages: all that the program's own help says, and nothing that `man` stumbles over."""

import datetime as dt
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from genred.cli.main import app
from man_pages import Page, pages, write, written

EVERY = list(pages())
DAY = dt.date(2026, 11, 25)


@pytest.mark.parametrize("page", EVERY, ids=[page.name for page in EVERY])
def test_a_page_has_every_option_and_command_of_the_help(page: Page) -> None:
    """The help is typer's own: no table of ours that could leave one out in both."""
    shown = CliRunner().invoke(
        app, [*page.words[1:], "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"}
    )
    asked = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", shown.output)) - {"-h", "--help"}
    text = _plain(page)
    assert {name for name in asked if not re.search(rf"{name}\b", text)} == set()
    for below in page.commands:
        assert " ".join(below.words) in text


def test_a_page_says_what_is_where_nothing_is_given() -> None:
    run = next(page for page in EVERY if page.name == "genred-run")
    assert "Default: tcp://127.0.0.1:5570." in _plain(run)
    assert "Default: base." in _plain(run)


def test_pages_of_a_day_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    made = {path.name: path.read_text() for path in write(tmp_path / "a")}
    assert made == {path.name: path.read_text() for path in write(tmp_path / "b")}
    assert '"1970-01-02"' in made["genred.1"]
    assert len(made) == len(EVERY)


@pytest.mark.slow
def test_man_reads_every_page_without_a_word(tmp_path: Path) -> None:
    assert shutil.which("man"), "apt-get install man-db"
    for path in write(tmp_path):
        read = subprocess.run(
            ["man", "--warnings", "--local-file", "-Tutf8", path],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (read.returncode, read.stderr) == (0, ""), path
        assert path.stem in read.stdout


def _plain(page: Page) -> str:
    """Return a page's text without what is man(7)'s."""
    marks = {r"\-": "-", r"\fB": "", r"\fI": "", r"\fR": "", r"\(aq": "'", r"\(ti": "~"}
    text = written(page, DAY)
    for mark, plain in marks.items():
        text = text.replace(mark, plain)
    return text
