"""Samples in, rows of MFCC (or log-mel decibels) out, as the samples arrive."""

import numpy as np
from numpy.typing import NDArray

from genred.features.frames import Framer
from genred.features.mel import bands, dct_matrix, mel_filterbank
from genred.features.spec import FeatureSpec


class StreamingMfcc:
    """MFCC of a stream: the same rows, bit for bit, however its samples are cut.

    Equals librosa.feature.mfcc(S=power_to_db(melspectrogram(center=False), top_db=None)); see
    docs/architecture.md for the tolerances.
    """

    def __init__(self, spec: FeatureSpec) -> None:
        self._spec = spec
        self._framer = Framer(spec)
        # numpy's float32 transform is fast only without a factor of its own (norm="forward"
        # divides by n_fft in the plan); the window takes that factor back.
        hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(spec.n_fft) / spec.n_fft)
        self._window = (hann * spec.n_fft).astype(np.float32)
        self._bands = bands(mel_filterbank(spec))
        dct = dct_matrix(spec.n_mfcc, spec.n_mels)
        # log10 of power times 10, and the transform, in one product.
        self._dct = np.ascontiguousarray((10.0 * dct).T.astype(np.float32))
        group = spec.interval_frames
        self._windowed = np.empty((group, spec.n_fft), np.float32)
        self._power = np.empty((group, spec.n_fft // 2 + 1), np.float32)
        self._mel = np.empty((group, spec.n_mels), np.float32)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take finite mono samples (n,), n >= 0; return the new rows (frames, n_coefficients).

        Frames come in groups of `interval_frames`.
        """
        groups = [self._rows(frames) for frames in self._framer.push(samples)]
        return groups[0] if len(groups) == 1 else np.concatenate([self._no_rows(), *groups])

    def flush(self) -> NDArray[np.float32]:
        """End the stream: return the rows of the frames that were whole but not yet a group."""
        frames, whole = self._framer.flush()
        return self._rows(frames)[:whole] if whole else self._no_rows()

    def reset(self) -> None:
        """Forget the samples that wait for their frame: what follows is another stream."""
        self._framer.reset()

    def _no_rows(self) -> NDArray[np.float32]:
        return np.empty((0, self._spec.n_coefficients), np.float32)

    def _rows(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        np.multiply(frames, self._window, out=self._windowed)
        spectrum = np.fft.rfft(self._windowed, norm="forward")
        # The root and its square cost half of what the squares of two strided halves would.
        np.absolute(spectrum, out=self._power)
        np.square(self._power, out=self._power)
        for band in self._bands:
            np.matmul(self._power[:, band.bins], band.weights, out=self._mel[:, band.filters])
        np.maximum(self._mel, self._spec.amin, out=self._mel)
        np.log10(self._mel, out=self._mel)
        if self._spec.kind == "logmel":
            return self._mel * np.float32(10.0)
        return self._mel @ self._dct
