"""What is lost through rooms and devices: conditions that are known, and figures of them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genred.errors import GenredError
from genred_train.augment.audio import Samples
from genred_train.evaluation.audio import AudioTrack
from genred_train.evaluation.condition import KINDS, Condition
from genred_train.evaluation.conditions import (
    GAINS_DB,
    MADE,
    SNRS_DB,
    Recorded,
    conditions,
)
from genred_train.evaluation.listener import listener
from genred_train.evaluation.through import Through, heard_through
from tones import RATE, pitch_model, tone, track, tracks


def condition(
    kind: str, name: str, change: Callable[[Samples], Samples], group: str = ""
) -> Condition:
    return Condition(kind, name, (lambda samples, _, __: change(samples),), group)


PLAIN = condition("a", "plain", lambda samples: samples)
AS_ROCK = condition("a", "as rock", lambda samples: tone("rock", 10.0)[: samples.size])


def heard(
    files: list[AudioTrack], *made: Condition, seed: int = 0
) -> dict[tuple[str, str], Through]:
    found = heard_through(listener("fake", pitch_model()), files, made, seed)
    return {(one.kind, one.name): one for one in found}


@pytest.fixture
def files(tmp_path: Path) -> list[AudioTrack]:
    return tracks(tmp_path, ("blues", 2.0), ("jazz", 2.0), ("rock", 2.0), ("rock", 2.0))


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    """Two rooms, two microphones, three classes of noise."""
    drawn = np.random.default_rng(3)

    def write(name: str, samples: Samples) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, samples, RATE, subtype="FLOAT")
        return path

    click = np.zeros(2000, np.float32)
    click[10] = 0.9
    tail = (0.05 * drawn.standard_normal(2000) * np.exp(-np.arange(2000) / 400)).astype("f4")
    noise = drawn.standard_normal((3, 4000)).astype(np.float32)
    return Recorded(
        rooms=[write("room_hall.wav", click + tail), write("room_hut.wav", click)],
        microphones=[write("device_mic_A.wav", click[:50]), write("device_B.wav", click[:20])],
        noises=[write(f"{name}/1.wav", one) for name, one in zip("abc", noise, strict=True)],
    )


def test_what_changes_nothing_loses_nothing(files: list[AudioTrack]) -> None:
    found = heard(files, PLAIN)
    for one in found.values():
        assert one.windows_lost.value == one.tracks_lost.value == 0.0
        assert one.same_label.value == one.window_accuracy.value == one.track_accuracy.value == 1.0


def test_what_makes_all_rock_loses_what_is_not(files: list[AudioTrack]) -> None:
    found = heard(files, PLAIN, AS_ROCK)
    lost = found["a", "as rock"]
    assert lost.tracks_lost.value == lost.windows_lost.value == 0.5
    assert lost.same_label.value == lost.window_accuracy.value == 0.5
    assert lost.tracks_lost.low < 0.5 < lost.tracks_lost.high
    assert (lost.conditions, lost.tracks_lost.n) == (1, 4)
    both = found["a", ""]
    assert (both.conditions, both.tracks_lost.n, both.tracks_lost.value) == (2, 8, 0.25)
    assert both.windows_lost.n == 2 * lost.windows_lost.n


def test_groups_of_a_kind_have_figures_of_their_own(files: list[AudioTrack]) -> None:
    loud = condition("b", "loud", lambda samples: samples, "calm")
    mad = Condition("b", "mad rock", AS_ROCK.steps, "mad")
    found = heard(files, PLAIN, loud, mad)
    assert list(found) == [
        ("a", ""), ("a", "plain"), ("b", ""), ("b", "calm"), ("b", "mad"), ("b", "loud"),
        ("b", "mad rock"),
    ]  # fmt: skip
    assert found["b", "calm"].tracks_lost.value == 0.0
    assert found["b", "mad"].tracks_lost.value == 0.5


def test_what_stays_wrong_is_the_same_and_nothing_lost(
    tmp_path: Path, files: list[AudioTrack]
) -> None:
    wrong = AudioTrack("wrong", track(tmp_path, 9, "blues", 2.0).path, ("jazz",))
    kept = heard([*files, wrong], PLAIN)["a", "plain"]
    assert kept.track_accuracy.value == kept.window_accuracy.value == 0.8
    assert kept.same_label.value == 1.0
    assert kept.windows_lost.value == 0.0


def test_each_track_and_condition_draws_for_itself_and_a_seed_draws_it_again(
    files: list[AudioTrack],
) -> None:
    drawn: list[float] = []

    def noted(samples: Samples, _: int, rng: np.random.Generator) -> Samples:
        drawn.append(rng.random())
        return samples

    ways = [Condition("a", name, (noted,)) for name in "xy"]
    heard(files, *ways)
    heard(files, *ways)
    assert drawn[:8] == drawn[8:]
    assert len(set(drawn)) == 8
    heard(files, *ways, seed=1)
    assert not set(drawn[:8]) & set(drawn[16:])


def test_a_track_that_no_label_fits_is_in_no_figure_of_what_is_right(
    tmp_path: Path, files: list[AudioTrack]
) -> None:
    polka = AudioTrack("polka", track(tmp_path, 9, "blues", 2.0).path, ("polka",))
    lost = heard([*files, polka], AS_ROCK)["a", "as rock"]
    assert (lost.tracks_lost.value, lost.tracks_lost.n) == (0.5, 4)
    assert lost.same_label.value == 0.4
    with pytest.raises(GenredError, match="no file can be read that has a label"):
        heard([polka], AS_ROCK)


def test_what_cant_be_read_is_passed_over(tmp_path: Path, files: list[AudioTrack]) -> None:
    gone = AudioTrack("gone", tmp_path / "gone.wav", ("rock",))
    click = track(tmp_path, 8, "rock", 0.01)
    assert heard([gone, click, *files], AS_ROCK) == heard(files, AS_ROCK)
    with pytest.raises(GenredError, match="nothing to hear"):
        heard([gone], AS_ROCK)


def test_the_kinds_are_those_that_can_be_named() -> None:
    assert tuple(MADE) == KINDS


def test_every_condition_keeps_length_and_time(recorded: Recorded) -> None:
    kinds = [kind for kind in KINDS if kind != "box"]
    made = conditions(kinds, recorded, 0)
    assert list(dict.fromkeys(one.kind for one in made)) == kinds
    assert len({(one.kind, one.name) for one in made}) == len(made)
    sound = tone("jazz", 1.0)
    for one in made:
        came = one.heard(sound, RATE, np.random.default_rng(1))
        assert came.shape == sound.shape, one.name
        assert came.dtype == np.float32
        assert np.isfinite(came).all()
        np.testing.assert_array_equal(came, one.heard(sound, RATE, np.random.default_rng(1)))
        assert one.kind == "gain" or 0.3 < np.std(came) / np.std(sound) < 2, one.name


def test_all_rooms_meet_a_microphone_and_each_ratio(recorded: Recorded) -> None:
    made = conditions(["together", "noise", "gain"], recorded, 0)
    counts = {kind: sum(one.kind == kind for one in made) for kind in KINDS}
    assert counts["together"] == len(recorded.rooms) * len(SNRS_DB)
    assert counts["noise"] == 3 * len(SNRS_DB)
    assert counts["gain"] == len(GAINS_DB)
    assert {one.group for one in made} == {"", "30 dB SNR", "20 dB SNR", "10 dB SNR"}
    few = Recorded(recorded.rooms, recorded.microphones, recorded.noises, most=1)
    assert len(conditions(["together", "noise"], few, 0)) == 2 * len(SNRS_DB)


def test_what_is_drawn_is_drawn_by_the_seed_alone(recorded: Recorded) -> None:
    def names(kinds: list[str], seed: int) -> list[str]:
        return [one.name for one in conditions(kinds, recorded, seed) if one.kind == "together"]

    assert names(["together"], 3) == names(["noise", "together"], 3)
    assert len({tuple(names(["together"], seed)) for seed in range(20)}) > 1


def test_noise_is_as_far_below_as_was_asked(recorded: Recorded) -> None:
    sound = tone("jazz", 2.0)
    for one in conditions(["noise"], recorded, 0):
        added = one.heard(sound, RATE, np.random.default_rng(0)) - sound
        below_db = 20 * np.log10(np.std(sound) / np.std(added))
        assert f"{below_db:.0f} dB SNR" == one.group
