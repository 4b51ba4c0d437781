"""Pieces joined to one stream: what sounds when, and how little of it is in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from genred_train.evaluation.audio import AudioTrack
from genred_train.evaluation.joining import Join, Joined
from tones import RATE


@dataclass(frozen=True)
class Level(AudioTrack):
    """A constant, block by block."""

    value: float = 1.0
    length_s: float = 2.0

    def samples(self, sample_rate: int) -> Iterator[NDArray[np.float32]]:
        left = round(self.length_s * sample_rate)
        while left:
            yield np.full(min(left, sample_rate // 4), self.value, np.float32)
            left -= min(left, sample_rate // 4)


def level(label: str, value: float = 1.0, length_s: float = 2.0) -> Level:
    return Level(label, Path(), (label,), value, length_s)


def played(joined: Joined) -> NDArray[np.float32]:
    return np.concatenate(list(joined))


def spans(joined: Joined) -> list[tuple[float, float, float]]:
    return [(piece.starts_s, piece.changes_s, piece.ends_s) for piece in joined.pieces]


def test_hard_cuts_are_one_after_the_other() -> None:
    joined = Joined([level("a"), level("b", 0.5, 1.3)], RATE, Join())
    samples = played(joined)
    np.testing.assert_array_equal(samples[: 2 * RATE], 1.0)
    np.testing.assert_array_equal(samples[2 * RATE :], 0.5)
    assert spans(joined) == [(0, 0, 2), (2, 2, 3.3)]
    assert [piece.labels for piece in joined.pieces] == [("a",), ("b",)]


def test_silences_stand_between_and_not_around() -> None:
    joined = Joined([level("a"), level("b")], RATE, Join(silence_s=1.1))
    samples = played(joined)
    assert spans(joined) == [(0, 0, 2), (3.1, 3.1, 5.1)]
    assert np.flatnonzero(samples == 0).tolist() == list(range(2 * RATE, round(3.1 * RATE)))


def test_a_cross_fade_keeps_the_power_of_what_is_not_alike() -> None:
    joined = Joined([level("a", 1.0), level("b", 0.0), level("c", 1.0)], RATE, Join(fade_s=0.5))
    samples = played(joined)
    assert len(samples) == round((6 - 2 * 0.5) * RATE)
    fades = samples[round(1.5 * RATE) : 2 * RATE], samples[3 * RATE : round(3.5 * RATE)]
    np.testing.assert_allclose(fades[0] ** 2 + fades[1] ** 2, 1.0, atol=1e-6)
    assert (np.diff(fades[0]) < 0).all()
    assert spans(joined) == [(0, 0, 1.75), (1.5, 1.75, 3.25), (3, 3.25, 5)]


def test_a_piece_shorter_than_the_fade_loses_no_sound() -> None:
    joined = Joined([level("a"), level("b", 0.0, 0.1), level("c")], RATE, Join(fade_s=0.5))
    assert len(played(joined)) == round((2 + 0.5 + 2 - 0.5 - 0.5) * RATE)
    assert len(joined.pieces) == 3


def test_a_file_that_fails_ends_where_it_fails(tmp_path: Path) -> None:
    gone = AudioTrack("gone", tmp_path / "gone.wav", ("b",))
    for way in (Join(), Join(fade_s=0.5)):
        joined = Joined([level("a"), gone, level("c")], RATE, way)
        assert len(played(joined)) == round((4 - way.fade_s) * RATE)
        assert [piece.labels for piece in joined.pieces] == [("a",), ("c",)]
        assert "no such file" in joined.unreadable["gone"]


@pytest.mark.parametrize("way", [Join(), Join(fade_s=0.5), Join(silence_s=0.5)])
def test_no_more_than_a_fade_and_a_block_is_held(way: Join) -> None:
    heard = 0

    @dataclass(frozen=True)
    class Counted(Level):
        def samples(self, sample_rate: int) -> Iterator[NDArray[np.float32]]:
            nonlocal heard
            for block in super().samples(sample_rate):
                heard += len(block)
                yield block

    pieces = [Counted(name, Path(), (name,), 1.0, 20.0) for name in "abc"]
    joined = Joined(pieces, RATE, way)
    given = 0
    for samples in joined:
        given += len(samples)
        # A fade takes so much away for good where two pieces lie over each other.
        assert heard - given <= (way.fade_s * len(joined.pieces) + 0.25) * RATE


@pytest.mark.parametrize(
    ("way", "name"),
    [
        (Join(), "hard cuts"),
        (Join(fade_s=8.0), "cross-fades of 8 s"),
        (Join(silence_s=2.5), "silences of 2.5 s"),
    ],
)
def test_a_way_of_joining_has_a_name(way: Join, name: str) -> None:
    assert str(way) == name
