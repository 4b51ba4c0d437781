"""Steps of a fit: the same whichever were taken before, and what options make of them."""

import msgspec
import numpy as np
import pytest

from clip_makers import loud_band_clips
from genred.features.spec import FeatureSpec
from genred_train.augment.chosen import Augmentation
from genred_train.features.ranges import Ranges
from genred_train.features.rows import to_channels, to_rows
from genred_train.fitting.batches import Batches, normalised, smoothed
from genred_train.fitting.mixed import Drawn
from genred_train.fitting.options import FitOptions
from genred_train.fitting.parts import FitParts

SPEC = FeatureSpec(window_frames=24, interval_frames=12)
PLAIN = Augmentation(changes=(), mixup_alpha=0.0, label_smoothing=0.0)
RANGES = Ranges.of([0.0] * 128, [100.0] * 128)


def batches(**options: object) -> Batches:
    asked = msgspec.structs.replace(FitOptions(batch_size=8, head="softmax"), **options)
    return Batches(FitParts(loud_band_clips(), loud_band_clips()), SPEC, RANGES, asked)


def test_a_step_is_the_same_whichever_came_before() -> None:
    first, second = batches(), batches()
    for step in (0, 3, 9):
        first.step(step)
    for one, other in zip(first.step(5), second.step(5), strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_seed_draws_other_windows() -> None:
    assert (batches(seed=0).step(0).windows != batches(seed=1).step(0).windows).any()


def test_an_epoch_has_as_many_steps_as_asked() -> None:
    assert batches(windows_per_clip=4).steps_per_epoch == 12 * 4 // 8
    assert batches(steps_per_epoch=40).steps_per_epoch == 40
    assert batches(steps_per_epoch=40).step(39).windows.shape == (8, 24, 128, 1)


def test_without_augmentation_a_window_is_a_window_of_its_clip() -> None:
    clips = loud_band_clips(clips=3, frames=24)
    asked = FitOptions(batch_size=3, head="softmax", augmentation=PLAIN, windows_per_clip=1)
    batch = Batches(FitParts(clips, clips), SPEC, RANGES, asked).step(0)
    for window, target in zip(batch.windows, batch.targets, strict=True):
        plain = normalised(clips.levels_db(int(target.argmax()))[None], SPEC, RANGES)[0]
        np.testing.assert_array_equal(window, plain)


def test_weights_make_the_rare_count_more() -> None:
    clips = loud_band_clips(clips=9, genres=3).pick([0, 3, 6, 1])
    asked = FitOptions(
        batch_size=20, head="softmax", balance="weights", augmentation=PLAIN, steps_per_epoch=1
    )
    batch = Batches(FitParts(clips, clips), SPEC, RANGES, asked).step(0)
    rare = batch.targets[:, 1] == 1
    np.testing.assert_allclose(batch.weights[rare], 2.0)
    np.testing.assert_allclose(batch.weights[~rare], 2 / 3, rtol=1e-6)


def test_derivatives_are_channels_as_the_daemon_makes_them() -> None:
    spec = msgspec.structs.replace(SPEC, deltas=2, n_mfcc=13)
    levels = loud_band_clips(clips=3).levels_db(0)[None, :24]
    ranges = Ranges.of([1.0] * 13, [50.0] * 13)
    made = normalised(levels, spec, ranges)
    rows = ((to_rows(levels, spec) - 1) / 50).astype(np.float32)
    np.testing.assert_allclose(made, to_channels(rows, spec), atol=1e-5)
    assert made.shape == (1, 24, 13, 3)


@pytest.mark.parametrize(
    ("head", "right", "wrong"), [("softmax", 0.925, 0.025), ("sigmoid", 0.95, 0.05)]
)
def test_smoothing_takes_a_little_from_each_claim(head: str, right: float, wrong: float) -> None:
    targets = np.eye(4, dtype=np.float32)
    made = smoothed(targets, head, Augmentation(label_smoothing=0.1))
    np.testing.assert_allclose(made, targets * (right - wrong) + wrong, atol=1e-6)


def test_a_long_clip_is_read_in_stretches_from_all_of_it() -> None:
    clips = loud_band_clips(clips=2, genres=2, frames=24 * 40)
    asked = FitOptions(batch_size=64, head="softmax", augmentation=PLAIN, windows_per_clip=64)
    spec = msgspec.structs.replace(SPEC, kind="logmel")
    ranges = Ranges.of([0.0] * 128, [1.0] * 128)
    batch = Batches(FitParts(clips, clips), spec, ranges, asked).step(0)
    places = [
        int(np.flatnonzero((clips.levels_db(int(genre)) == window[0, :, 0]).all(axis=1))[0])
        for window, genre in zip(batch.windows, batch.targets.argmax(axis=1), strict=True)
    ]
    assert min(places) < 24 * 10
    assert max(places) > 24 * 30


def test_sampling_evens_the_genres_of_an_epoch() -> None:
    clips = loud_band_clips(clips=30, genres=3).pick([0, 3, 6, 9, 12, 15, 1, 2])
    asked = FitOptions(
        batch_size=12, head="softmax", balance="sampling", augmentation=PLAIN, steps_per_epoch=5
    )
    drawn = Batches(FitParts(clips, clips), SPEC, RANGES, asked)
    counts = sum(drawn.step(step).targets.sum(axis=0) for step in range(5))
    np.testing.assert_array_equal(counts, [20, 20, 20])


def test_mixup_mixes_windows_targets_and_weights_by_one_share() -> None:
    clips = loud_band_clips(clips=9, genres=3, frames=24).pick([0, 3, 6, 1])
    mixing = Augmentation(changes=(), mixup_alpha=1.0, label_smoothing=0.0)
    asked = FitOptions(
        batch_size=40, head="softmax", balance="weights", augmentation=mixing, steps_per_epoch=1
    )
    batch = Batches(FitParts(clips, clips), SPEC, RANGES, asked).step(0)
    np.testing.assert_allclose(batch.targets.sum(axis=1), 1, atol=1e-6)
    mixed = (batch.targets[:, 0] > 0.01) & (batch.targets[:, 1] > 0.01)
    assert mixed.any()
    expected = batch.targets @ np.array([2 / 3, 2.0, 0.0])
    np.testing.assert_allclose(batch.weights, expected, atol=1e-5)


def test_windows_without_a_label_are_mixed_with_one_another_where_asked() -> None:
    clips = loud_band_clips(clips=3, genres=3, frames=24)
    draws = [
        Drawn([0, 1], 10, labelled=True, even=False),
        Drawn([1, 2], 10, labelled=False, even=False),
    ]
    for mixed in (False, True):
        mixing = Augmentation(
            changes=(), mixup_alpha=1.0, label_smoothing=0.0, mix_unlabelled=mixed
        )
        asked = FitOptions(head="softmax", augmentation=mixing, steps_per_epoch=1)
        batch = Batches(FitParts(clips, clips, draws=draws), SPEC, RANGES, asked).step(0)
        highest = batch.targets.max(axis=1)
        between = (highest > 0.01) & (highest < 0.99)
        assert between[:10].any()
        assert between[10:].any() == mixed
        assert not batch.targets[:10, 2].any()
        assert not batch.targets[10:, 0].any()
        np.testing.assert_array_equal(batch.weights, np.repeat([1, 0], 10))
