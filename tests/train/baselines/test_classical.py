"""Features of mel bands: what is known of simple spectra, and what must not matter."""

import numpy as np
import pytest
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec
from genred_train.baselines.classical import (
    feature_names,
    mfcc_statistics,
    octaves,
    spectra,
    window_features,
)
from genred_train.baselines.windows import below_maximum
from genred_train.features.rows import to_rows

SPEC = FeatureSpec()


def noise(seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(-70, 0, (2, 30, 128)).astype(np.float32)


def named(windows: NDArray[np.float32]) -> dict[str, float]:
    """Features of the first window."""
    found = window_features(below_maximum(windows), SPEC)[0]
    return dict(zip(feature_names(SPEC), found.tolist(), strict=True))


def test_one_band_is_its_own_centroid_and_rolloff() -> None:
    windows = np.full((1, 30, 128), -90, np.float32)
    windows[:, :, 60] = 0
    centre_hz = spectra(windows, SPEC).centre_hz[60]
    found = named(windows)
    assert found["mel_centroid_mean"] == pytest.approx(centre_hz, rel=1e-5)
    assert found["mel_rolloff_mean"] == pytest.approx(centre_hz, rel=1e-5)
    assert found["mel_bandwidth_mean"] == pytest.approx(0, abs=0.1)
    assert found["mel_flux_mean"] == 0


def test_what_is_level_is_flat_without_contrast() -> None:
    found = named(np.full((1, 30, 128), -20, np.float32))
    assert found["mel_flatness_mean"] == pytest.approx(1, abs=1e-5)
    assert found["mel_contrast_3_mean"] == pytest.approx(0, abs=1e-5)
    assert found["mel_energy_std"] == pytest.approx(0, abs=1e-5)


def test_a_silent_frame_has_no_frequency_and_every_value_is_finite() -> None:
    windows = np.full((1, 30, 128), -90, np.float32)
    windows[:, 0] = 0
    assert np.isfinite(window_features(below_maximum(windows), SPEC)).all()
    assert named(windows)["mel_centroid_mean"] < spectra(windows, SPEC).centre_hz[0] * 30


def test_gain_changes_nothing() -> None:
    quiet, loud = named(noise() - 40), named(noise() + 20)
    assert quiet == pytest.approx(loud, rel=1e-4, abs=1e-3)


def test_time_played_backwards_changes_only_the_flux() -> None:
    forwards, backwards = named(noise()), named(noise()[:, ::-1])
    changed = [n for n, v in forwards.items() if backwards[n] != pytest.approx(v, rel=1e-3)]
    assert all(name.startswith("mel_flux") for name in changed)


def test_a_window_is_described_the_same_alone_and_among_others() -> None:
    both = window_features(noise(), SPEC)
    np.testing.assert_allclose(both[1], window_features(noise()[1:], SPEC)[0], rtol=1e-4, atol=1e-4)


def test_every_column_has_one_name() -> None:
    for spec in (SPEC, FeatureSpec(n_mels=16, n_mfcc=16, fmax=4000, sample_rate=8000)):
        names = feature_names(spec)
        windows = noise()[..., : spec.n_mels]
        assert window_features(windows, spec).shape == (2, len(names))
        assert len(set(names)) == len(names)


def test_octaves_cover_the_bands_once() -> None:
    found = octaves(SPEC)
    assert [band for octave in found for band in range(128)[octave]] == list(range(128))


def test_mfcc_statistics_are_those_of_the_models_rows() -> None:
    rows = to_rows(noise()[1], FeatureSpec(n_mfcc=13))
    found = mfcc_statistics(noise(), 13)[1]
    np.testing.assert_allclose(found, [*rows.mean(axis=0), *rows.std(axis=0)], rtol=1e-3, atol=1e-3)
