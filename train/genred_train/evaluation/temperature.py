"""One number that makes a model's probabilities mean what they say."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def fit_temperature(clips: Sequence[NDArray[np.float32]], y: NDArray[np.int64]) -> float:
    """Find the temperature with the least negative log-likelihood over all windows.

    `clips` are probabilities at temperature 1, one array (windows, labels) a clip.
    Source: Guo et al., On Calibration of Modern Neural Networks (2017), section 4.2.
    """
    logs = np.log(np.maximum(np.concatenate(clips).astype(np.float64), 1e-12))
    labels = np.repeat(y, [len(clip) for clip in clips])
    candidates = np.geomspace(0.25, 4.0, 161)
    return float(min(candidates, key=lambda t: _loss(logs / t, labels)))


def _loss(logits: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    logits = logits - logits.max(axis=1, keepdims=True)
    chosen = logits[np.arange(len(labels)), labels]
    return float((np.log(np.exp(logits).sum(axis=1)) - chosen).mean())


def cross_fitted(
    clips: Sequence[NDArray[np.float32]], y: NDArray[np.int64], tracks: Sequence[str]
) -> list[NDArray[np.float32]]:
    """Calibrate every second track by the others, and those by it: (windows, labels) a clip.

    So that no figure comes from a temperature that was fitted on its own clips. Too few tracks for
    two halves are calibrated by all.
    """
    numbers = {track: number for number, track in enumerate(dict.fromkeys(tracks))}
    half = np.array([numbers[track] % 2 for track in tracks])
    if len(numbers) < 2:  # noqa: PLR2004 - two halves
        temperature = fit_temperature(clips, y)
        return [at_temperature(clip, temperature) for clip in clips]
    by_other = [
        fit_temperature([clips[i] for i in np.flatnonzero(half != side).tolist()], y[half != side])
        for side in (0, 1)
    ]
    return [at_temperature(clip, by_other[side]) for clip, side in zip(clips, half, strict=True)]


def at_temperature(clip: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Turn probabilities at temperature 1 into those at another, (windows, labels)."""
    logits = np.log(np.maximum(clip, 1e-12)) / np.float32(temperature)
    exact = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exact / exact.sum(axis=1, keepdims=True), np.float32)
