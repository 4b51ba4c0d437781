"""MSD_musicnn: samples in, what it says of windows of 187 frames out.

A recording is heard as one, so that what lies beside a window counts at its edges, but stretch by
stretch: no more of it than a stretch is in memory as channels.
"""

from collections.abc import Sequence
from pathlib import Path

import keras
import librosa
import numpy as np
from numpy.typing import NDArray

from genred_train.teachers.musicnn_network import CHANNELS, CONTEXT, N_MELS, along, of_window
from genred_train.teachers.weights import take_weights

SAMPLE_RATE = 16000
N_FFT = 512
HOP_LENGTH = 256
WINDOW_FRAMES = 187
_AT_ONCE = 64  # windows in a stretch: half a minute, 0.7 GB


class Musicnn:
    """The network with its weights; raises GenredError, one line, for any other file."""

    def __init__(self, weights: Path) -> None:
        self._along, self._of_window = along(), of_window()
        take_weights(weights, [self._along, self._of_window])

    def answers(
        self, samples: NDArray[np.float32], starts_s: Sequence[float]
    ) -> dict[str, NDArray[np.float32]]:
        """Say `embedding` (windows, 200) and `logits` (windows, 50), as `Hearing` has it."""
        starts = first_frames(len(samples), starts_s)
        cuts = range(0, len(starts), _AT_ONCE)
        said = [self._stretch(samples, starts[cut : cut + _AT_ONCE]) for cut in cuts]
        empty = [np.empty((0, 200), np.float32)], [np.empty((0, 50), np.float32)]
        embedding, logits = zip(*said, strict=True) if said else empty
        return {"embedding": np.concatenate(embedding), "logits": np.concatenate(logits)}

    def _stretch(
        self, samples: NDArray[np.float32], starts: Sequence[int]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Hear windows in one go, with as much around them as their channels depend on."""
        begin = max(0, min(starts) - CONTEXT)
        mel = log_mel(samples, begin, max(starts) + WINDOW_FRAMES + CONTEXT)
        channels = _array(self._along(mel[np.newaxis], training=False))[0]
        windows = [channels[start - begin :][:WINDOW_FRAMES] for start in starts]
        embedding, logits = self._of_window(np.stack(list(map(pooled, windows))), training=False)
        return _array(embedding), _array(logits)


def log_mel(samples: NDArray[np.float32], begin: int, end: int) -> NDArray[np.float32]:
    """Return frames `begin` to `end` of a recording, centred as librosa has them, (frames, 96).

    Fewer where it ends before, but no fewer than a window.
    """
    last = max(min(end, 1 + len(samples) // HOP_LENGTH), WINDOW_FRAMES)
    first = begin * HOP_LENGTH - N_FFT // 2
    span = samples[max(0, first) : (last - 1) * HOP_LENGTH + N_FFT // 2]
    before = max(0, -first)
    behind = (last - begin - 1) * HOP_LENGTH + N_FFT - before - len(span)
    power = librosa.feature.melspectrogram(
        y=np.pad(span, (before, behind)),
        sr=SAMPLE_RATE,
        n_fft=N_FFT,
        hop_length=HOP_LENGTH,
        n_mels=N_MELS,
        center=False,
    )
    return np.asarray(np.log10(10000 * power.T + 1), np.float32)


def first_frames(n_samples: int, starts_s: Sequence[float]) -> list[int]:
    """Return the frames that windows begin at, moved to where a whole window fits."""
    latest = max(0, 1 + n_samples // HOP_LENGTH - WINDOW_FRAMES)
    frames = (round(start_s * SAMPLE_RATE / HOP_LENGTH) for start_s in starts_s)
    return [min(max(0, frame), latest) for frame in frames]


def pooled(window: NDArray[np.float32]) -> NDArray[np.float32]:
    """Maximum and mean over time of each channel, side by side: (frames, 753) -> (1506,)."""
    both = np.stack([window.max(axis=0), window.mean(axis=0)], axis=1)
    return both.reshape(2 * CHANNELS)


def _array(tensor: object) -> NDArray[np.float32]:
    return np.asarray(keras.ops.convert_to_numpy(tensor), np.float32)
