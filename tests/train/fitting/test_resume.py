"""A run that was stopped, wherever, ends as one that was not."""

import itertools
from pathlib import Path

import keras
import numpy as np
import pytest

from clip_makers import loud_band_clips
from genred.errors import GenredError
from genred_train.features.ranges import Ranges
from genred_train.fitting import judge
from genred_train.fitting.fit import fit
from genred_train.fitting.parts import FitParts
from genred_train.fitting.run import Run
from runs import begun

FEW = {"epochs": 6, "judge_every": 2, "ema_momentum": 0.5}
TRAIN = loud_band_clips()
VALID = loud_band_clips(seed=9, clips=6)
PARTS = FitParts(TRAIN, VALID)


def weights(path: Path) -> list[np.ndarray]:
    return [np.asarray(w) for w in keras.models.load_model(path, compile=False).get_weights()]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = begun(tmp_path_factory.mktemp("runs") / "whole", TRAIN, **FEW)
    fit(run, PARTS, verbose=0, logged=False)
    return run


@pytest.mark.slow
@pytest.mark.parametrize("place", range(1, 8))
def test_stopped_at_any_writing_it_ends_the_same(
    whole: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    run = begun(tmp_path / "cut", TRAIN, **FEW)
    writings = itertools.count(1)

    def stopped(model: object, path: Path) -> None:
        if next(writings) == place:
            raise KeyboardInterrupt
        save(model, path)

    save = judge.save
    monkeypatch.setattr(judge, "save", stopped)
    try:
        fit(run, PARTS, verbose=0, logged=False)
    except KeyboardInterrupt:
        fit(run, PARTS, resume=True, verbose=0, logged=False)
    assert run.lines() == whole.lines()
    for one, other in zip(weights(run.best), weights(whole.best), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_what_is_kept_is_the_best_epochs_average_of_weights(whole: Run) -> None:
    scored = [line["valid"] for line in whole.lines() if "valid" in line]
    kept, last = weights(whole.best), weights(whole.last)
    ranges = Ranges.of(whole.config.offset, whole.config.scale)
    assert max(scored) == judge.Judge(whole, PARTS, ranges).best
    assert any((one != other).any() for one, other in zip(kept, last, strict=True))


def test_half_a_line_is_an_epoch_that_is_done_again(tmp_path: Path) -> None:
    run = begun(tmp_path / "run", TRAIN)
    run.note({"epoch": 1, "valid": 1 / 3})
    with run.epochs.open("a") as file:
        file.write('{"epoch": 2, "va')
    assert run.lines() == [{"epoch": 1, "valid": 1 / 3}]


def test_a_damaged_checkpoint_is_one_line(tmp_path: Path) -> None:
    run = begun(tmp_path / "run", TRAIN)
    run.last.write_bytes(b"no model")
    with pytest.raises(GenredError, match="damaged; remove it") as caught:
        fit(run, PARTS, resume=True, verbose=0, logged=False)
    assert "\n" not in str(caught.value)


def test_a_disk_that_is_full_says_where_and_what_to_do(tmp_path: Path) -> None:
    class Full:
        def save(self, path: Path) -> None:
            path.write_bytes(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(GenredError, match=r"best\.keras: No space left on device; make room"):
        judge.save(Full(), tmp_path / "best.keras")
    assert not list(tmp_path.iterdir())
