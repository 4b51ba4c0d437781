"""StreamingLevel: the same frames as the coefficients, in dBFS."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from genred.features.level import StreamingLevel
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec

SPEC = FeatureSpec()


def test_a_full_scale_sine_is_3_db_below_full_scale() -> None:
    sine = np.sin(2 * np.pi * 1000 * np.arange(22050) / 22050).astype(np.float32)
    level = StreamingLevel(SPEC)
    np.testing.assert_allclose(level.push(sine), -3.01, atol=0.02)


def test_silence_is_the_floor() -> None:
    level = StreamingLevel(SPEC)
    np.testing.assert_allclose(level.push(np.zeros(22050, np.float32)), -120.0, atol=1e-4)


@given(st.integers(0, 40_000), st.integers(1, 9000))
def test_there_is_one_level_a_row_whatever_the_cut(samples: int, block: int) -> None:
    sound = (np.random.default_rng(0).standard_normal(samples) * 0.1).astype(np.float32)
    level, mfcc = StreamingLevel(SPEC), StreamingMfcc(SPEC)
    for start in range(0, samples, block):
        part = sound[start : start + block]
        assert level.push(part).shape[0] == mfcc.push(part).shape[0]
    assert level.flush().shape[0] == mfcc.flush().shape[0]


def test_reset_forgets() -> None:
    level = StreamingLevel(SPEC)
    level.push(np.ones(2048, np.float32))
    level.reset()
    assert level.flush().size == 0
