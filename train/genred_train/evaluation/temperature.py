"""One number that makes a model's probabilities mean what they say."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Claims = Sequence[NDArray[np.float32]]
"""probabilities at temperature 1, one array (windows, labels) a clip"""


def fit_temperature(
    clips: Claims, y: NDArray[np.int64], weights: NDArray[np.float64] | None = None
) -> float:
    """Find the temperature with the least negative log-likelihood over all windows.

    `weights` (clips,) tell what each window of a clip counts; without them all count alike.
    Source: Guo et al., On Calibration of Modern Neural Networks (2017), section 4.2.
    """
    logs = np.log(np.maximum(np.concatenate(clips).astype(np.float64), 1e-12))
    lengths = [len(clip) for clip in clips]
    labels, counts = np.repeat(y, lengths), None
    if weights is not None:
        counts = np.repeat(weights, lengths)
    candidates = np.geomspace(0.25, 4.0, 161)
    return float(min(candidates, key=lambda t: _loss(logs / t, labels, counts)))


def _loss(
    logits: NDArray[np.float64], labels: NDArray[np.int64], counts: NDArray[np.float64] | None
) -> float:
    logits = logits - logits.max(axis=1, keepdims=True)
    chosen = logits[np.arange(len(labels)), labels]
    return float(np.average(np.log(np.exp(logits).sum(axis=1)) - chosen, weights=counts))


def cross_fitted(
    clips: Claims,
    y: NDArray[np.int64],
    tracks: Sequence[str],
    weights: NDArray[np.float64] | None = None,
) -> list[NDArray[np.float32]]:
    """Calibrate every second track by the others, and those by it: (windows, labels) a clip.

    So that no figure comes from a temperature that was fitted on its own clips. Too few tracks for
    two halves are calibrated by all. `weights` as in `fit_temperature`.
    """
    numbers = {track: number for number, track in enumerate(dict.fromkeys(tracks))}
    half = np.array([numbers[track] % 2 for track in tracks])
    counts = np.ones(len(clips)) if weights is None else weights
    if len(numbers) < 2:  # noqa: PLR2004 - two halves
        temperature = fit_temperature(clips, y, counts)
        return [at_temperature(clip, temperature) for clip in clips]
    by_other = []
    for side in (0, 1):
        others = np.flatnonzero(half != side)
        chosen = [clips[clip] for clip in others.tolist()]
        by_other.append(fit_temperature(chosen, y[others], counts[others]))
    return [at_temperature(clip, by_other[side]) for clip, side in zip(clips, half, strict=True)]


def evened(lengths: Sequence[int], collections: Sequence[range]) -> NDArray[np.float64]:
    """Return weights of clips, for their windows, by which all collections count alike: (clips,).

    `lengths` are the windows of each clip, `collections` the places of each one's clips.
    """
    weights = np.zeros(len(lengths))
    for places in collections:
        own = list(places)
        weights[own] = 1 / max(1, sum(lengths[clip] for clip in own))
    return weights


def at_temperature(clip: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Turn probabilities at temperature 1 into those at another, (windows, labels)."""
    logits = np.log(np.maximum(clip, 1e-12)) / np.float32(temperature)
    exact = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exact / exact.sum(axis=1, keepdims=True), np.float32)
