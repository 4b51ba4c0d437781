"""Augmentation as a run's config names it."""

import msgspec
import pytest

from genred.errors import GenredError
from genred_train.augment.chosen import FEATURE_CHANGES, Augmentation
from genred_train.augment.strength import Strength


def test_the_changes_of_before_are_chosen_unless_some_are_named() -> None:
    assert Augmentation().changes == FEATURE_CHANGES
    assert Augmentation().strength == Strength()


def test_a_config_names_changes_and_how_far_they_go() -> None:
    text = b"""
        changes = ["stretch", "mask"]
        mixup_alpha = 0
        strength = { masked_bands = 12 }
    """
    chosen = msgspec.toml.decode(text, type=Augmentation)
    assert chosen.changes == ("stretch", "mask")
    assert chosen.strength == Strength(masked_bands=12)
    assert chosen.mixup_alpha == 0
    assert msgspec.json.decode(msgspec.json.encode(chosen), type=Augmentation) == chosen


def test_changes_of_the_surroundings_are_made_where_they_are_named() -> None:
    text = b"""
        changes = ["stretch", "reverb", "noise"]
        strength = { reverberation_s = [0.2, 0.8], noise_chance = 1 }
    """
    chosen = msgspec.toml.decode(text, type=Augmentation)
    assert chosen.changes == ("stretch", "reverb", "noise")
    assert chosen.strength.reverberation_s == (0.2, 0.8)
    assert not set(FEATURE_CHANGES) & {"reverb", "noise", "band_limit", "agc"}


def test_a_change_that_is_none_is_told_with_the_nearest() -> None:
    with pytest.raises(GenredError, match='no change "stretched"; did you mean "stretch"'):
        Augmentation(changes=("stretched",))
    with pytest.raises(
        GenredError,
        match="there are stretch, shift, colour, reverb, noise, band_limit, agc, floor, mask",
    ):
        Augmentation(changes=("xyz",))


def test_figures_without_a_sense_are_refused() -> None:
    with pytest.raises(GenredError, match="mixup_alpha = -1"):
        Augmentation(mixup_alpha=-1.0)
    with pytest.raises(GenredError, match="mixup_alpha = nan"):
        Augmentation(mixup_alpha=float("nan"))
    with pytest.raises(GenredError, match="label_smoothing = 1"):
        Augmentation(label_smoothing=1.0)
