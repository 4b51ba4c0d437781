"""What networks do to rows before anything learnt: gain out, bands and derivatives in dB."""

import keras
import numpy as np
import pytest

from genred.features.mel import delta_matrix
from genred.features.spec import FeatureSpec
from genred_train.models.front import DERIVATIVE_UNIT_DB, front
from network_rows import at, built, levels, ranges, rows


@pytest.mark.parametrize(
    ("name", "deltas"),
    [
        ("residual", 0),
        ("crnn", 0),
        ("crnn", 1),
        ("hybrid", 1),
        ("cnn-48-32-16-72", 0),
        ("cnn-48-32-16-72", 1),
        ("cnn-8-16-32-64-128-72", 0),
        ("cnn-8-16-32-64-128-72", 1),
    ],
)
def test_a_gain_changes_no_logit(name: str, deltas: int) -> None:
    spec = at(name, deltas=deltas)
    model, quiet = built(name, spec), levels(spec, 2)
    before = model(rows(quiet, spec))[0]
    after = model(rows(quiet + np.float32(17), spec))[0]
    np.testing.assert_allclose(after, before, atol=2e-3)
    assert not np.allclose(before[0], before[1], atol=2e-3)


@pytest.mark.parametrize("kind", ["mfcc", "logmel"])
def test_derivatives_are_those_of_the_bands(kind: str) -> None:
    spec = FeatureSpec(kind=kind, deltas=2, window_frames=20)  # type: ignore[arg-type]
    found = ranges(spec)
    given, bands = front(spec, found.offset, found.scale)
    heard = levels(spec, 1)
    made = np.asarray(keras.Model(given, bands)(rows(heard, spec)))
    for order in (1, 2):
        expected = delta_matrix(20, order) @ heard[0] / DERIVATIVE_UNIT_DB
        np.testing.assert_allclose(made[0, :, :, order], expected, atol=2e-3)
    assert made[0, :, :, 0].max() == pytest.approx(2.0, abs=1e-3)


def test_the_weights_of_our_own_network_lie_as_published_runs_have_them() -> None:
    shapes = [tuple(weight.shape) for weight in built("residual").weights]
    assert len(shapes) == 69
    assert shapes[:4] == [(1, 1, 128, 128), (128,), (5, 3, 4, 40), (40,)]
    assert shapes[-2:] == [(256, 10), (10,)]
