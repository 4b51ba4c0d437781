"""Networks by name: what each is, exactly, and what it refuses."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from genred.errors import GenredError, UsageError
from genred_train.models.named import MODELS, find
from network_rows import at, built, levels, rows

NAMES = list(MODELS)


@pytest.mark.parametrize("name", NAMES)
def test_a_network_is_what_its_name_says(name: str) -> None:
    named = MODELS[name]
    model = built(name)
    assert model.count_params() == named.parameters
    assert model.input.shape == (None, *named.features.input_shape)
    logits, embedding = model.outputs
    assert logits.shape == (None, named.labels)
    assert embedding.shape == (None, model.get_layer("logits").kernel.shape[0])
    assert not [layer for layer in model.layers if type(layer).__name__ == "Lambda"]
    assert model.get_layer("logits").activation.__name__ == "linear"


@pytest.mark.parametrize(
    ("name", "frames", "parameters"),
    [
        ("cnn-8-16-32-64-128", 862, 457_646),
        ("cnn-8-16-32-64-128", 2584, 1_224_622),
        ("cnn-8-16-32-64-128-72", 241, 99_232 + 14 * (15 * 8 * 128 + 1)),
        ("cnn-48-32-16-72", 723, 16_800 + 320 + (89 * 16 + 1) * 32 + 330),
        ("residual", 241, 815_114),
        ("hybrid", 723, 80_106),
        ("crnn", 241, 140_874),
    ],
)
def test_ten_and_thirty_seconds_are_heard_too(name: str, frames: int, parameters: int) -> None:
    model = built(name, at(name, window_frames=frames))
    assert model.count_params() == parameters


def test_three_channels_add_their_kernels_and_no_more() -> None:
    name = "cnn-8-16-32-64-128"
    assert built(name, at(name, deltas=2)).count_params() == 199_598 + 2 * 3 * 3 * 8


@pytest.mark.parametrize("name", ["crnn", "hybrid", "cnn-8-16-32-64-128-72"])
def test_a_saved_network_says_the_same(name: str, tmp_path: Path) -> None:
    import keras  # noqa: PLC0415 - the tests below need none

    shape = at(name, deltas=1)
    model, given = built(name, shape), rows(levels(shape, 2), shape)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False)
    for before, after in zip(model(given), loaded(given), strict=True):
        np.testing.assert_array_equal(before, after)


def test_the_nearest_name_is_told() -> None:
    with pytest.raises(UsageError, match='"cnn-48-32-16"'):
        find("cnn_48_32_16")


def test_windows_too_small_are_refused_with_what_is_needed() -> None:
    with pytest.raises(GenredError, match=r"window_frames = 72 .* give 78 or more"):
        built("cnn-8-16-32-64-128", at("cnn-8-16-32-64-128", window_frames=72, interval_frames=12))
    with pytest.raises(GenredError, match=r"n_mfcc = 11 .* give 12 or more"):
        built("cnn-48-32-16", at("cnn-48-32-16", n_mfcc=11))
    assert built("cnn-48-32-16", at("cnn-48-32-16", n_mfcc=12)).count_params()


def test_bands_that_do_not_fold_are_refused() -> None:
    with pytest.raises(GenredError, match="multiple of 4"):
        built("residual", at("residual", n_mels=126, n_mfcc=40))


def test_as_many_labels_as_the_embedding_has_values_are_refused() -> None:
    with pytest.raises(GenredError, match="tell the two outputs apart"):
        built("cnn-48-32-16", labels=32)


def test_names_are_known_without_keras() -> None:
    code = (
        "import sys, genred_train.models.table, genred_train.models.heads\n"
        "print([m for m in ('keras', 'tensorflow') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
