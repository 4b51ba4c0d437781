"""What a model hears: one record that travels in the model file and nowhere else."""

from typing import Literal

import msgspec

from genred.errors import GenredError

# Savitzky-Golay width of the derivatives, in frames: librosa.feature.delta's default.
DELTA_WIDTH = 9
# What is beyond these is a mistake, and would take gigabytes before it is found out.
_LONGEST_FRAME = 65536
_MOST_MELS = 2048
_MOST_FRAMES = 4096
_LARGEST_BANK = 1 << 23  # n_mels * n_fft
_LARGEST_GROUP = 1 << 23  # interval_frames * n_fft: windows of 30 s side by side fit
_SMALLEST_POWER = 1e-30  # float32 ends at 1e-38


class FeatureSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How samples become a model's input; the defaults are the shipped models'.

    Frame i covers samples [i * hop_length, i * hop_length + n_fft): no centring, no padding.
    Raises GenredError for figures that fit no stream; it names the field.
    """

    sample_rate: int = 22050
    """Hz"""
    n_fft: int = 2048
    """samples in a frame, under a periodic Hann window"""
    hop_length: int = 914
    """samples from one frame to the next"""
    n_mels: int = 128
    """bands on Slaney's mel scale"""
    fmin: float = 0.0
    """Hz, lower edge of the lowest band"""
    fmax: float = 11025.0
    """Hz, upper edge of the highest band"""
    amin: float = 1e-10
    """power floor under the logarithm"""
    n_mfcc: int = 128
    """coefficients kept of the orthonormal DCT-II"""
    window_frames: int = 72
    """frames in one prediction"""
    interval_frames: int = 12
    """frames from one prediction to the next; frames are computed this many at a time"""
    deltas: int = 0
    """0, 1 or 2 derivatives as further channels"""
    kind: Literal["mfcc", "logmel"] = "mfcc"
    """what a row holds"""

    def __post_init__(self) -> None:
        """Check each field against the others."""
        nyquist = self.sample_rate / 2
        checks = {
            "sample_rate": self.sample_rate >= 1,
            "n_fft": 2 <= self.n_fft <= _LONGEST_FRAME,  # noqa: PLR2004 - the shortest with a frequency
            "hop_length": 1 <= self.hop_length <= self.n_fft,
            "n_mels": 1 <= self.n_mels <= _MOST_MELS and self.n_mels * self.n_fft <= _LARGEST_BANK,
            "fmin": 0 <= self.fmin < self.fmax,
            "fmax": self.fmax <= nyquist,
            "amin": _SMALLEST_POWER <= self.amin < 1,
            "n_mfcc": 1 <= self.n_mfcc <= self.n_mels,
            "window_frames": (DELTA_WIDTH if self.deltas else 1)
            <= self.window_frames
            <= _MOST_FRAMES,
            "interval_frames": 1 <= self.interval_frames <= self.window_frames
            and self.interval_frames * self.n_fft <= _LARGEST_GROUP,
            "deltas": self.deltas in (0, 1, 2),
        }
        wrong = [name for name, good in checks.items() if not good]
        if wrong:
            name = wrong[0]
            raise GenredError(f"features.{name} = {getattr(self, name)!r} fits no stream of frames")

    @property
    def n_coefficients(self) -> int:
        """Values in a row: `n_mfcc`, or `n_mels` for a log-mel model."""
        return self.n_mfcc if self.kind == "mfcc" else self.n_mels

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Shape of one window as the model takes it: (frames, coefficients, channels)."""
        return self.window_frames, self.n_coefficients, 1 + self.deltas

    @property
    def window_samples(self) -> int:
        """Samples that one window covers."""
        return (self.window_frames - 1) * self.hop_length + self.n_fft

    @property
    def interval_s(self) -> float:
        """Seconds from one prediction to the next."""
        return self.interval_frames * self.hop_length / self.sample_rate
