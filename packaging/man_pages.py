"""A man page for each command of genred, written from the program itself.

    python packaging/man_pages.py FOLDER      writes genred.1, genred-run.1, genred-model-show.1 ...

They are made whenever a package is, and kept nowhere: so they say what the program says.
"""

import datetime as dt
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from genred import __version__

EXIT_STATUS = (
    ("0", "done"),
    ("1", "failed: a file, a device or a port; one line on stderr says what to do"),
    ("2", "wrong use, of the command or of the config"),
    ("130", "interrupted before anything was done"),
)
FILES = (
    ("~/.config/genred/config.toml", "the user's config; else"),
    ("/etc/genred/config.toml", "the machine's"),
    ("/etc/genred/NAME.toml", "config of the system service genred@NAME"),
    ("~/.local/share/genred", "what genred teach has learnt"),
)
ENVIRONMENT = (
    ("GENRED_CONFIG", "path of the config"),
    ("GENRED_SECTION_KEY", "any key of the config, such as GENRED_LOG_LEVEL"),
)


@dataclass(frozen=True)
class Page:
    """A command as its page shows it; `words` are those that a user types."""

    words: tuple[str, ...]
    command: Any
    """typer's own object: its name differs from one release to the next"""

    @property
    def name(self) -> str:
        """Return what `man` calls it."""
        return "-".join(self.words)

    @property
    def commands(self) -> list["Page"]:
        """What stands below it, where it is a group."""
        below = getattr(self.command, "commands", {})
        return [Page((*self.words, name), one) for name, one in below.items() if not one.hidden]

    @property
    def summary(self) -> str:
        """What it does, in a line that begins small and ends without a stop."""
        first = re.split(r"(?<=[.!?])\s|\n\n", self.command.help.strip())[0]
        return first[0].lower() + " ".join(first[1:].split()).rstrip(".")


def pages() -> Iterator[Page]:
    """Yield every command, the program itself first."""
    # Not as this file is imported: the program is not, either.
    from genred.cli.main import app  # noqa: PLC0415

    def below(page: Page) -> Iterator[Page]:
        yield page
        for one in page.commands:
            yield from below(one)

    yield from below(Page(("genred",), typer.main.get_command(app)))


def written(page: Page, day: dt.date) -> str:
    """Return a page in the language of man(7)."""
    everyone = [one.name for one in pages()]
    others = [name for name in everyone if name != page.name]
    head = page.name.upper()
    parts = [
        f'.TH "{_plain(head)}" 1 "{day.isoformat()}" "genred {__version__}" "genred"',
        ".SH NAME",
        f"{_plain(page.name)} \\- {_plain(page.summary)}",
        ".SH SYNOPSIS",
        _synopsis(page),
        ".SH DESCRIPTION",
        *_paragraphs(page.command.help),
    ]
    parts += _section("COMMANDS", [(_bold(" ".join(p.words)), p.summary) for p in page.commands])
    parts += _section("ARGUMENTS", [(_italic(_value(p)), _told(p)) for p in _arguments(page)])
    parts += _section("OPTIONS", [(_option(p), _told(p)) for p in _options(page)])
    if len(page.words) == 1:
        parts += _section("FILES", [(_italic(name), text) for name, text in FILES])
        parts += _section("ENVIRONMENT", [(_bold(name), text) for name, text in ENVIRONMENT])
    parts += _section("EXIT STATUS", [(_bold(code), text) for code, text in EXIT_STATUS])
    parts += [".SH SEE ALSO", ",\n".join(f".BR {_plain(name)} (1)" for name in others)]
    return "\n".join(parts).replace(",\n.BR", " ,\n.BR") + "\n"


def write(folder: Path) -> list[Path]:
    """Write all pages into a folder; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    day = _day()
    made = []
    for page in pages():
        path = folder / f"{page.name}.1"
        path.write_text(written(page, day), encoding="utf-8")
        made.append(path)
    return made


def _day() -> dt.date:
    """Return the day that pages bear: SOURCE_DATE_EPOCH's, for builds that can be repeated."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = dt.datetime.now(dt.UTC)
    return (dt.datetime.fromtimestamp(int(epoch), dt.UTC) if epoch else now).date()


def _synopsis(page: Page) -> str:
    words = [_bold(" ".join(page.words)), "[" + _italic("OPTION") + "]..."]
    words += [_italic("COMMAND")] if page.commands else []
    for one in _arguments(page):
        value = _italic(_value(one)) + ("..." if one.nargs == -1 or one.multiple else "")
        words.append(value if one.required else f"[{value}]")
    return " ".join(words)


def _arguments(page: Page) -> list[Any]:
    return [one for one in page.command.params if one.param_type_name == "argument"]


def _options(page: Page) -> list[Any]:
    return [
        one
        for one in page.command.params
        if one.param_type_name == "option" and not getattr(one, "hidden", False)
    ]


def _option(parameter: Any) -> str:
    # Short before long, as every page has it.
    names = sorted([*parameter.opts, *parameter.secondary_opts], key=len)
    value = "" if parameter.is_flag else " " + _italic(_value(parameter))
    return ", ".join(_bold(name) for name in names) + value


def _value(parameter: Any) -> str:
    """Return what stands for its value: the last word of its name unless it says another."""
    given = parameter.metavar or str(parameter.name).split("_")[-1].upper()
    return str(given).strip("[]").removesuffix("...")


def _told(parameter: Any) -> str:
    """Return what it does, and what it is where it is not given."""
    text = " ".join((getattr(parameter, "help", None) or "").split())
    shown, default = getattr(parameter, "show_default", True), parameter.default
    if isinstance(shown, str):
        return f"{text} Default: {shown}."
    quiet = parameter.required or default is None or isinstance(default, bool) or callable(default)
    if shown is False or quiet or default in ("", (), []):
        return text
    return f"{text} Default: {default}."


def _section(title: str, items: list[tuple[str, str]]) -> list[str]:
    """Return a list of terms with what is said of each; nothing where there are none."""
    lines = [line for term, text in items for line in (".TP", term, _line(text))]
    return [f'.SH "{title}"', *lines] if lines else []


def _paragraphs(text: str) -> list[str]:
    parts = [" ".join(part.split()) for part in text.strip().split("\n\n")]
    return "\n.PP\n".join(_line(part) for part in parts).split("\n")


def _line(text: str) -> str:
    """Return text that begins no request, whatever it begins with."""
    plain = _plain(text)
    return f"\\&{plain}" if plain[:1] in {".", "'"} else plain


def _bold(text: str) -> str:
    return rf"\fB{_plain(text)}\fR"


def _italic(text: str) -> str:
    return rf"\fI{_plain(text)}\fR"


def _plain(text: str) -> str:
    r"""Return text with what man(7) would take for more than text: `\`, and `-` for a dash."""
    marks = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"}
    return "".join(marks.get(mark, mark) for mark in text)


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and a folder
        sys.exit("usage: python packaging/man_pages.py FOLDER")
    print(f"{len(write(Path(sys.argv[1])))} pages in {sys.argv[1]}")
