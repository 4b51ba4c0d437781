"""Rate and holes: told when they are there, and never for jitter, stalls or drift."""

from collections.abc import Iterator

import numpy as np
import pytest

from genred.audio.timekeeping import HoleCheck, RateCheck

BLOCK_S = 0.25
SEEDS = range(5)


def arrivals(
    seconds: float, rate: float = 1.0, jitter_s: float = 0.05, seed: int = 0
) -> Iterator[tuple[float, float]]:
    """Yield when each block came and how much audio there was then, by a source's real rate."""
    rng = np.random.default_rng(seed)
    for block in range(1, round(seconds / BLOCK_S) + 1):
        late_s = rng.uniform(-jitter_s, jitter_s)
        yield block * BLOCK_S / rate + late_s, block * BLOCK_S


def told(check: RateCheck, points: Iterator[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return what was told and when, by the clock."""
    pushed = ((at_s, check.push(at_s, audio_s)) for at_s, audio_s in points)
    return [(at_s, ratio) for at_s, ratio in pushed if ratio is not None]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rate", [0.92, 0.99, 1.01, 1.09])
def test_a_wrong_rate_is_told_once_within_three_minutes(rate: float, seed: int) -> None:
    check = RateCheck()
    (at_s, ratio), *more = told(check, arrivals(600, rate, seed=seed))
    assert not more
    assert at_s <= 180
    assert ratio == pytest.approx(rate, rel=0.002)
    assert check.off


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rate", [0.998, 1.0, 1.002])
def test_a_good_rate_is_never_told_however_the_blocks_jitter(rate: float, seed: int) -> None:
    assert told(RateCheck(), arrivals(3600, rate, seed=seed)) == []


def test_one_look_is_not_enough() -> None:
    assert told(RateCheck(), arrivals(89, 1.02)) == []


def after(
    points: Iterator[tuple[float, float]], at_s: float, audio_s: float
) -> Iterator[tuple[float, float]]:
    return ((at_s + time_s, audio_s + heard_s) for time_s, heard_s in points)


def test_that_it_is_well_again_is_told_once() -> None:
    check = RateCheck()
    assert len(told(check, arrivals(300, 1.02))) == 1
    news = told(check, after(arrivals(1200), 300 / 1.02, 300))
    assert [round(ratio, 3) for _, ratio in news] == [1.0]
    assert not check.off


def test_nothing_is_told_for_a_minute_after_a_loss() -> None:
    check = RateCheck()
    told(check, arrivals(85, 1.02))
    check.reset()
    assert told(check, after(arrivals(89, 1.02), 100, 85)) == []


def test_a_jump_of_the_clock_that_was_reset_is_no_rate() -> None:
    check = RateCheck()
    told(check, arrivals(100))
    check.reset()
    assert told(check, after(arrivals(300), 5000, 100)) == []


def test_a_block_alone_in_its_minute_says_nothing_of_the_rate() -> None:
    check = RateCheck()
    lonely = [(0.0, 0.25), (100.0, 0.5), (200.0, 0.75)]
    assert [check.push(*point) for point in lonely] == [None, None, None]


def jumping(
    jumps: dict[float, float], seconds: float, rate: float, seed: int = 0
) -> Iterator[tuple[float, float]]:
    """Let more audio, or less, come all at once at some times."""
    for at_s, audio_s in arrivals(seconds, rate, seed=seed):
        yield at_s, audio_s + sum(size_s for when_s, size_s in jumps.items() if at_s > when_s)


@pytest.mark.parametrize("size_s", [-1.0, -0.25, 0.25, 1.0, 2.0])
@pytest.mark.parametrize("rate", [0.998, 1.002])
def test_a_single_jump_is_no_rate_whenever_it_comes(rate: float, size_s: float) -> None:
    for seed, when_s in enumerate(np.arange(5.0, 65.0, 4.1)):
        points = jumping({when_s: size_s}, 200, rate, seed)
        assert told(RateCheck(), points) == [], when_s


@pytest.mark.parametrize("seed", SEEDS)
def test_several_jumps_are_no_rate(seed: int) -> None:
    jumps = {20.0: 1.0, 45.0: 1.0, 75.0: -0.5, 80.0: 1.5, 130.0: 2.0}
    assert told(RateCheck(), jumping(jumps, 300, 1.0, seed)) == []


@pytest.mark.parametrize("size_s", [-1.0, 1.0])
@pytest.mark.parametrize("rate", [0.92, 0.99, 1.01, 1.09])
def test_a_wrong_rate_is_told_within_three_minutes_though_the_audio_jumps(
    rate: float, size_s: float
) -> None:
    for seed, when_s in enumerate(np.arange(5.0, 85.0, 4.1)):
        (at_s, ratio), *more = told(RateCheck(), jumping({when_s: size_s}, 250, rate, seed))
        assert not more
        assert at_s <= 180, when_s
        assert ratio == pytest.approx(rate, rel=0.002)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rate", [0.99, 1.01])
def test_a_wrong_rate_is_told_though_no_block_comes_when_it_should(rate: float, seed: int) -> None:
    ((at_s, _),) = told(RateCheck(), arrivals(600, rate, jitter_s=0.2, seed=seed))
    assert at_s <= 180


def holes(
    stall_s: float, lost_s: float = 0.0, rate: float = 1.0, jitter_s: float = 0.05, seed: int = 0
) -> list[tuple[float, float]]:
    """Stand still for a while after 15 s; what was not lost then comes all at once.

    Return what was found: how long after the stall, and how much.
    """
    rng = np.random.default_rng(seed)
    check, found, last_s, counted_s, audio_s = HoleCheck(), [], 0.0, 0.0, 0.0
    for block in range(1, 400):
        sound_s = block * BLOCK_S / rate
        if 15 < sound_s <= 15 + lost_s:
            continue
        read_s = sound_s if not 15 < sound_s <= 15 + stall_s else 15 + stall_s
        last_s = max(read_s + rng.uniform(0, jitter_s), last_s + 0.001)
        audio_s += BLOCK_S
        missing_s = check.push(last_s, audio_s + counted_s)
        if missing_s:
            counted_s += missing_s  # as the loop does: a loss moves the audio's time on
            found.append((last_s - 15 - stall_s, missing_s))
    return found


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("stall_s", [0.0, 0.4, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0])
def test_a_stall_after_which_all_comes_is_no_hole(stall_s: float, seed: int) -> None:
    assert holes(stall_s, seed=seed) == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("stall_s", "lost_s"), [(0.0, 3.0), (3.0, 3.0), (1.0, 1.0), (5.0, 3.0), (20.0, 3.0), (9.0, 8.0)]
)
def test_a_hole_is_found_once_with_its_size(stall_s: float, lost_s: float, seed: int) -> None:
    (later_s, missing_s), *more = holes(stall_s, lost_s, seed=seed)
    assert not more
    assert missing_s == pytest.approx(lost_s, abs=0.3)
    assert later_s <= lost_s + 4


@pytest.mark.parametrize("rate", [0.92, 0.99, 1.01, 1.09])
def test_ten_minutes_of_a_wrong_rate_are_no_hole(rate: float) -> None:
    check = HoleCheck()
    assert not any(check.push(*point) for point in arrivals(600, rate))


def test_a_loss_that_was_told_is_not_found_again() -> None:
    check = HoleCheck()
    assert not any(check.push(*point) for point in arrivals(10))
    check.reset()
    assert not any(check.push(*point) for point in after(arrivals(60), 100, 10))
