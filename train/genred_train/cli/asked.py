"""From the options of `genred-train prepare` to the features that they ask for."""

from typing import Any

from genred.errors import GenredError, UsageError
from genred.features.spec import DELTA_WIDTH, FeatureSpec
from genred_train.features.recipe import frames_of

_SEGMENT_S = 3.0
_OVERLAP = 5 / 6
_LARGEST = 65536
"""of any size, as `FeatureSpec` has it"""


def features_asked(
    given: dict[str, Any], segment: float | None = None, overlap: float | None = None
) -> FeatureSpec:
    """Return the features of the options that were `given`; bands reach up to half the rate.

    Raises UsageError for figures that do not go together; it names the option and its range.
    """
    plain = FeatureSpec()
    asked = {name: given.get(name, getattr(plain, name)) for name in _NAMES} | given
    asked = {"n_mfcc": min(asked["n_mels"], _LARGEST), "fmax": asked["sample_rate"] / 2} | asked
    window = plain.window_frames
    if segment or "sample_rate" in given or "hop_length" in given:
        window = frames_of(segment or _SEGMENT_S, asked["sample_rate"], asked["hop_length"])
    _check(asked, window)
    interval = max(1, round(window * (1 - (_OVERLAP if overlap is None else overlap))))
    try:
        return FeatureSpec(**(asked | {"window_frames": window, "interval_frames": interval}))
    except GenredError as error:
        raise UsageError(str(error)) from error


_NAMES = ("sample_rate", "n_fft", "hop_length", "n_mels", "deltas")


def _check(asked: dict[str, Any], window: int) -> None:
    n_fft, hop_length, n_mels = asked["n_fft"], asked["hop_length"], asked["n_mels"]
    if n_fft > _LARGEST:
        raise UsageError(f"--n-fft {n_fft}: give {hop_length} (--hop-length) to {_LARGEST}")
    if hop_length > n_fft:
        raise UsageError(
            f"--hop-length is {hop_length}, --n-fft {n_fft}: give a --hop-length of 1 to {n_fft}, "
            f"or an --n-fft of {hop_length} to {_LARGEST}"
        )
    if n_mels > _LARGEST:
        raise UsageError(f"--n-mels {n_mels}: give 1 to {_LARGEST}")
    if asked["n_mfcc"] > n_mels:
        raise UsageError(f"--n-mfcc {asked['n_mfcc']}: give 1 to {n_mels} (--n-mels)")
    least = DELTA_WIDTH if asked["deltas"] else 1
    if not least <= window <= _LARGEST:
        longest, shortest = (
            frames * hop_length / asked["sample_rate"] for frames in (_LARGEST, least)
        )
        raise UsageError(
            f"--segment is {window} frames long: give {shortest:.2g} to {longest:.0f} s"
        )
