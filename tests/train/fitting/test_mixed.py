"""A recipe opened: what is drawn, what is apart, and what teachers say of it."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from genred.errors import GenredError, UsageError
from genred.features.spec import FeatureSpec
from genred_train.augment.chosen import Augmentation
from genred_train.features.ranges import Ranges
from genred_train.fitting.batches import Batches
from genred_train.fitting.mixed import MixedParts, open_mixed
from genred_train.fitting.mixture import load_recipe, mixed
from genred_train.fitting.options import FitOptions
from genred_train.fitting.parts import FitParts
from recipe_files import PRE, write_recipe

SPEC = FeatureSpec()
RANGES = Ranges.of([0.0] * 128, [100.0] * 128)


def opened(folder: Path, fold: int | None, draws: str | None = None) -> MixedParts:
    recipe = load_recipe(write_recipe(folder, *([draws] if draws else [])))
    return open_mixed(mixed(recipe, folder, fold), SPEC)


def batches(parts: MixedParts, **options: object) -> Batches:
    given = FitParts(parts.train, parts.valid, draws=parts.draws, answers=parts.answers)
    asked = msgspec.structs.replace(FitOptions(head="softmax"), **options)
    return Batches(given, SPEC, RANGES, asked)


@pytest.mark.parametrize("fold", [0, 1, 2])
def test_no_artist_of_a_fold_is_fitted_on_and_every_clip_is_somewhere(
    tmp_path: Path, fold: int
) -> None:
    parts = opened(tmp_path, fold)
    fitted, apart = set(parts.train.ids), set(parts.valid.ids)
    assert not fitted & apart
    artists = dict(zip(parts.train.ids, parts.train.artists, strict=True))
    ours = {artists[clip] for clip in fitted if clip.startswith("b")}
    theirs = set(parts.valid.artists) - {""}
    assert theirs
    assert not ours & theirs
    assert {clip for clip in apart if clip.startswith("d")} == {f"d{n}" for n in range(20)}
    assert parts.collections.keys() == {f"{tmp_path.name}/b", f"{tmp_path.name}/d"}
    # Clips of a genre left out have no label: none of them is scored.
    assert parts.valid.targets.any(axis=1).all()


def test_folds_are_the_same_with_labels_and_without(tmp_path: Path) -> None:
    with_labels, without = opened(tmp_path, 1), opened(tmp_path, 1, PRE)
    assert with_labels.train.ids == without.train.ids
    assert not without.train.targets.any()


def test_without_a_fold_everything_is_fitted_on(tmp_path: Path) -> None:
    parts = opened(tmp_path, None)
    assert len(parts.train) == 80
    assert len(parts.valid) == 0


def test_a_batch_holds_the_windows_that_were_asked_of_each_draw(tmp_path: Path) -> None:
    parts = opened(tmp_path, 0)
    batch = batches(parts, augmentation=Augmentation(changes=(), mixup_alpha=0.0)).step(3)
    np.testing.assert_array_equal(batch.weights, [1.0] * 10 + [0.0] * 5)
    assert batch.answers.shape == (15, 2, 11)
    known = batch.answers[:, 1]
    # a.npz has answers of whole clips only, the others of windows too; groups stand by name.
    np.testing.assert_array_equal(known[:6], np.repeat([[1.0, 0.0]], 6, 0).repeat([4, 7], 1))
    assert known[6:].all()
    assert (batch.answers[:, 0][known == 0] == 0).all()


def test_even_draws_take_each_genre_equally_often(tmp_path: Path) -> None:
    parts = opened(tmp_path, 0)
    plain = Augmentation(changes=(), mixup_alpha=0.0, label_smoothing=0.0)
    made = batches(parts, steps_per_epoch=9, augmentation=plain)
    genres = np.concatenate([made.step(n).targets[6:10].argmax(axis=1) for n in range(9)])
    counts = np.bincount(genres)
    assert set(counts[counts > 0]) == {12}


def test_answers_are_standardised_over_what_is_fitted_on(tmp_path: Path) -> None:
    of_a, others = _clip_answers(opened(tmp_path, 0))
    for said in (of_a, others):
        np.testing.assert_allclose(said.mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(said.std(axis=0), 1, atol=1e-5)


def _clip_answers(parts: MixedParts) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    assert parts.answers is not None
    said = {clip: parts.answers.of(clip, 60, 72).values[:4] for clip in parts.train.ids}
    ours = np.stack([values for clip, values in said.items() if clip.startswith("a")])
    others = np.stack([v for clip, v in said.items() if clip.startswith(("b", "song"))])
    return ours, others


@pytest.mark.parametrize(
    ("middle", "window"), [(0, 0), (36, 0), (41, 0), (43, 1), (84, 4), (119, 4)]
)
def test_a_window_has_the_answer_of_the_nearest_one(
    tmp_path: Path, middle: float, window: int
) -> None:
    parts = opened(tmp_path, 0)
    assert parts.answers is not None
    place = 3
    with np.load(tmp_path / "c.npz") as data:
        every = data["embedding"] * data["embedding_scale"]
    with np.load(tmp_path / "b-answers.npz") as data:
        kept = [int(clip[1:]) for clip in parts.train.ids if clip.startswith("b")]
        others = data["embedding"][kept] * data["embedding_scale"]
    whole = np.concatenate([every, others]).reshape(-1, 7)
    expected = (every[place, window] - whole.mean(axis=0)) / whole.std(axis=0)
    told = parts.answers.of("song 1@3.0", middle, 72)
    np.testing.assert_allclose(told.values[4:], expected, atol=1e-5)
    assert told.known.all()


def test_what_only_one_of_two_mixed_windows_knows_is_not_known(tmp_path: Path) -> None:
    parts = opened(tmp_path, 0)
    mixed_up = Augmentation(changes=(), mixup_alpha=5.0)
    known = np.stack(
        [batches(parts, augmentation=mixed_up).step(n).answers[:, 1] for n in range(8)]
    )
    assert set(np.unique(known)) == {0.0, 1.0}
    # Of a labelled window mixed with one of a.npz the clip's answer is known, the window's is not.
    of_b = known[:, 6:10]
    assert of_b[..., :4].all()
    assert 0 < of_b[..., 4:].mean() < 1
    assert known[:, 10:].all()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('files = ["b.npz"]', 'files = ["e.npz"]', '"e.npz" is none of the files'),
        ("windows = 4", "windows = 0", "windows of 1 or more"),
        ('"reggae", "rock"', '"reggae", "reggae"', "each once"),
        ("epochs = 2", "epoch = 2", "unknown field `epoch`"),
        ('clips = "d.npz"', 'clips = "a.npz"', "stand there once"),
        ('apart = "whole"', 'apart = "half"', "half"),
        ("epochs = 2", "epochs = 2\nbatch_size = 9", "the draws settle a batch"),
    ],
)
def test_a_wrong_recipe_is_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = write_recipe(tmp_path)
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(UsageError, match=message) as caught:
        load_recipe(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('leave_out = ["pop"]', 'leave_out = ["polka"]', "no genre polka to leave out"),
        ('"jazz", "metal"', '"metal"', "its genre jazz is none of the labels"),
        ('part = "dev"', 'part = "train"', 'no part "train"'),
        ('answers = "b-answers.npz"', 'answers = "c.npz"', "no answers for"),
    ],
)
def test_what_does_not_go_together_is_one_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = write_recipe(tmp_path)
    path.write_text(path.read_text().replace(old, new))
    recipe = mixed(load_recipe(path), tmp_path, 0)
    with pytest.raises(GenredError, match=message) as caught:
        open_mixed(recipe, SPEC)
    assert "\n" not in str(caught.value)


def test_a_draw_of_what_is_all_apart_is_one_line(tmp_path: Path) -> None:
    path = write_recipe(tmp_path)
    path.write_text(path.read_text().replace('files = ["a.npz", "d.npz"]', 'files = ["d.npz"]'))
    with pytest.raises(UsageError, match=r"nothing is left to draw out of d\.npz"):
        open_mixed(mixed(load_recipe(path), tmp_path, 0), SPEC)


def test_a_fold_that_is_none_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="folds 0 to 2"):
        mixed(load_recipe(write_recipe(tmp_path)), tmp_path, 3)
