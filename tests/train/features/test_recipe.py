"""Recipes: what of them decides what is stored, and the study's 24."""

import pytest
from msgspec.structs import replace

from genred.errors import GenredError, UsageError
from genred.features.spec import FeatureSpec
from genred_train.features.recipe import Recipe, digest, frames_of
from genred_train.features.study import STUDY, study_recipe


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "logmel"},
        {"n_mfcc": 13},
        {"deltas": 2},
        {"window_frames": 144, "interval_frames": 144},
    ],
)
def test_what_is_applied_on_reading_changes_nothing_that_is_stored(
    changed: dict[str, object],
) -> None:
    plain = Recipe()
    other = Recipe(features=replace(FeatureSpec(), **changed))
    assert other.storage() == plain.storage()
    assert other.stored == plain.stored


@pytest.mark.parametrize(
    "other",
    [
        Recipe(features=FeatureSpec(hop_length=512)),
        Recipe(features=FeatureSpec(n_mels=64, n_mfcc=64)),
        Recipe(pieces="excerpts"),
        Recipe(augment=("gain",), versions=2),
        Recipe(features=FeatureSpec(sample_rate=44100)),
    ],
)
def test_what_decides_the_rows_changes_the_digest(other: Recipe) -> None:
    assert digest(other.storage()) != digest(Recipe().storage())


def test_changes_are_the_same_in_any_order() -> None:
    one, other = (
        Recipe(augment=names, versions=2) for names in (("pitch", "noise"), ("noise", "pitch"))
    )
    assert one == other
    assert one.augment == ("pitch", "noise")


def test_a_seed_matters_only_where_something_is_drawn() -> None:
    assert Recipe(seed=1).storage() == Recipe().storage()
    changed = [Recipe(augment=("gain",), versions=2, seed=seed).storage() for seed in (0, 1)]
    assert changed[0] != changed[1]


@pytest.mark.parametrize(("length_s", "frames"), [(3, 72), (5, 121), (10, 241), (30, 724)])
def test_seconds_are_hops(length_s: float, frames: int) -> None:
    assert frames_of(length_s, 22050, 914) == frames


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"versions": 2}, "go together"),
        ({"augment": ("gain",)}, "go together"),
        ({"augment": ("ptich",), "versions": 2}, 'did you mean "pitch"'),
        ({"pieces": "excerpts", "excerpt_s": 1.0}, "shorter than a segment"),
    ],
)
def test_a_recipe_that_contradicts_itself_is_one_line(
    fields: dict[str, object], message: str
) -> None:
    with pytest.raises(GenredError, match=message) as caught:
        Recipe(**fields)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_the_study_has_24_sets_of_the_shapes_it_tells() -> None:
    recipes = {name: study_recipe(name) for name in STUDY}
    assert len(recipes) == 24
    shapes = {name: recipe.features.input_shape for name, recipe in recipes.items()}
    assert shapes["mel-3s-plain"] == (288, 128, 1)
    assert shapes["mel-10s-both"] == (862, 128, 3)
    assert shapes["mel-30s-derivatives"] == (2584, 128, 3)
    assert shapes["mfcc-30s-augmented"] == (2584, 13, 1)
    assert {recipe.versions for recipe in recipes.values()} == {1, 3}


def test_the_24_sets_are_four_on_disk() -> None:
    stored = {digest(study_recipe(name).storage()) for name in STUDY}
    assert len(stored) == 4


def test_a_set_that_the_study_has_not_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="mel-30s-plain"):
        study_recipe("mel-7s-plain")
