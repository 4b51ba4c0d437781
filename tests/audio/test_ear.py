"""An input heard for a moment: level, zeros, rate, and every way not to answer."""

import numpy as np
import pytest

from ears import FakeInput, N, timed, tone
from genred.audio import ear as ears
from genred.audio.ear import FLOOR_DBFS, SAMPLE_RATE, Ear, level_dbfs, only_zeros, rate_ratio
from genred.audio.source import BLOCK_S, Block
from genred.errors import GenredError


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ears, "NOTHING_S", 0.2)
    monkeypatch.setattr(ears, "OPENING_S", 0.5)


@pytest.mark.parametrize("level", [0.0, -20.0, -60.0, -100.0])
def test_the_level_is_the_rms_below_full_scale(level: float) -> None:
    assert level_dbfs(timed(tone(level), 3)) == pytest.approx(level, abs=0.01)


def test_zeros_have_the_floor_and_nothing_has_no_level() -> None:
    zeros = timed(np.zeros(N, np.float32), 2)
    assert only_zeros(zeros)
    assert level_dbfs(zeros) == pytest.approx(FLOOR_DBFS)
    assert level_dbfs([]) is None
    assert not only_zeros(timed(tone(-110), 1))


@pytest.mark.parametrize("speed", [0.9, 1.0, 48000 / 44100])
def test_the_rate_is_found_in_two_seconds(speed: float) -> None:
    assert rate_ratio(timed(tone(-20), 8, speed)) == pytest.approx(speed, rel=1e-3)


def test_a_burst_at_first_is_no_rate() -> None:
    burst = Block(np.tile(tone(-20), 4), captured_s=-0.01)
    assert rate_ratio([burst, *timed(tone(-20), 7)]) == pytest.approx(1.0, rel=1e-3)


def test_two_blocks_at_once_are_no_rate() -> None:
    blocks = timed(tone(-20), 8)
    for late in (1, 3):
        captured_s = (blocks[late].captured_s or 0.0) + BLOCK_S
        bunched = [*blocks]
        bunched[late] = Block(blocks[late].samples, captured_s=captured_s)
        assert rate_ratio(bunched) == pytest.approx(1.0, abs=0.01)


def test_too_few_blocks_tell_no_rate() -> None:
    assert rate_ratio(timed(tone(-20), 4)) is None
    assert rate_ratio([Block(tone(-20), captured_s=1.0)] * 8) is None
    assert rate_ratio([Block(tone(-20))] * 8) is None


def test_it_waits_until_enough_was_heard() -> None:
    chosen = FakeInput([Block(np.empty(0, np.float32)), *timed(tone(-20), 4)])
    ear = Ear(chosen)
    ear.wait(4 * N / SAMPLE_RATE)
    assert [block.samples.size for block in ear.blocks] == [N] * 4
    assert ear.answers
    ear.close()
    assert chosen.closed == 1


def test_who_gives_nothing_does_not_answer() -> None:
    ear = Ear(FakeInput())
    ear.wait(0.5)
    assert not ear.answers
    assert ear.problem is None
    assert ear.blocks == []
    ear.close()


@pytest.mark.parametrize("error", [GenredError("no"), ValueError("no")])
def test_why_it_did_not_open_is_kept(error: Exception) -> None:
    ear = Ear(FakeInput(refuses=error))
    ear.wait(0.5)
    assert "no" in str(ear.problem)
    assert not ear.answers
    ear.close()


def test_why_it_went_is_kept_and_so_is_what_it_gave() -> None:
    ear = Ear(FakeInput(timed(tone(-20), 2), fails=GenredError("unplugged")))
    ear.wait(5.0)
    assert str(ear.problem) == "unplugged"
    assert len(ear.blocks) == 2
    ear.close()
