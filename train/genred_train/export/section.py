"""A section of a model card that a later command writes: put in its place, or put anew."""

from pathlib import Path

from genred.errors import GenredError

_BEFORE = "## Data"


def note_section(card: Path, title: str, body: str) -> None:
    """Write a section into a card, where there is one; raises GenredError if it can't."""
    if not card.exists():
        return
    try:
        text = card.read_text(encoding="utf-8")
        card.write_text(with_section(text, title, body), encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GenredError(f"{card}: {error}; the model itself is written") from error


def with_section(text: str, title: str, body: str) -> str:
    """Return a card with a section of this title, before its data or at its end."""
    kept = [part for part in _sections(text) if not part.startswith(f"## {title}\n")]
    place = next((n for n, part in enumerate(kept) if part.startswith(_BEFORE)), len(kept))
    made = f"## {title}\n\n{body.strip()}\n\n"
    return "".join([*kept[:place], made, *kept[place:]])


def _sections(text: str) -> list[str]:
    """Cut a card before each of its second headings."""
    first, *others = ("\n" + text).split("\n## ")
    return [first.removeprefix("\n") + "\n" * bool(others)] + [
        f"## {part}" + "\n" * (number < len(others) - 1) for number, part in enumerate(others)
    ]
