"""A model with what lies in a folder: what was asked for must be good, the default is told."""

from pathlib import Path

import pytest

from genred.errors import GenredError
from genred.model.shipped import load_model
from genred.taught.lesson import Lesson
from genred.taught.opened import Wishes, open_model
from genred.taught.store import Store
from lessons import songs, teachable

LABELS = load_model("base").metadata.labels


def test_lessons_of_another_model_are_told_and_left_out_where_nobody_asked(tmp_path: Path) -> None:
    folder = tmp_path / "genred" / "taught"
    Store(folder).save(Lesson("house", "/music/house", songs(0, 3)), teachable())
    told: list[GenredError] = []
    environment = {"XDG_DATA_HOME": str(tmp_path)}
    model = open_model("base", Wishes(), environment, told.append)
    assert model.metadata.labels == LABELS
    assert len(told) == 1
    assert "genred teach house /music/house" in str(told[0])
    with pytest.raises(GenredError, match="learnt with another model"):
        open_model("base", Wishes(folder), environment, told.append)
    assert open_model("base", Wishes(no_taught=True), environment, told.append)
    assert len(told) == 1


def test_other_music_alone_teaches_nothing(tmp_path: Path) -> None:
    Store(tmp_path).save_others(songs(0, 3), ["/music"], load_model("base").metadata)
    with pytest.raises(GenredError, match="not of this model"):
        open_model("base", Wishes(tmp_path), {}, lambda _: None)
