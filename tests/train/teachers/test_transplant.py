"""The published weights on our own frames: each kernel says what it said there."""

from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from genred.errors import GenredError, UsageError
from genred.features.spec import FeatureSpec
from genred_train.collection.load import load_clips
from genred_train.collection.targets import load_targets
from genred_train.features.ranges import Ranges
from genred_train.features.rows import window_starts
from genred_train.fitting.batches import normalised
from genred_train.models.named import build
from genred_train.teachers.musicnn_network import along, of_window
from genred_train.teachers.transplant import in_time, lines, transplant, transplant_answers
from genred_train.teachers.weights import take_weights
from network_rows import ranges

SPEC = FeatureSpec()
FRAME = 0.016 * 22050 / 914
"""of theirs in ours"""
BAND = 1.2057


def filled(weights: Path, found: Ranges | None = None) -> Any:
    model = build("musicnn", SPEC, 11, found or ranges(SPEC))
    transplant(weights, model, SPEC)
    return model


def test_lines_run_straight_from_point_to_point_and_level_beyond() -> None:
    points = np.array([0.0, 10.0, 4.0])
    np.testing.assert_allclose(points @ lines(np.array([-1, 0.5, 1.5, 2, 9]), 3), [0, 5, 7, 4, 4])


@pytest.mark.parametrize(("theirs", "ours"), [(7, 5), (32, 15), (64, 27), (128, 51)])
def test_a_kernel_says_of_our_frames_what_it_said_of_those_between(theirs: int, ours: int) -> None:
    rng = np.random.default_rng(theirs)
    kernel, frames = rng.normal(size=(theirs, 3)), rng.normal(size=ours)
    places = (np.arange(theirs) - (theirs - 1) // 2) * FRAME + ours // 2
    between = np.interp(places, np.arange(ours), frames)
    assert in_time(kernel).shape == (ours, 3)
    np.testing.assert_allclose(frames @ in_time(kernel), between @ kernel, rtol=1e-6)


def test_a_spectrum_is_heard_at_every_other_band(weights: Path) -> None:
    model = filled(weights)
    layer, rng = model.get_layer("timbre_0"), np.random.default_rng(1)
    bands = rng.normal(size=(5, 116)).astype(np.float32)
    said = np.asarray(layer(bands.reshape(1, 5, 29, 4)))[0, 0]
    # The same by hand: the first filter that was taken, at our band 4 * place + 2 * copy.
    kernel, bias = (np.asarray(weight) for weight in layer.weights)
    one = kernel[..., 0].reshape(5, 48)
    for place in (0, 7, 17):
        for copy in (0, 1):
            first = 4 * place + 2 * copy
            heard = (bands[:, first : first + 46] * one[:, :46]).sum() + bias[0]
            assert said[place, 23 * copy] == pytest.approx(max(0, heard), abs=1e-4)


def test_filters_that_say_most_are_taken_and_the_rest_is_added_to_what_follows(
    weights: Path,
) -> None:
    model, heard, published = filled(weights), along(), of_window()
    take_weights(weights, [heard, published])
    kernel = np.asarray(published.get_layer("dense").kernel)
    ours = np.asarray(model.get_layer("own").kernel)
    assert ours.shape == (2 * (64 + 3 * 64), 200)
    # The last channel's maximum and mean stand side by side there, in two halves here.
    np.testing.assert_array_equal(ours[255], kernel[-2])
    np.testing.assert_array_equal(ours[511], kernel[-1])
    variance = np.asarray(heard.get_layer("batch_normalization_1").moving_variance)
    taken = np.asarray(model.get_layer("bn_timbre_0").moving_variance)
    assert sorted(taken[:23]) == sorted(variance)[-23:]


def test_other_models_frames_and_files_are_refused(weights: Path, tmp_path: Path) -> None:
    model = build("musicnn", SPEC, 11, ranges(SPEC))
    other = msgspec.structs.replace(SPEC, hop_length=512)
    with pytest.raises(UsageError, match="for --model musicnn on frames as usual"):
        transplant(weights, model, other)
    with pytest.raises(UsageError, match="for --model musicnn"):
        transplant(weights, build("residual-small", SPEC, 11, ranges(SPEC)), SPEC)
    with pytest.raises(GenredError, match="No such file"):
        transplant(tmp_path / "none.h5", model, SPEC)


@pytest.mark.data
def test_it_begins_with_much_of_what_the_published_one_says(data: Path) -> None:
    found = ranges(SPEC)
    model = filled(data / "teachers" / "musicnn_msd.h5", found)
    clips = load_clips(data / "emotify" / "dev.npz", SPEC)
    stored = load_targets(data / "emotify" / "teacher.npz")
    chosen = range(0, len(clips), 8)
    heard: list[NDArray[np.float32]] = []
    for clip in chosen:
        levels = clips.levels_db(clip)
        starts = list(window_starts(len(levels), SPEC))[::18]
        heard += [levels[start : start + SPEC.window_frames] for start in starts]
    said = np.asarray(model(normalised(np.stack(heard), SPEC, found))[1])[:, :200]
    places = [stored.place(clips.ids[clip]) for clip in chosen]
    told = np.concatenate([stored.group("embedding")[place][::18] for place in places])
    varied = (said.std(axis=0) > 0.01) & (told.std(axis=0) > 0.05)
    pairs = zip(said.T[varied], told.T[varied], strict=True)
    alike = [np.corrcoef(ours, theirs)[0, 1] for ours, theirs in pairs]
    print(varied.sum(), np.median(alike))
    assert varied.mean() > 0.8
    assert np.median(alike) > 0.35


def test_beside_labels_it_says_at_once_what_the_published_one_says(weights: Path) -> None:
    model, published = filled(weights), of_window()
    take_weights(weights, [along(), published])
    side = keras.layers.Dense(253)
    side.build((None, model.output[1].shape[-1]))
    before = side.get_weights()[0]
    rng = np.random.default_rng(3)
    standard = {
        name: (rng.normal(size=n).astype(np.float32), rng.uniform(1, 2, n).astype(np.float32))
        for name, n in (("embedding", 200), ("logits", 50))
    }
    places = {"embedding": slice(3, 203), "logits": slice(203, 253)}
    known = {name: (places[name], standard[name]) for name in places}
    transplant_answers(weights, side, known)
    embedding = rng.normal(size=(4, 328)).astype(np.float32)
    logits = published.get_layer("dense_1")(embedding[:, :200])
    said = np.asarray(side(embedding))
    for name, values in (("embedding", embedding[:, :200]), ("logits", np.asarray(logits))):
        mean, deviation = standard[name]
        np.testing.assert_allclose(said[:, places[name]], (values - mean) / deviation, atol=1e-4)
    np.testing.assert_array_equal(side.get_weights()[0][:, :3], before[:, :3])
    transplant_answers(weights, side, {"clip": (slice(0, 3), standard["logits"])})
    np.testing.assert_array_equal(np.asarray(side(embedding)), said)
