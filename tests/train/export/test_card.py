"""What a card says of what a model can't do."""

from pathlib import Path

import msgspec
import numpy as np
from msgspec import UNSET

from fakes import FakeModel, metadata
from genred.model.metadata import DataUse, Metadata
from genred_train.evaluation.clips import measured
from genred_train.evaluation.heard import Heard
from genred_train.evaluation.listener import listener
from genred_train.evaluation.streams import LiveFigures
from genred_train.export.card import card
from genred_train.export.export import Exported

NEVER = LiveFigures(
    noticed_share=0.0, overtook_median_s=None, false_changes_per_hour=0.0, hours=1.0, changes=3
)


def described(name: str) -> Metadata:
    use = DataUse(name=name, split="fitted on", digest="0", clips=3, hours=0.1)
    made = metadata()
    return msgspec.structs.replace(
        made, training=msgspec.structs.replace(made.training, data=[use])
    )


def exported(name: str, live: LiveFigures | None) -> Exported:
    made = described(name)
    heard = Heard("v", "1", [np.eye(3, dtype=np.float32)], [("blues",)], [1])
    found = measured(listener(str(Path("m")), FakeModel(described=made)), heard)
    return Exported(made, [found], live, [], [], {})


def test_what_was_never_noticed_has_no_seconds() -> None:
    text = card(exported("train", NEVER), "x")
    assert "| right label announced after a cut | never |" in text
    assert "after the first 5 s of a piece | no piece lasts longer |" in text
    assert "| lag that `onset` is put back by | unknown" in text
    assert "0.0 s" not in text
    assert NEVER.right_share is UNSET


def test_a_leaky_split_is_the_first_thing_said() -> None:
    lines = card(exported("a/train (leaky)", None), "x").splitlines()
    place = lines.index("## Where it falls short")
    assert "segments of the same recordings on both sides" in lines[place + 2]
    assert lines[place + 3].startswith("- The figures below")
    assert "both sides" not in card(exported("a/train (artist)", None), "x")
