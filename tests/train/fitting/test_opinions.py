"""What teachers' answers tell of genres: of music without labels, and of clips with one."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clip_makers import loud_band_clips
from genred.errors import UsageError
from genred.features.spec import FeatureSpec
from genred_train.collection.clips import Clips
from genred_train.collection.target_group import Group
from genred_train.collection.targets import Targets
from genred_train.features.ranges import Ranges
from genred_train.fitting.answers import Answered
from genred_train.fitting.batches import Batches
from genred_train.fitting.mixed import MixedParts, open_mixed
from genred_train.fitting.mixture import load_recipe, mixed
from genred_train.fitting.opinions import opinions
from genred_train.fitting.options import FitOptions
from genred_train.fitting.parts import FitParts
from recipe_files import FINE, write_recipe

GENRES = ["blues", "jazz", "rock"]
PER_GENRE, UNLABELLED = 12, 30
TRUE = np.concatenate([np.repeat(np.arange(3), PER_GENRE), np.arange(UNLABELLED) % 3])
IDS = [f"clip {n}" for n in range(len(TRUE))]
Groups = Mapping[str, NDArray[np.float32]]


def music(targets: NDArray[np.float32] | None = None) -> Clips:
    """Three genres by two artists a clip pair, then music without a label."""
    if targets is None:
        targets = np.zeros((len(TRUE), 3), np.float32)
        labelled = np.arange(3 * PER_GENRE)
        targets[labelled, TRUE[labelled]] = 1
    like = loud_band_clips()
    artists = [f"artist {n // 2}" for n in range(len(TRUE))]
    return replace(
        like, genres=GENRES, ids=IDS, tracks=IDS, targets=targets, artists=artists, recordings=[]
    )


def said(groups: Groups, ids: list[str] = IDS, scale: str = "") -> Answered:
    kinds = {name: Group(values) for name, values in groups.items()}
    return Answered(Targets("answers", ids, kinds, (), 12, ""), ids, scale)


def telling(seed: int, spread: float, dims: int = 6) -> NDArray[np.float32]:
    """Answers that lie about their genre's own middle: (clips, dims)."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(0, 1, (3, dims))
    told = middles[TRUE] + rng.normal(0, spread, (len(TRUE), dims))
    return np.asarray(told, np.float32)


def windows(seed: int, spread: float) -> NDArray[np.float32]:
    """Tell the same in four windows a clip: (clips, 4, dims)."""
    rng = np.random.default_rng(seed)
    own = telling(seed, spread)
    apart = rng.normal(0, 0.1, (len(own), 4, own.shape[1]))
    told: NDArray[np.float32] = (own[:, None] + apart).astype(np.float32)
    return told


def test_answers_that_tell_genres_give_them_to_music_without_labels() -> None:
    told = opinions(music(), [said({"clip": telling(1, 0.3), "embedding": windows(2, 0.3)})])
    np.testing.assert_allclose(told.sum(axis=1), 1, atol=1e-5)
    assert (told.argmax(axis=1) == TRUE).mean() > 0.9
    assert told.max(axis=1).mean() > 0.8


def test_answers_that_tell_nothing_leave_it_open() -> None:
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 1, (len(TRUE), 6)).astype(np.float32)
    told = opinions(music(), [said({"clip": noise})])
    assert told.max(axis=1).mean() < 0.55


def test_a_label_does_not_tell_of_its_own_artist() -> None:
    answers = [said({"clip": telling(1, 1.0)})]
    before = opinions(music(), answers)
    # Clips 0 and 1 are all of one artist: what they are called must not come back as an opinion.
    turned = music().targets.copy()
    turned[:2] = [0, 0, 1]
    after = opinions(music(turned), answers)
    ratios = [np.log(told[:2] / told[:2, :1])[:, 1:] for told in (before, after)]
    # All are divided by one temperature, which those two labels do help to find.
    quotients = ratios[1] / ratios[0]
    np.testing.assert_allclose(quotients, quotients[0, 0], rtol=1e-3)


def test_each_scale_is_standardised_by_itself() -> None:
    clip = telling(3, 0.5)
    half = len(TRUE) // 2
    one = [said({"clip": clip[:half]}, IDS[:half], "a"), said({"clip": clip[half:]}, IDS[half:])]
    louder = [
        said({"clip": clip[:half] * 40 + 7}, IDS[:half], "a"),
        said({"clip": clip[half:]}, IDS[half:]),
    ]
    np.testing.assert_allclose(opinions(music(), one), opinions(music(), louder), atol=1e-3)


def test_a_genre_that_one_kind_of_answers_never_met_is_known_by_the_other() -> None:
    # Clips of blues have no embedding, nor have some without a label: they are known all the same.
    some = list(range(PER_GENRE, len(TRUE) - 6))
    rest = [n for n in range(len(TRUE)) if n not in some]
    clip, embedding = telling(1, 0.2), windows(2, 0.2)
    told = opinions(
        music(),
        [
            said({"clip": clip[some], "embedding": embedding[some]}, [IDS[n] for n in some]),
            said({"clip": clip[rest]}, [IDS[n] for n in rest]),
        ],
    )
    unlabelled = np.arange(3 * PER_GENRE, len(TRUE))
    for genre in range(3):
        of_it = unlabelled[TRUE[unlabelled] == genre]
        assert (told[of_it].argmax(axis=1) == genre).mean() > 0.8


def test_clips_without_answers_have_no_opinion() -> None:
    clip = telling(1, 0.3)
    told = opinions(music(), [said({"clip": clip[:-3]}, IDS[:-3])])
    assert (told[-3:] == 0).all()
    assert told[:-3].any(axis=1).all()


def test_labelled_clips_without_a_kind_in_common_are_refused() -> None:
    clip, embedding = telling(1, 0.3), windows(2, 0.3)
    half = PER_GENRE
    with pytest.raises(UsageError, match="answers of a common kind"):
        opinions(
            music(),
            [said({"clip": clip[:half]}, IDS[:half]), said({"e": embedding[half:]}, IDS[half:])],
        )


OPINION = FINE.replace("labelled = false", "opinion = true").replace(
    'files = ["a.npz", "d.npz"]', 'files = ["a.npz"]'
)


def opened(folder: Path, draws: str) -> MixedParts:
    recipe = load_recipe(write_recipe(folder, draws))
    return open_mixed(mixed(recipe, folder, 0), FeatureSpec())


def test_windows_drawn_by_opinion_count_as_labelled_ones_do(tmp_path: Path) -> None:
    parts = opened(tmp_path, OPINION)
    given = FitParts(
        parts.train,
        parts.valid,
        draws=parts.draws,
        answers=parts.answers,
        softened=parts.softened,
    )
    ranges = Ranges.of([0.0] * 128, [100.0] * 128)
    options = FitOptions(head="softmax")
    batch = Batches(given, FeatureSpec(), ranges, options).step(0)
    np.testing.assert_array_equal(batch.weights, np.ones(15))
    np.testing.assert_allclose(batch.targets.sum(axis=1), 1, atol=1e-5)


def test_labels_keep_most_of_their_targets_and_what_is_scored_keeps_all(tmp_path: Path) -> None:
    parts = opened(tmp_path, OPINION)
    assert parts.softened is not None
    known = parts.train.targets.any(axis=1)
    assert (parts.softened[known].max(axis=1) >= 0.7).mean() > 0.99
    assert set(np.unique(parts.valid.targets)) == {0.0, 1.0}
    assert opened(tmp_path, FINE).softened is None


@pytest.mark.parametrize(
    "line", ["labelled = false\nopinion = true", "even = true\nopinion = true"]
)
def test_a_draw_by_opinion_is_neither_even_nor_without_labels(tmp_path: Path, line: str) -> None:
    path = write_recipe(tmp_path, FINE.replace("labelled = false", line))
    with pytest.raises(UsageError, match="opinion goes with"):
        load_recipe(path)
