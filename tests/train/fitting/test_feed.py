"""Batches that are drawn by other processes, for backends that are not TensorFlow."""

import multiprocessing
import subprocess
import sys
from collections import deque
from itertools import islice
from pathlib import Path

import keras
import numpy as np
import pytest

from clip_makers import loud_band_clips
from genred.errors import GenredError
from genred_train.features.ranges import Ranges
from genred_train.fitting.batches import Batches
from genred_train.fitting.feed import feed, taken
from genred_train.fitting.parts import FitParts
from genred_train.fitting.series import Series, drawn
from runs import SPEC, begun


@pytest.mark.parametrize("cores", [1, 3])
def test_other_backends_are_fed_the_very_batches_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)))
    clips = loud_band_clips(clips=6)
    config = begun(tmp_path / "run", clips).config
    ranges = Ranges.of(config.offset, config.scale)
    batches = Batches(FitParts(clips, clips), SPEC, ranges, config.options)
    fed = feed(batches, SPEC, 3, first_step=5).map(lambda *batch: (*batch[:2], "mapped"))
    generator = taken(fed)
    for number, (windows, targets, mapped) in enumerate(islice(generator, 12), start=5):
        expected = batches.step(number)
        np.testing.assert_array_equal(windows, expected.windows)
        np.testing.assert_array_equal(targets, expected.targets)
        assert mapped == "mapped"
    generator.close()


def test_a_process_that_was_killed_is_told_in_one_line(tmp_path: Path) -> None:
    clips = loud_band_clips(clips=6)
    config = begun(tmp_path / "run", clips).config
    ranges = Ranges.of(config.offset, config.scale)
    batches = Batches(FitParts(clips, clips), SPEC, ranges, config.options)
    before = set(multiprocessing.active_children())
    fed = drawn(batches, 0, processes=1)
    next(fed)
    for child in set(multiprocessing.active_children()) - before:
        child.kill()
    with pytest.raises(GenredError, match="was killed; free some memory, then --resume"):
        deque(fed, maxlen=0)


def test_what_draws_needs_neither_keras_nor_a_backend() -> None:
    code = (
        "import sys, genred_train.fitting.series\n"
        "print([m for m in ('keras', 'tensorflow', 'torch') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_series_begins_anew_for_everyone_who_asks() -> None:
    series = Series(lambda: iter([(1,), (2,)])).map(lambda n: (10 * n,))
    assert list(series) == list(series) == [(10,), (20,)]
