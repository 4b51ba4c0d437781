"""Sections of a card: written once, in their place, and nothing else is touched."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from genred_train.export.section import note_section, with_section

CARD = "# small 1.0\n\nHears.\n\n## Figures\n\n### a\n\n90 %\n\n## Data\n\n| a |\n"


def test_a_section_stands_before_the_data() -> None:
    assert with_section(CARD, "What it rejects", "| noise |\n") == CARD.replace(
        "## Data", "## What it rejects\n\n| noise |\n\n## Data"
    )


def test_a_section_is_replaced_not_doubled() -> None:
    once = with_section(CARD, "What it rejects", "old")
    assert with_section(once, "What it rejects", "new") == with_section(
        CARD, "What it rejects", "new"
    )


@given(st.lists(st.text("ab# \n", max_size=12), max_size=5))
def test_what_stood_there_stays(parts: list[str]) -> None:
    text = "# t\n" + "".join(f"\n## {part}\n" for part in parts)
    added = with_section(text, "Zoo", "lion")
    assert added.replace("## Zoo\n\nlion\n\n", "") in (text, text + "\n")


def test_a_model_without_a_card_gets_none(tmp_path: Path) -> None:
    note_section(tmp_path / "m.md", "Zoo", "lion")
    assert not (tmp_path / "m.md").exists()
    (tmp_path / "m.md").write_text(CARD)
    note_section(tmp_path / "m.md", "Zoo", "lion")
    assert "lion" in (tmp_path / "m.md").read_text()
