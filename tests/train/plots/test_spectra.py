"""What pictures show, against tones whose answers are known."""

import numpy as np
import pytest

from genred.features.spec import FeatureSpec
from genred_train.plots import spectra
from genred_train.plots.excerpt import Excerpt

RATE = 22050


def tone(hz: float, seconds: float = 1.0) -> Excerpt:
    time_s = np.arange(round(seconds * RATE)) / RATE
    return Excerpt("tone", np.sin(2 * np.pi * hz * time_s).astype(np.float32), RATE, 0.0)


def test_a_full_scale_sine_stands_at_0_dbfs_at_its_frequency() -> None:
    bin_hz = RATE / spectra.N_FFT
    level_db = spectra.decibels(spectra.power(tone(100 * bin_hz)).mean(axis=1))
    assert level_db.argmax() == 100
    assert level_db.max() == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("octave", [1, 4])
def test_an_a_is_an_a_in_every_octave(octave: int) -> None:
    excerpt = tone(55.0 * 2**octave)
    magnitude = spectra.constant_q(excerpt)
    assert magnitude.shape[1] == 1 + excerpt.samples.size // 512
    middle = magnitude[:, magnitude.shape[1] // 2]
    # A1 is nine semitones above C1, and each has two bins.
    assert middle.argmax() == pytest.approx(24 * octave + 18, abs=1)
    assert spectra.chroma(magnitude, RATE).mean(axis=1).argmax() == 9


def test_the_envelope_covers_every_sample() -> None:
    samples = np.random.default_rng(0).standard_normal(10_007).astype(np.float32)
    found = spectra.envelope(samples, 100)
    assert found.low.size == found.high.size == 100
    assert found.low.min() == samples.min()
    assert found.high.max() == samples.max()
    few = spectra.envelope(samples[:50], 100)
    np.testing.assert_array_equal(few.low, samples[:50])


def test_a_picture_has_no_more_columns_however_long_the_sound() -> None:
    for samples in (2048, 22050, 22050 * 60, 22050 * 600):
        assert spectra.hop(samples) % 512 == 0
        assert samples / spectra.hop(samples) <= 1500


def test_coefficients_and_bands_are_the_daemons() -> None:
    spec = FeatureSpec(n_mfcc=40)
    excerpt = tone(440)
    bands = spectra.log_mel(excerpt.samples, spec)
    assert bands.shape == (1 + (RATE - 2048) // 914, 128)
    assert spectra.mfcc(excerpt, spec).shape == (40, len(bands))
