"""The documented table is what the networks are."""

from pathlib import Path

from genred_train.models.named import MODELS
from genred_train.models.table import hears, table

ROOT = Path(__file__).resolve().parents[3]


def test_the_docs_have_the_table_as_it_is() -> None:
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    assert table() in text, "run `python -m genred_train.models.table` and paste what it prints"


def test_every_network_has_a_measured_size() -> None:
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    measured = text.split("## What they cost")[1]
    assert [name for name in MODELS if f"| `{name}` |" not in measured] == []


def test_windows_are_told_in_seconds() -> None:
    told = hears(MODELS["cnn-48-32-16"].features)
    assert told == "130 frames x 13 MFCC (3.02 s: hop 512 at 22,050 Hz)"
