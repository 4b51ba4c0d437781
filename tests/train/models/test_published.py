"""The published networks, layer by layer, as their authors tell them."""

from typing import Any

import keras
import pytest

from network_rows import built

HALF = (2, 2)


def told(layer: Any) -> tuple[object, ...]:
    """Say a layer as the reference does."""
    if isinstance(layer, keras.layers.Conv2D):
        return "conv", layer.filters, layer.kernel_size, layer.strides, layer.padding
    if isinstance(layer, keras.layers.MaxPooling2D):
        return "max", layer.pool_size, layer.strides, layer.padding
    if isinstance(layer, keras.layers.Dense):
        return "dense", layer.units, layer.activation.__name__
    if isinstance(layer, keras.layers.Dropout):
        return "dropout", layer.rate
    return (type(layer).__name__.lower(),)


def layers(name: str) -> list[tuple[object, ...]]:
    """All behind the first ones, which take the gain out and have no parameters."""
    found = built(name).layers
    first = next(i for i, layer in enumerate(found) if isinstance(layer, keras.layers.Conv2D))
    assert sum(layer.count_params() for layer in found[:first]) == 0
    return [told(layer) for layer in found[first:]]


def small(*stages: tuple[int, int, int], dense: int) -> list[tuple[object, ...]]:
    expected: list[tuple[object, ...]] = []
    for width, kernel, pool in stages:
        expected += [
            ("conv", width, (kernel, kernel), (1, 1), "valid"),
            ("relu",),
            ("max", (pool, pool), HALF, "same"),
            ("batchnormalization",),
        ]
    expected += [("flatten",), ("dense", dense, "relu"), ("dropout", 0.3)]
    return [*expected, ("dense", 10, "linear")]


def five(padding: str, pool: tuple[int, int]) -> list[tuple[object, ...]]:
    expected: list[tuple[object, ...]] = []
    for width in (8, 16, 32, 64, 128):
        expected += [("conv", width, (3, 3), (1, 1), padding), ("batchnormalization",), ("relu",)]
        expected += [("max", pool, pool, "valid")] if width < 128 else []
    return [*expected, ("flatten",), ("dropout", 0.3), ("dense", 14, "linear")]


@pytest.mark.parametrize("variant", ["", "-72"])
def test_the_two_small_ones(variant: str) -> None:
    assert layers("cnn-48-32-16" + variant) == small((48, 4, 4), (32, 3, 3), (16, 2, 2), dense=32)
    assert layers("cnn-32-32-32" + variant) == small((32, 3, 3), (32, 3, 3), (32, 2, 2), dense=64)


def test_the_small_ones_flatten_to_what_is_told() -> None:
    assert built("cnn-48-32-16").get_layer("embedding").kernel.shape == (240, 32)
    assert built("cnn-32-32-32").get_layer("embedding").kernel.shape == (480, 64)


def test_the_one_of_five_convolutions() -> None:
    assert layers("cnn-8-16-32-64-128") == five("valid", (2, 2))
    assert layers("cnn-8-16-32-64-128-72") == five("same", (2, 2))
    for name in ("cnn-8-16-32-64-128-mfcc", "cnn-8-16-32-64-128-mfcc-72"):
        assert layers(name) == five("same", (2, 1))


def test_the_one_of_three_convolutions_and_two_dense_layers() -> None:
    expected: list[tuple[object, ...]] = []
    for width in (32, 64, 128):
        expected += [("conv", width, (3, 3), (1, 1), "valid"), ("relu",)]
        expected += [("max", HALF, HALF, "valid")]
    expected += [("batchnormalization",), ("flatten",), ("dense", 128, "relu")]
    assert layers("cnn-3conv-2dense") == [*expected, ("dense", 3, "linear")]
