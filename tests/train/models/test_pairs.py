"""Two clips at once, and a sigmoid head that tells both."""

from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from array_files import write_arrays
from f1 import f1_scores
from genred.errors import GenredError
from genred.model.classifier import head
from genred_train.augment.pairs import summed, summed_pairs
from genred_train.collection.arrays import load_arrays
from genred_train.collection.clips import Clips
from genred_train.models.heads import tune_thresholds
from network_rows import at, built, rows

NAME = "cnn-48-32-16-72"
SPEC = at(NAME)


@pytest.fixture
def clips(tmp_path: Path) -> Clips:
    return load_arrays(write_arrays(tmp_path / "clips.npz"), SPEC)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_power_is_added() -> None:
    first = rng().uniform(-80, 0, (9, 16)).astype(np.float32)
    np.testing.assert_allclose(summed(first, first), first + 10 * np.log10(2), atol=1e-4)
    second = rng(1).uniform(-80, 0, (9, 16)).astype(np.float32)
    moved = 10 * np.log10(np.mean(10 ** (first / 10)) / np.mean(10 ** (second / 10)))
    expected = 10 * np.log10(10 ** (first / 10) + 10 ** ((second + moved) / 10))
    np.testing.assert_allclose(summed(first, second), expected, atol=1e-3)


def test_the_level_of_the_second_does_not_matter() -> None:
    first, second = rng().uniform(-80, 0, (2, 9, 16)).astype(np.float32)
    quiet = summed(first, second - np.float32(90))
    np.testing.assert_allclose(quiet, summed(first, second), atol=1e-3)


def test_a_pair_has_the_genres_of_both_and_its_name_says_which(clips: Clips) -> None:
    pairs = summed_pairs(clips, 40, rng())
    assert (pairs.targets.sum(axis=1) == 2).all()
    assert pairs.several
    for name, targets in zip(pairs.ids, pairs.targets, strict=True):
        both = [clips.ids.index(half) for half in name.split("+")]
        np.testing.assert_array_equal(targets, clips.targets[both].max(axis=0))
    assert pairs.levels_db(0).shape == (120, 128)


def test_a_seed_draws_the_same_pairs_again(clips: Clips) -> None:
    first = summed_pairs(clips, 9, rng(3))
    assert first.sha256 == summed_pairs(clips, 9, rng(3)).sha256
    assert first.sha256 != summed_pairs(clips, 9, rng(4)).sha256


def test_one_genre_makes_no_pairs(clips: Clips) -> None:
    with pytest.raises(GenredError, match="pairs need two"):
        summed_pairs(clips.pick([0, 10]), 3, rng())


def heard(pairs: Clips) -> NDArray[np.float32]:
    cut = np.stack([pairs.levels_db(i)[: SPEC.window_frames] for i in range(len(pairs))])
    return rows(cut, SPEC)


@pytest.mark.slow
def test_a_sigmoid_head_tells_both_of_a_pair(clips: Clips) -> None:
    # Of each genre one clip to fit on and another to measure on.
    fitted, chosen, held = (
        summed_pairs(clips.pick(range(start, start + 10)), count, rng(start + count))
        for start, count in ((0, 512), (0, 64), (10, 96))
    )
    keras.utils.set_random_seed(0)
    network = keras.models.clone_model(built(NAME, SPEC, 10))
    model = keras.Model(network.input, network.outputs[0])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss, jit_compile=False)
    model.fit(heard(fitted), fitted.targets, batch_size=32, epochs=30, verbose=0)
    of_chosen, of_held = (
        head(model.predict(heard(pairs), verbose=0), "sigmoid") for pairs in (chosen, held)
    )
    tuned = tune_thresholds(of_chosen, chosen.targets)
    f1 = f1_scores(of_held >= tuned, held.targets).mean()
    print(f"F1 {f1:.3f}")
    assert f1 > 0.9
