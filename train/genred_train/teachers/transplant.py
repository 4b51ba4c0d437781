"""MSD_musicnn's weights, brought onto our own bands and frames: into the model `musicnn`.

Its kernels stand 16 ms and one of 96 bands up to 8 kHz apart, ours 41 ms and one of 128 bands up to
11 kHz. A kernel here says of a spectrogram just what the published one says of the straight
lines between that spectrogram's points. What still differs (a frame hears 93 ms, not 32, and no
level is known), fitting to true answers has to mend.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genred.errors import UsageError
from genred.features.spec import FeatureSpec
from genred_train.models.cut import CUT_DB
from genred_train.models.front import FOLD, UNIT_DB
from genred_train.models.musicnn import DENSE, RHYTHM, SHIFTS, TAUGHT, TIMBRE
from genred_train.teachers.musicnn_network import CHANNELS, along, of_window
from genred_train.teachers.weights import take_weights

Array = NDArray[np.floating]
Held = dict[tuple[str, str], NDArray[np.float32]]
"""the published weights by (layer, weight)"""
Standing = tuple[slice, tuple[NDArray[np.float32], NDArray[np.float32]]]
"""where values stand among all answers, their means and deviations"""

_FRAME_S = 256 / 16000
_BAND = 1.2057
"""our bands to one of theirs: 45.25 mel in 97 steps there, 49.91 in 129 here"""
_LOUDEST_DB = 57.5
"""its `10 * log10(10000 x)` where a window is loudest: the median over 34 clips"""
_STATISTICS = ("gamma", "beta", "moving_mean", "moving_variance")
_FRAMES = ("sample_rate", "n_fft", "hop_length", "n_mels", "fmin", "fmax", "deltas")


def transplant(path: Path, model: Any, spec: FeatureSpec) -> None:
    """Fill a `musicnn` from the published file, all but its heads.

    Raises UsageError for another model and other frames, GenredError, one line, for another file.
    """
    usual = FeatureSpec()
    if model.name != "musicnn" or any(getattr(spec, f) != getattr(usual, f) for f in _FRAMES):
        raise UsageError(f"{path}: its weights are for --model musicnn on frames as usual")
    held = _read(path)
    _bands(held, model)
    chosen = [_first(held, model, number) for number in range(len(TIMBRE) + len(RHYTHM))]
    heard = np.concatenate(chosen)
    _dense(held, model, heard)
    _last(held, model, heard)


def transplant_answers(path: Path, side: Any, known: Mapping[str, Standing]) -> None:
    """Have the layer `side` say of a `musicnn`'s embedding what the published one says of it.

    `known` tells where `embedding` and `logits` stand, and what standardises them; other values
    keep the weights that they have.
    """
    held = _read(path)
    kernel, bias = (np.array(values) for values in side.get_weights())
    said: dict[str, tuple[Array, Array]] = {
        "embedding": (np.eye(TAUGHT), np.zeros(TAUGHT)),
        "logits": (held["dense_1", "kernel"], held["dense_1", "bias"]),
    }
    for group, (weights, constant) in said.items():
        if group in known and len(known[group][1][0]) == len(constant):
            place, (mean, deviation) = known[group]
            kernel[:, place] = 0
            kernel[:TAUGHT, place] = weights / deviation
            bias[place] = (constant - mean) / deviation
    side.set_weights([kernel, bias])


def _read(path: Path) -> Held:
    published = [along(), of_window()]
    take_weights(path, published)
    return {
        (layer.name, weight.name): np.asarray(weight)
        for network in published
        for layer in network.layers
        for weight in layer.weights
    }


def _bands(held: Held, model: Any) -> None:
    """Its log10(10000 x + 1) is our bands times three and a little, but where both are faint."""
    gain, shift = UNIT_DB / 10, (_LOUDEST_DB - CUT_DB) / 10
    gamma, beta, mean, variance = _statistics(held, "batch_normalization")
    model.get_layer("bn_bands").set_weights(
        [gamma, beta, (mean - shift) / gain, variance / gain**2]
    )


def _first(held: Held, model: Any, number: int) -> NDArray[np.bool_]:
    """Fill a layer that hears bands; return which of the published filters it has."""
    layer = f"conv2d_{number}" if number else "conv2d"
    kernel, bias = held[layer, "kernel"][:, :, 0], held[layer, "bias"]
    statistics = _statistics(held, f"batch_normalization_{number + 1}")
    timbre = number < len(TIMBRE)
    name = f"timbre_{number}" if timbre else f"rhythm_{number - len(TIMBRE)}"
    places, filters = (TIMBRE + RHYTHM)[number]
    # What hardly varies over the music that it was fitted to tells nothing: most filters don't.
    chosen = np.zeros(len(bias), bool)
    chosen[np.argsort(-statistics[3], kind="stable")[:filters]] = True
    ours = in_time(kernel[..., chosen])
    copies = SHIFTS if timbre else 1
    ours = _shifted(_in_bands(ours, places)) if timbre else ours[:, :, np.newaxis]
    model.get_layer(name).set_weights([ours, np.tile(bias[chosen], copies)])
    model.get_layer(f"bn_{name}").set_weights([np.tile(s[chosen], copies) for s in statistics])
    return chosen


def _dense(held: Held, model: Any, heard: NDArray[np.bool_]) -> None:
    known, told = heard, _told(held)
    for number in range(DENSE):
        layer = f"midend_conv{number + 1}"
        kernel = held[layer, "kernel"].reshape(-1, len(known), held[layer, "bias"].size)
        bias = held[layer, "bias"] + told[~known] @ kernel.sum(axis=0)[~known]
        name = f"dense_in_time_{number}"
        model.get_layer(name).set_weights([in_time(kernel[:, known])[:, np.newaxis], bias])
        model.get_layer(f"bn_{name}").set_weights(_statistics(held, f"bn_{layer}"))
        known, told = np.ones(len(bias), bool), np.zeros(len(bias))


def _last(held: Held, model: Any, heard: NDArray[np.bool_]) -> None:
    """Its channels' maxima and means stand side by side, here one after the other."""
    known = np.concatenate([heard, np.ones(CHANNELS - len(heard), bool)])
    told = np.concatenate([_told(held), np.zeros(CHANNELS - len(heard))])
    statistics = _statistics(held, "bn_flatpool")
    kernel, bias = held["dense", "kernel"], held["dense", "bias"].astype(np.float64)
    kept = []
    for first in (0, 1):
        gamma, beta, mean, variance = (values[first::2] for values in statistics)
        constant = beta + gamma * (told - mean) / np.sqrt(variance + 1e-3)
        bias = bias + constant[~known] @ kernel[first::2][~known]
        kept.append(2 * np.flatnonzero(known) + first)
    order = np.concatenate(kept)
    model.get_layer("bn_pooled").set_weights([values[order] for values in statistics])
    model.get_layer("own").set_weights([kernel[order], bias])
    model.get_layer("bn_own").set_weights(_statistics(held, "bn_dense"))


def _told(held: Held) -> Array:
    """Return what each of the first layers' filters says where it says the same of everything."""
    numbers = range(1, 1 + len(TIMBRE) + len(RHYTHM))
    return np.concatenate([held[f"batch_normalization_{number}", "beta"] for number in numbers])


def _statistics(held: Held, layer: str) -> list[Array]:
    return [held[layer, name] for name in _STATISTICS]


def in_time(kernel: Array) -> Array:
    """Bring a kernel (their frames, ...) onto our frames, an odd number of them."""
    theirs = (np.arange(len(kernel)) - (len(kernel) - 1) // 2) * _FRAME_S
    usual = FeatureSpec()
    places = theirs * usual.sample_rate / usual.hop_length
    reach = int(np.ceil(np.abs(places).max()))
    return np.tensordot(lines(places + reach, 2 * reach + 1), kernel, 1)


def _in_bands(kernel: Array, bands: int) -> Array:
    """Bring a kernel (frames, their bands, filters) onto so many of our bands."""
    places = np.arange(kernel.shape[1]) * _BAND
    return np.moveaxis(np.tensordot(lines(places, bands), kernel, (1, 1)), 0, 1)


def _shifted(kernel: Array) -> Array:
    """Fold bands (frames, bands, filters), with a copy of each filter `FOLD / SHIFTS` higher."""
    frames, bands, filters = kernel.shape
    copies = [np.roll(kernel, shift * FOLD // SHIFTS, axis=1) for shift in range(SHIFTS)]
    return np.concatenate(copies, axis=2).reshape(frames, bands // FOLD, FOLD, SHIFTS * filters)


def lines(places: Array, count: int) -> Array:
    """Weights of `count` points (count, places) in what straight lines between them say there."""
    return np.stack([np.interp(places, np.arange(count), point) for point in np.eye(count)])
