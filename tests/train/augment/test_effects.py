"""Each change measured: it does what its settings say."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from genred_train.augment import effects
from genred_train.augment.audio import AUDIO_CHANGES, EQUALISER_HZ, Samples
from genred_train.augment.recoding import mp3

RATE = 22050
FLAT = [0.0] * len(EQUALISER_HZ)


def sine(hz: float, seconds: float = 2.0) -> Samples:
    time_s = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(0.25 * np.sin(2 * np.pi * hz * time_s), np.float32)


def white(size: int = RATE) -> Samples:
    return (np.random.default_rng(3).standard_normal(size) * 0.1).astype(np.float32)


def pitch_hz(samples: Samples) -> float:
    """Where the spectrum of the middle has its maximum, to a fraction of a bin."""
    middle = samples[samples.size // 4 : -samples.size // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size), 8 * middle.size))
    return float(spectrum.argmax()) * RATE / (8 * middle.size)


def level_db(samples: Samples) -> float:
    """RMS of the second half, where filters have settled."""
    return float(20 * np.log10(np.std(samples[samples.size // 2 :])))


def test_each_change_has_its_effect() -> None:
    assert tuple(effects.EFFECTS) == AUDIO_CHANGES


@pytest.mark.parametrize("semitones", [-2.0, -0.4, 1.0, 2.0])
def test_pitch_moves_a_sine_by_what_was_drawn(semitones: float) -> None:
    moved = effects.pitched(sine(440), RATE, semitones=semitones)
    assert 12 * np.log2(pitch_hz(moved) / 440) == pytest.approx(semitones, abs=0.1)
    assert moved.size == sine(440).size


@pytest.mark.parametrize("pace", [0.85, 1.0, 1.15])
def test_stretch_changes_the_length_and_not_the_pitch(pace: float) -> None:
    stretched = effects.stretched(sine(440), RATE, pace=pace)
    assert stretched.size == pytest.approx(sine(440).size / pace, abs=1)
    assert 12 * np.log2(pitch_hz(stretched) / 440) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("snr_db", [3.0, 30.0])
@pytest.mark.parametrize("slope_db", [-6.0, 0.0])
def test_made_noise_has_its_ratio_and_its_slope(snr_db: float, slope_db: float) -> None:
    added = effects.noisy(white(), RATE, snr_db=snr_db, slope_db=slope_db) - white()
    assert level_db(white()) - level_db(added) == pytest.approx(snr_db, abs=0.5)
    power = np.abs(np.fft.rfft(added)) ** 2
    octaves = [10 * np.log10(power[low : 2 * low].mean()) for low in (1000, 2000, 4000)]
    np.testing.assert_allclose(np.diff(octaves), slope_db, atol=0.7)


def test_gain_is_a_factor_and_nothing_clips() -> None:
    louder = effects.louder(sine(440) * 3, RATE, gain_db=6.0)
    assert level_db(louder) - level_db(sine(440) * 3) == pytest.approx(6.0, abs=1e-3)


@pytest.mark.parametrize("band", range(7))
def test_the_equaliser_turns_one_band_and_leaves_those_far_away(band: int) -> None:
    gains_db = [6.0 * (number == band) for number in range(7)]
    at_db = [
        level_db(effects.equalised(sine(hz), RATE, gains_db=gains_db)) - level_db(sine(hz))
        for hz in EQUALISER_HZ
    ]
    # A shelf has half of its gain at its middle.
    assert at_db[band] == pytest.approx(3.0 if band in (0, 6) else 6.0, abs=0.5)
    far = [gain for number, gain in enumerate(at_db) if abs(number - band) > 1]
    np.testing.assert_allclose(far, 0, atol=0.5)


def test_a_flat_equaliser_changes_nothing() -> None:
    np.testing.assert_allclose(effects.equalised(white(), RATE, gains_db=FLAT), white(), atol=1e-5)


def test_a_made_room_rings_as_long_as_was_drawn() -> None:
    click = np.zeros(2 * RATE, np.float32)
    click[1000] = 1.0
    heard = effects.in_room(click, RATE, fall_s=0.5, seed=1)
    assert np.abs(heard).argmax() == 1000
    assert np.abs(heard[:1000]).max() < 1e-6
    ends_db = [
        10 * np.log10(np.mean(heard[1000 + round(at_s * RATE) :][:1000] ** 2))
        for at_s in (0.05, 0.3)
    ]
    assert ends_db[0] - ends_db[1] == pytest.approx(60 * 0.25 / 0.5, abs=2)


def test_a_recorded_response_keeps_time_and_level(tmp_path: Path) -> None:
    response = np.zeros(300)
    response[44] = 0.9  # a delay alone: it is taken back
    soundfile.write(tmp_path / "room_plain.wav", response, RATE, subtype="FLOAT")
    for effect in (effects.in_room, effects.through_microphone):
        heard = effect(white(), RATE, path=tmp_path / "room_plain.wav")
        np.testing.assert_allclose(heard, white(), atol=1e-5)


def test_a_microphone_hears_within_its_limits_only() -> None:
    def loss_db(hz: float) -> float:
        heard = effects.through_microphone(sine(hz), RATE, low_hz=200, high_hz=4000)
        return level_db(sine(hz)) - level_db(heard)

    assert loss_db(1000) == pytest.approx(0, abs=0.5)
    assert loss_db(200) == pytest.approx(3, abs=1)
    assert loss_db(4000) == pytest.approx(3, abs=1)
    assert loss_db(100) > 20
    assert loss_db(8000) > 20


@pytest.mark.parametrize("sample_rate", [8000, 20000, 22050, 44100])
@pytest.mark.parametrize("bit_rate_kbps", [24, 64])
def test_the_codec_keeps_time(sample_rate: int, bit_rate_kbps: int) -> None:
    # Noise up to a quarter of the sample rate, so that something of it is kept.
    shaped = np.convolve(white(sample_rate // 2), np.ones(8) / 8, "same").astype(np.float32)
    heard = mp3(shaped, sample_rate, bit_rate_kbps=bit_rate_kbps)
    assert heard.size == shaped.size
    size = 2 * shaped.size
    alike = np.fft.irfft(np.fft.rfft(shaped, size).conj() * np.fft.rfft(heard, size))
    assert alike.argmax() == 0
    assert alike[0] > 0.6 * np.sum(shaped.astype(np.float64) ** 2)
    assert np.std(heard - shaped) > 1e-3 * np.std(shaped)


def test_fewer_bits_lose_more() -> None:
    lost = [np.std(mp3(white(), RATE, bit_rate_kbps=rate) - white()) for rate in (24, 64, 160)]
    assert lost[0] > lost[1] > lost[2] > 0


def test_the_codec_does_not_clip_what_is_loud() -> None:
    loud = sine(440, 0.5) * 20
    heard = mp3(loud, RATE, bit_rate_kbps=64)
    assert level_db(heard) == pytest.approx(level_db(loud) - 0.4, abs=0.2)
