"""What the model hears, placed in time."""

import numpy as np
import pytest

from fakes import LABELS, FakeModel
from genred_train.plots.excerpt import Excerpt
from genred_train.plots.heard import hear

RATE = 22050


def excerpt(*parts: tuple[float, float]) -> Excerpt:
    """Noise in parts of (seconds, amplitude)."""
    rng = np.random.default_rng(0)
    samples = [rng.standard_normal(round(length_s * RATE)) * most for length_s, most in parts]
    return Excerpt("noise", np.concatenate(samples).astype(np.float32), RATE, 0.0)


def test_each_window_stands_where_it_ends() -> None:
    found = hear(excerpt((6.0, 0.1)), FakeModel())
    assert found.labels == LABELS
    heard = np.isfinite(found.windows[0])
    # 72 frames are six intervals of twelve.
    assert not heard[:5].any()
    assert heard[5:].all()
    np.testing.assert_allclose(found.windows[:, 5], [0.1, 0.1, 0.8], atol=1e-6)
    end_s = found.first_s + found.windows.shape[1] * found.interval_s
    assert end_s == pytest.approx(6.0, abs=found.interval_s)


def test_nothing_is_heard_in_silence_and_it_is_announced() -> None:
    found = hear(excerpt((5.0, 0.1), (4.0, 0.0), (5.0, 0.1)), FakeModel())
    assert {"rock", "silence"} <= {segment.genre for segment in found.announced}
    middle = round((7.0 - found.first_s) / found.interval_s)
    assert np.isnan(found.windows[:, middle]).all()


def test_sound_shorter_than_a_window_has_one_answer() -> None:
    found = hear(excerpt((0.5, 0.1)), FakeModel())
    assert (~np.isnan(found.windows).any(axis=0)).sum() == 1
