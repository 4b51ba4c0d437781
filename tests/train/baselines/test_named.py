"""Every baseline by name: it learns, it repeats, and says in one line what it can't take."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred_train.baselines.named import BASELINES
from genred_train.collection.clips import Clips, one_hot

SPEC = FeatureSpec(window_frames=36)
EVEN, ODD = range(0, 20, 2), range(1, 20, 2)


@pytest.mark.parametrize("name", BASELINES)
def test_it_tells_low_from_high(name: str, low_high: Clips) -> None:
    odd = low_high.pick(ODD)
    heard = BASELINES[name].fit(low_high.pick(EVEN), SPEC, 0).probabilities(odd)
    assert [clip.mean(axis=0).argmax() for clip in heard] == odd.y.tolist()
    windows = 1 if name == "knn-mfcc-gauss" else 8
    for clip in heard:
        assert clip.shape == (windows, 2)
        assert clip.dtype == np.float32
        np.testing.assert_allclose(clip.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", ["ann-features", "random-cnn-svm"])
def test_a_seed_gives_the_same_again_and_another_does_not(name: str, low_high: Clips) -> None:
    few, one = low_high.pick(EVEN), low_high.pick([1])
    first, again, other = (
        BASELINES[name].fit(few, SPEC, seed).probabilities(one)[0] for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("name", ["knn-mfcc-gauss", "svm-mfcc", "ann-features"])
def test_a_genre_without_clips_is_never_said(name: str, low_high: Clips) -> None:
    y = np.where(low_high.y == 1, 2, 0)
    three = replace(low_high, genres=["low", "none", "high"], targets=one_hot(y, 3))
    heard = BASELINES[name].fit(three, SPEC, 0).probabilities(three.pick([0, 2]))
    assert [clip.mean(axis=0).argmax() for clip in heard] == [0, 2]
    assert all((clip[:, 1] == 0).all() for clip in heard)


@pytest.mark.parametrize("name", BASELINES)
def test_one_genre_only_is_one_line(name: str, low_high: Clips) -> None:
    low = low_high.pick(np.flatnonzero(low_high.y == 0).tolist())
    with pytest.raises(GenredError, match="holds only low; a baseline needs two genres"):
        BASELINES[name].fit(low, SPEC, 0)


@pytest.mark.parametrize("name", BASELINES)
def test_clips_of_several_genres_are_one_line(name: str, low_high: Clips) -> None:
    both = replace(low_high, targets=np.ones((20, 2), np.float32))
    with pytest.raises(GenredError, match="a baseline takes one a clip"):
        BASELINES[name].fit(both, SPEC, 0)


def test_fewer_clips_than_neighbours_are_one_line(low_high: Clips) -> None:
    with pytest.raises(GenredError, match="4 clips are fewer than the 5 neighbours"):
        BASELINES["knn-mfcc-gauss"].fit(low_high.pick(range(4)), SPEC, 0)


def test_neighbours_hear_a_clip_shorter_than_a_window(low_high: Clips) -> None:
    fitted = BASELINES["knn-mfcc-gauss"].fit(low_high, SPEC, 0)
    short = low_high.pick([0, 2]).segments(2, 1000)
    assert [clip.argmax() for clip in fitted.probabilities(short)] == [0, 1]


def test_a_clip_without_a_frame_is_one_line(low_high: Clips) -> None:
    fitted = BASELINES["knn-mfcc-gauss"].fit(low_high, SPEC, 0)
    with pytest.raises(GenredError, match="holds no frame; leave it out"):
        fitted.probabilities(low_high.segments(0, 1000))


def test_a_clip_shorter_than_a_window_is_one_line(low_high: Clips) -> None:
    with pytest.raises(GenredError, match="has 20 frames, a window 36; leave such clips out"):
        BASELINES["svm-mfcc"].fit(low_high.segments(20, 20), SPEC, 0)


def test_their_names_are_known_without_what_they_need() -> None:
    heavy = ["sklearn", "librosa", "keras", "tensorflow", "matplotlib"]
    code = "import genred_train.baselines.named, genred_train.cli.baseline, sys; "
    code += f"print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
