"""Samples of any cut become groups of frames of a fixed size.

All that streams (coefficients, level) shares this one place, so that their frames are the same.
"""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from genred.features.spec import FeatureSpec


class Framer:
    """Overlapping frames of a stream, `interval_frames` at a time.

    The size of a group never depends on how the samples were cut, so neither does a single bit of
    what is computed from it (a float32 matrix product depends on its row count).
    """

    def __init__(self, spec: FeatureSpec) -> None:
        self._n_fft = spec.n_fft
        self._hop_length = spec.hop_length
        self._advance = spec.interval_frames * spec.hop_length
        self._buffer = np.zeros(self._advance - spec.hop_length + spec.n_fft, np.float32)
        self._filled = 0
        step = self._buffer.strides[0]
        # One view of the one buffer: making it anew costs a tenth of a group's work.
        self._frames = as_strided(
            self._buffer,
            (spec.interval_frames, spec.n_fft),
            (step * spec.hop_length, step),
            writeable=False,
        )

    def push(self, samples: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """Take mono samples (n,), n >= 0; yield views (interval_frames, n_fft).

        Each view holds until the next one is asked for. The iterator must be run to its end.
        """
        while samples.size:
            taken = min(samples.size, self._buffer.size - self._filled)
            self._buffer[self._filled : self._filled + taken] = samples[:taken]
            self._filled += taken
            samples = samples[taken:]
            if self._filled == self._buffer.size:
                yield self._frames
                kept = self._buffer.size - self._advance
                self._buffer[:kept] = self._buffer[self._advance :].copy()
                self._filled = kept

    def flush(self) -> tuple[NDArray[np.float32], int]:
        """End the stream: return a group and how many of its first frames are whole.

        The samples that the group lacks are zeros. The framer is empty afterwards.
        """
        whole = 0
        if self._filled >= self._n_fft:
            whole = (self._filled - self._n_fft) // self._hop_length + 1
        self._buffer[self._filled :] = 0.0
        self._filled = 0
        return self._frames, whole

    def reset(self) -> None:
        """Forget what was pushed."""
        self._filled = 0
