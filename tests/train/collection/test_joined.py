"""Two collections as one: every clip is what it was, and nothing is read to put them together."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from array_files import write_arrays
from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred_train.collection.arrays import load_arrays
from genred_train.collection.clips import Clips
from genred_train.collection.joined import joined
from genred_train.collection.levels import PickedLevels


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Clips, Clips]:
    clips = load_arrays(write_arrays(tmp_path / "a.npz"), FeatureSpec())
    return clips.pick(range(12), "a"), clips.pick(range(12, 20), "b")


def test_each_clip_is_what_it_was(pair: tuple[Clips, Clips]) -> None:
    a, b = pair
    both = joined(a, b)
    assert len(both) == len(both.levels) == 20
    assert both.ids == a.ids + b.ids
    assert both.y.tolist() == a.y.tolist() + b.y.tolist()
    for clip, part, place in ((0, a, 0), (11, a, 11), (12, b, 0), (19, b, 7)):
        np.testing.assert_array_equal(both.levels_db(clip), part.levels_db(place))
        assert both.frames(clip) == part.frames(place)


def test_the_digest_knows_the_order(pair: tuple[Clips, Clips]) -> None:
    a, b = pair
    assert joined(a, b).sha256 == joined(a, b).sha256
    assert len({joined(a, b).sha256, joined(b, a).sha256, a.sha256, b.sha256}) == 4


@dataclass(frozen=True)
class Unread(PickedLevels):
    def __getitem__(self, clip: int) -> np.ndarray:
        raise AssertionError(clip)

    def span(self, clip: int, start: int, stop: int) -> NDArray[np.float32]:
        return self[clip][start:stop]


def test_nothing_is_read(pair: tuple[Clips, Clips]) -> None:
    a, b = (replace(one, levels=Unread(one.levels, range(len(one)))) for one in pair)
    assert len(joined(a, b).segments(72, 24).pick([0, 50])) == 2


def test_artists_that_one_does_not_tell_are_unknown(pair: tuple[Clips, Clips]) -> None:
    a, b = pair
    both = joined(replace(a, artists=["x"] * 12, parts=["train"] * 12), b)
    assert both.artists == ["x"] * 12 + [""] * 8
    assert both.parts == []
    parts = joined(replace(a, parts=["train"] * 12), replace(b, parts=["valid"] * 8)).parts
    assert parts == ["train"] * 12 + ["valid"] * 8


def test_what_does_not_fit_is_one_line(pair: tuple[Clips, Clips]) -> None:
    a, b = pair
    with pytest.raises(GenredError, match=r"a and a both hold blues\.00000"):
        joined(a, a)
    with pytest.raises(GenredError, match="differ in their genres"):
        joined(a, replace(b, genres=b.genres[::-1]))
    with pytest.raises(GenredError, match=r"differ in hop_length \(914, 512\)"):
        joined(a, replace(b, spec=FeatureSpec(hop_length=512)))
