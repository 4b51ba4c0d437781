"""What a network is fitted on is what it is given in the daemon."""

import numpy as np
import pytest

from genred.features.mel import delta_matrix
from genred.features.spec import FeatureSpec
from genred.model.metadata import TensorInfo
from genred.model.quantize import Quantizer
from genred_train.features.ranges import Ranges
from genred_train.features.rows import to_rows
from genred_train.fitting.batches import normalised


@pytest.mark.parametrize("deltas", [0, 1, 2])
@pytest.mark.parametrize("kind", ["mfcc", "logmel"])
def test_derivatives_and_offsets_are_the_daemons(deltas: int, kind: str) -> None:
    spec = FeatureSpec(deltas=deltas, n_mfcc=13, kind=kind)  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    levels = rng.uniform(-80, 0, (1, spec.window_frames, spec.n_mels)).astype(np.float32)
    offset, scale = rng.uniform([[-50], [10]], 110, (2, spec.n_coefficients))
    info = TensorInfo(shape=[1, *spec.input_shape], dtype="float32")
    window = to_rows(levels, spec)[0]
    orders = range(1, deltas + 1)
    matrices = [delta_matrix(spec.window_frames, order).astype(np.float32) for order in orders]
    channels = np.stack([window, *(matrix @ window for matrix in matrices)], axis=-1)
    served = Quantizer(offset.tolist(), scale.tolist(), info).quantized(channels)
    fitted = normalised(levels, spec, Ranges(offset, scale))[0]
    np.testing.assert_allclose(served, fitted, atol=2e-4)
