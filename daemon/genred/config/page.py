"""All keys for a reader: docs/config.md, and a commented file to begin with. Made of the tree."""

import json
import textwrap
from collections.abc import Iterator

from msgspec import UNSET

from genred.config.keys import Key, keys, sections
from genred.parameters import Tracking

_HEAD = """\
# Config

One TOML file for all that can be chosen. This page is made by `make schema`; a test holds that it
is current.

| command | |
| --- | --- |
| `genred config path` | which file holds, and where it was looked for |
| `genred config show` | what holds, and where each value comes from; `--json` |
| `genred config check [FILE]` | all that is wrong with it, a line each; then exit code 2 |
| `genred config edit` | change it in an editor; only one that is right takes its place |

**Where**: `--config PATH`, else `GENRED_CONFIG`, else `$XDG_CONFIG_HOME/genred/config.toml`
(`~/.config`), else `/etc/genred/config.toml`: the first that exists, and that one alone;
`/dev/null` is none. Paths in it are taken from the file's folder, those in `source` from where
genred was started; `~` is home.

**What wins**: the model's own tracking < the file < `GENRED_...` < flags < `genred set`. Weights
and names count label by label: a flag for `jazz` leaves the file's `rock`. In the environment lists
are `A,B` and tables `jazz=0.2,rock=0`. Any key is a flag by `genred run --set KEY=VALUE`.

**While it runs**: `genred reload`, or SIGHUP, reads the file again. Keys marked *live* change at
once, without losing audio, session or numbers; others are told by name and wait for a restart. Of
`security.keys` it reads anew who is allowed. A file with an error changes nothing, and is told in
one line. `genred set KEY VALUE` changes live keys until the daemon ends: it outlives a reload and
is never written to the file. SIGHUP of a terminal that is closed still ends `genred run`.

A key that is unknown or wrong is an error that names the line and the nearest key; so is an unknown
`GENRED_` variable, but for `GENRED_CONFIG`, `GENRED_KEY` and `GENRED_DATA`.
"""
_WIDTH = 96
_TEMPLATE = """\
# The config of genred. Take away the # before what you change; what stands there is the default,
# but for tracking, where the model has its own. docs/config.md has all this as a table.

"""


def page() -> str:
    """Return docs/config.md."""
    parts = [_HEAD, "## Top\n\nAbove the first table of the file.\n", _table("")]
    for name, section in sections().items():
        parts += [f"## [{name}]\n\n{section.__doc__}\n", _table(name)]
    return "\n".join(parts)


def template() -> str:
    """Return a file with every key as a comment: `#key = value`, and `# words` above it."""
    lines = list(_commented(""))
    for name, section in sections().items():
        lines += ["", f"[{name}]", f"# {section.__doc__}", *_commented(name)]
    return _TEMPLATE + "\n".join(lines) + "\n"


def default_text(key: Key) -> str:
    """Return a key's default as TOML, or in words."""
    if "default" in key.extra:
        return str(key.extra["default"])
    return "the model's" if key.default is UNSET else toml(key.default)


def toml(value: object) -> str:
    """Write a value as TOML, in one line."""
    if isinstance(value, dict):
        inner = ", ".join(f"{toml_key(name)} = {toml(one)}" for name, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    # JSON's strings are TOML's, but for one letter that TOML wants escaped.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_key(name: str) -> str:
    """Write a key, in quotes where TOML needs them."""
    bare = name.isascii() and name.replace("-", "a").replace("_", "a").isalnum()
    return name if bare else toml(name)


def _table(section: str) -> str:
    lines = ["| key | what | unit | range | default |  |", "| --- | --- | --- | --- | --- | --- |"]
    for key in _keys_of(section):
        default = default_text(key)
        worded = "default" in key.extra or key.default is UNSET
        cells = [
            f"`{key.name.rpartition('.')[2]}`",
            key.meta.description or "",
            str(key.extra.get("unit", "")),
            key.wanted,
            default if worded else f"`{default}`",
            "live" if key.live else "",
        ]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _commented(section: str) -> Iterator[str]:
    for key in _keys_of(section):
        about = [key.meta.description or "", str(key.extra.get("unit", "")), key.wanted]
        words = "; ".join(part for part in about if part)
        yield from textwrap.wrap(words, _WIDTH, initial_indent="# ", subsequent_indent="#   ")
        yield f"#{key.name.rpartition('.')[2]} = {_example(key)}"


def _example(key: Key) -> str:
    """Return the default where it can be written, else something like it."""
    if key.default is UNSET:
        return toml(getattr(Tracking(), key.name.rpartition(".")[2]))
    named = {"stream": "bar", "taught_dir": "taught", "security.keys": "keys"}
    return toml(named.get(key.name, key.default))


def _keys_of(section: str) -> list[Key]:
    return [key for key in keys().values() if key.name.rpartition(".")[0] == section]
