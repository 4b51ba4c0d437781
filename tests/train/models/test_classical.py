"""Classical features inside a network equal their formulas on mel bands."""

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from genred.features.mel import dct_matrix
from genred.features.spec import FeatureSpec
from genred_train.models.classical import ROLL_OFF, classical

SPEC = FeatureSpec(window_frames=9, n_mels=32, n_mfcc=20, interval_frames=3)


def heard(bands: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Means and deviations that the network finds in bands (frames, 32), 0 to 2."""
    given = keras.Input((9, 32, 1))
    model = keras.Model(given, classical(given, SPEC))
    found = np.asarray(model(bands[None, :, :, None].astype(np.float32)))[0]
    names = ["curves", "curves away", "mfcc", "mfcc away"]
    return dict(zip(names, np.split(found, [4, 8, 28]), strict=True))


def test_they_are_their_formulas() -> None:
    bands = np.random.default_rng(0).uniform(0, 2, (9, 32))
    magnitude = 10 ** (30 * bands / 20)
    share = magnitude / magnitude.sum(axis=1, keepdims=True)
    place = np.linspace(-1, 1, 32)
    centroid = share @ place
    bandwidth = np.sqrt((share * (place - centroid[:, None]) ** 2).sum(axis=1))
    roll_off = (share.cumsum(axis=1) < ROLL_OFF).mean(axis=1)
    flatness = bands.mean(axis=1) - (share * bands).sum(axis=1)
    curves = np.stack([centroid, bandwidth, roll_off, flatness], axis=1)
    found = heard(bands)
    # The network's roll-off has a soft edge: a group of 32 is 0.03.
    np.testing.assert_allclose(found["curves"], curves.mean(axis=0), atol=0.03)
    away = np.abs(curves - curves.mean(axis=0)).mean(axis=0)
    np.testing.assert_allclose(found["curves away"], away, atol=0.03)
    mfcc = bands @ dct_matrix(20, 32).T * (1 + np.arange(20) / 2) / np.sqrt(32)
    np.testing.assert_allclose(found["mfcc"], mfcc.mean(axis=0), atol=1e-4)
    away = np.abs(mfcc - mfcc.mean(axis=0)).mean(axis=0)
    np.testing.assert_allclose(found["mfcc away"], away, atol=1e-4)


def test_noise_is_flat_and_a_tone_is_not() -> None:
    tone = np.zeros((9, 32))
    tone[:, 24] = 2.0
    assert heard(np.full((9, 32), 1.5))["curves"][3] == pytest.approx(0.0, abs=1e-5)
    found = heard(tone)["curves"]
    assert found[3] < -1.5
    assert found[0] == pytest.approx(np.linspace(-1, 1, 32)[24], abs=0.03)
