"""Rooms, noise, small microphones and automatic gain in mel bands: what physics says of each."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec
from genred_train.augment import acoustics, effects, surroundings
from genred_train.augment.acoustics import axes
from genred_train.augment.settings import Agc, Band, Noise, Reverb
from genred_train.augment.spectral import ALL_CHANGES, varied
from genred_train.augment.strength import Strength
from genred_train.augment.surroundings import ROOM_CHANGES, SURROUNDINGS
from genred_train.augment.texture import white_noise

SPEC = FeatureSpec()
FRAME_S = SPEC.hop_length / SPEC.sample_rate
NEVER = Strength(reverb_chance=0, noise_chance=0, band_limit_chance=0, agc_chance=0)
ALWAYS = Strength(reverb_chance=1, noise_chance=1, band_limit_chance=1, agc_chance=1)
CALM = (0.0, 0.0)


def levels(frames: int = 72) -> NDArray[np.float32]:
    return (np.random.default_rng(0).random((frames, 128)) * -60).astype(np.float32)


def even(frames: int = 72, level_db: float = 0.0) -> NDArray[np.float32]:
    return np.full((frames, 128), level_db, np.float32)


def rng(seed: int = 5) -> np.random.Generator:
    return np.random.default_rng(seed)


def power_of(window: NDArray[np.float32]) -> float:
    """All power, bands weighed by the Hz that they are wide."""
    return float((10 ** (window.astype(np.float64) / 10)).mean(axis=0) @ axes(SPEC).width)


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    mfcc = StreamingMfcc(msgspec.structs.replace(SPEC, kind="logmel"))
    return np.concatenate([mfcc.push(samples), mfcc.flush()])


@pytest.mark.parametrize("name", ROOM_CHANGES)
def test_a_window_that_is_not_drawn_stays_as_it_is(name: str) -> None:
    window = levels()
    assert SURROUNDINGS[name](window, NEVER, rng(), SPEC) is window


@given(
    name=st.sampled_from(ROOM_CHANGES),
    frames=st.integers(1, 100),
    seed=st.integers(0, 1000),
    gain_db=st.floats(-60, 60),
)
@settings(max_examples=60, deadline=None)
def test_a_seed_gives_the_same_again_the_input_stays_and_gain_goes_through(
    name: str, frames: int, seed: int, gain_db: float
) -> None:
    window, change = levels(frames), SURROUNDINGS[name]
    changed = change(window, ALWAYS, rng(seed), SPEC)
    np.testing.assert_array_equal(changed, change(window, ALWAYS, rng(seed), SPEC))
    np.testing.assert_array_equal(window, levels(frames))
    assert changed.shape == window.shape
    assert changed.dtype == np.float32
    assert np.isfinite(changed).all()
    louder = change(window + np.float32(gain_db), ALWAYS, rng(seed), SPEC)
    np.testing.assert_allclose(louder - changed, gain_db, atol=1e-3)


def test_a_chance_is_a_share_of_windows() -> None:
    drawn = rng()
    strength = Strength(reverb_chance=0.3)
    rooms = [surroundings.drawn_reverb(strength, drawn) for _ in range(2000)]
    assert sum(room is not None for room in rooms) / 2000 == pytest.approx(0.3, abs=0.04)


def test_what_is_drawn_lies_within_the_strength() -> None:
    for seed in range(200):
        room = surroundings.drawn_reverb(ALWAYS, rng(seed))
        noise = surroundings.drawn_noise(ALWAYS, rng(seed))
        band = surroundings.drawn_band(ALWAYS, rng(seed))
        agc = surroundings.drawn_agc(ALWAYS, rng(seed))
        assert room is not None
        assert noise is not None
        assert band is not None
        assert agc is not None
        assert 0.2 <= room.fall_s <= 2.0
        assert 5 <= noise.snr_db <= 40
        assert max(map(abs, noise.swing_db)) <= 8
        assert 80 <= band.low_hz <= 300
        assert 4000 <= band.high_hz <= 10000
        assert 0.1 <= agc.follow_s <= 2.0


def test_a_click_rings_on_for_the_time_that_was_asked() -> None:
    click = even(72, -200)
    click[10] = 0.0
    room = Reverb(fall_s=1.0, fall_octaves=0.5, direct_db=0.0)
    rung = acoustics.reverberant(click, SPEC, room)
    # Falls by 60 dB a second: up to 1 kHz, and an octave above it in 2 ** -0.5 of the time.
    fall = -np.diff(rung[12:20], axis=0).mean(axis=0) / FRAME_S
    hz = axes(SPEC).hz
    np.testing.assert_allclose(fall[hz < 1000], 60, rtol=0.02)
    np.testing.assert_allclose(fall[np.abs(hz - 2000).argmin()], 60 * 2**0.5, rtol=0.02)


def test_walls_give_as_much_power_as_was_asked() -> None:
    room = Reverb(fall_s=0.8, fall_octaves=0.2, direct_db=3.0)
    rung = acoustics.reverberant(even(), SPEC, room)
    # Without an end or a beginning, for before the window it was as loud: 1 + 10 ** -0.3.
    np.testing.assert_allclose(rung, 10 * np.log10(1 + 10**-0.3), atol=1e-3)


def test_a_room_is_a_loop_over_frames_made_faster() -> None:
    room = Reverb(fall_s=1.5, fall_octaves=0.3, direct_db=-3.0)
    power = 10 ** (levels().astype(np.float64) / 10)
    fall_s = 1.5 * 2 ** (-0.3 * np.maximum(np.log2(axes(SPEC).hz / 1000), 0))
    kept = 10 ** (-6 * FRAME_S / fall_s)
    tail, said = power.mean(axis=0) / (1 - kept), []
    for frame in power:
        tail = frame + kept * tail
        said.append(frame + 10**0.3 * (1 - kept) * tail)
    found = acoustics.reverberant(levels(), SPEC, room)
    np.testing.assert_allclose(found, 10 * np.log10(said), atol=0.01)


def test_a_room_does_to_bands_what_its_impulse_response_does_to_samples() -> None:
    bursts = np.random.default_rng(1).standard_normal(5 * 22050).astype(np.float32)
    bursts *= (np.arange(bursts.size) % 11025 < 2000) + np.float32(1e-4)
    heard = log_mel(effects.in_room(bursts, 22050, fall_s=0.6, seed=2))
    dry = log_mel(bursts)
    made = acoustics.reverberant(dry, SPEC, Reverb(0.6, 0.0, 0.0))

    def apart(some: NDArray[np.float32]) -> float:
        off = np.maximum(some - some.max(), -60) - np.maximum(heard - heard.max(), -60)
        return float(np.sqrt(np.mean((off - off.mean()) ** 2)))

    assert apart(made) < 0.4 * apart(dry)


@pytest.mark.parametrize("snr_db", [5.0, 20.0])
def test_noise_has_the_power_that_was_asked(snr_db: float) -> None:
    noise = Noise(snr_db, slope_db=-3.0, swing_db=(0.0, 8.0, -8.0), place=0.3)
    window = levels()
    added = power_of(acoustics.with_noise(window, SPEC, noise)) / power_of(window) - 1
    assert -10 * np.log10(added) == pytest.approx(snr_db, abs=0.5)


def test_noise_slopes_and_swells_as_was_asked() -> None:
    silence = even(72, -80)
    silence[:, 60] = 0.0
    noise = Noise(-10.0, slope_db=-6.0, swing_db=(0.0, 6.0), place=0.0)
    loud = acoustics.with_noise(silence, SPEC, noise)
    rising = loud[-20:, 70:].mean() - loud[:20, 70:].mean()
    assert rising == pytest.approx(6.0 * 52 / 71, abs=0.5)
    low, high = (int(np.abs(axes(SPEC).hz - hz).argmin()) for hz in (4000, 8000))
    assert loud[:, high].mean() - loud[:, low].mean() == pytest.approx(-6.0, abs=0.7)


def test_noise_is_uneven_as_the_daemon_hears_noise() -> None:
    texture = 10 * np.log10(white_noise(SPEC, 0.4, 500))
    samples = np.random.default_rng(9).standard_normal(500 * 914).astype(np.float32)
    np.testing.assert_allclose(texture.std(axis=0), log_mel(samples).std(axis=0), atol=1.5)
    np.testing.assert_array_equal(white_noise(SPEC, 0.9, 3000).shape, (3000, 128))


def test_a_small_microphone_loses_3_db_at_its_corners_and_its_slope_beyond() -> None:
    band = Band(low_hz=200, high_hz=5000, low_slope_db=12, high_slope_db=24)
    left = acoustics.band_limited(even(), SPEC, band)[0]
    hz = axes(SPEC).hz
    assert np.interp(200, hz, left) == pytest.approx(-3, abs=0.2)
    assert np.interp(5000, hz, left) == pytest.approx(-3, abs=0.2)
    assert np.interp(1000, hz, left) == pytest.approx(0, abs=0.1)
    assert np.interp(10000, hz, left) == pytest.approx(-24, abs=0.5)
    assert np.interp(50, hz, left) == pytest.approx(-24, abs=0.5)
    assert left.min() >= -80


def test_automatic_gain_leaves_of_a_step_what_its_ratio_says() -> None:
    step = even(400)
    step[200:] = -12.0
    evened = acoustics.compressed(step, SPEC, Agc(ratio=3.0, follow_s=0.5))
    # At once the whole step, and later a third of it.
    assert evened[200, 0] - evened[199, 0] == pytest.approx(-12, abs=0.8)
    assert evened[-1, 0] - evened[199, 0] == pytest.approx(-4, abs=0.1)
    after = round(0.5 / FRAME_S)
    still = (evened[200 + after, 0] - evened[-1, 0]) / -8
    assert still == pytest.approx(np.exp(-1), abs=0.04)
    assert np.ptp(evened, axis=1).max() == 0


def test_automatic_gain_has_an_end() -> None:
    step = even(400)
    step[200:] = -100.0
    evened = acoustics.compressed(step, SPEC, Agc(ratio=6.0, follow_s=0.1))
    assert evened[-1, 0] - step[-1, 0] == pytest.approx(20, abs=1e-3)


def test_surroundings_stand_between_the_player_and_what_is_masked() -> None:
    assert ALL_CHANGES.index("colour") < ALL_CHANGES.index("reverb")
    assert ALL_CHANGES.index("agc") < ALL_CHANGES.index("floor")
    drawn = rng()
    window = levels()
    for name in ROOM_CHANGES:
        window = SURROUNDINGS[name](window, ALWAYS, drawn, SPEC)
    found = varied(levels(), 72, ALWAYS, rng(), ROOM_CHANGES, SPEC)
    np.testing.assert_array_equal(found, window)


def test_bands_that_are_of_other_features_are_told() -> None:
    with pytest.raises(GenredError, match=r"a window of 64 mel bands, and features\.n_mels = 128"):
        varied(levels()[:, :64], 72, ALWAYS, rng(), ["reverb"])
