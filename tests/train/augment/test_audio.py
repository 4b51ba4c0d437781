"""Changes to audio: drawn from one generator only, and nothing but what was drawn."""

import random
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from genred.audio.file import FileSource
from genred.errors import GenredError
from genred_train.augment.audio import AUDIO_CHANGES, Samples, change_audio, draw, make

RATE = 22050


def rng(seed: int = 5) -> np.random.Generator:
    return np.random.default_rng(seed)


def music(seconds: float = 1.0) -> Samples:
    """Notes with overtones that come and go, and some noise."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    notes = sum(np.sin(2 * np.pi * hz * time_s) for hz in (220, 277, 330, 660, 1320))
    beat = np.exp(-6 * (time_s % 0.25))
    noise = rng(1).standard_normal(time_s.size)
    return np.asarray(0.1 * notes * beat + 0.02 * noise, np.float32)


@pytest.mark.parametrize("names", [*([name] for name in AUDIO_CHANGES), list(AUDIO_CHANGES)])
def test_a_seed_gives_the_same_samples_again_and_no_other_generator_moves(names: list[str]) -> None:
    samples = music(0.5)
    ours = random.getstate()
    numpys = np.random.get_state(legacy=False)  # noqa: NPY002 - the one not to touch
    first = change_audio(samples, RATE, names, rng())
    np.testing.assert_array_equal(first, change_audio(samples, RATE, names, rng()))
    assert random.getstate() == ours
    np.testing.assert_equal(np.random.get_state(legacy=False), numpys)  # noqa: NPY002 - as above
    np.testing.assert_array_equal(samples, music(0.5))
    other = change_audio(samples, RATE, names, rng(6))
    assert other.size != first.size or (other != first).any()


def test_changes_are_made_in_one_order_however_they_are_named() -> None:
    backwards = change_audio(music(), RATE, ["gain", "noise", "pitch"], rng())
    np.testing.assert_array_equal(
        backwards, change_audio(music(), RATE, ["pitch", "noise", "gain"], rng())
    )


def test_a_change_that_is_none_is_told_with_the_nearest() -> None:
    with pytest.raises(GenredError, match='no change "equalizer"; did you mean "equaliser"'):
        change_audio(music(), RATE, ["equalizer"], rng())


@hypothesis_settings(max_examples=25)
@given(
    names=st.lists(st.sampled_from(AUDIO_CHANGES)),
    size=st.sampled_from([0, 1, 100, 2048, 5000]),
    sample_rate=st.sampled_from([8000, 20000, 22050, 44100]),
    seed=st.integers(0, 1000),
)
def test_any_changes_of_any_audio_are_finite(
    names: list[str], size: int, sample_rate: int, seed: int
) -> None:
    samples = rng().standard_normal(size).astype(np.float32)
    changed = change_audio(samples, sample_rate, names, rng(seed))
    assert changed.dtype == np.float32
    assert changed.ndim == 1
    assert np.isfinite(changed).all()
    if "stretch" not in names:
        assert changed.size == size


def test_silence_stays_silence() -> None:
    changed = change_audio(np.zeros(5000, np.float32), RATE, AUDIO_CHANGES, rng())
    np.testing.assert_array_equal(changed, 0)


def test_a_noise_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(GenredError, match=r"gone\.wav: no such file"):
        change_audio(music(), RATE, ["noise"], rng(), noises=[tmp_path / "gone.wav"])


def test_rooms_and_microphones_are_told_apart_by_their_names(tmp_path: Path) -> None:
    rooms = [tmp_path / "room_hall.wav", tmp_path / "device_old.wav", tmp_path / "README.md"]
    for seed in range(20):
        room, microphone = draw(["room", "microphone"], rng(seed), rooms=rooms)
        assert room.settings == {"path": rooms[0]}
        assert microphone.settings == {"path": rooms[1]}


@pytest.mark.data
def test_real_noises_and_rooms_change_real_music(data: Path) -> None:
    noises = sorted((data / "noises").rglob("*.ogg"))
    rooms = sorted((data / "rooms").glob("*.flac"))
    song = next(iter(sorted((data / "gtzan" / "audio").glob("*.flac"))))
    with FileSource(song, RATE) as source:
        samples = np.concatenate([block.samples for block in source])[: 3 * RATE]
    for seed in range(3):
        drawn = draw(["noise", "room", "microphone"], rng(seed), noises=noises, rooms=rooms)
        noise, room, microphone = drawn
        noisy = make([noise], samples, RATE)
        snr_db = 20 * np.log10(np.std(samples) / np.std(noisy - samples))
        assert snr_db == pytest.approx(noise.settings["snr_db"], abs=0.5)
        for change in (room, microphone):
            heard = make([change], samples, RATE)
            assert np.std(heard) == pytest.approx(np.std(samples), rel=0.05)
            assert np.std(heard - samples) > 0.05 * np.std(samples)


def test_a_short_noise_is_repeated_and_still_at_its_level(tmp_path: Path) -> None:
    path = tmp_path / "rain.wav"
    uneven = rng(2).standard_normal(RATE // 3) * np.linspace(0, 0.2, RATE // 3)
    soundfile.write(path, uneven, RATE, subtype="FLOAT")
    (drawn,) = draw(["noise"], rng(), noises=[path])
    added = make([drawn], music(), RATE) - music()
    found_db = 20 * np.log10(np.sqrt(np.mean(music() ** 2) / np.mean(added**2)))
    assert found_db == pytest.approx(drawn.settings["snr_db"], abs=0.1)
    np.testing.assert_allclose(added[: RATE // 4], added[RATE // 3 :][: RATE // 4], atol=1e-6)
