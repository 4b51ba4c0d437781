"""What a model may ask for as features: nothing that takes gigabytes."""

import tracemalloc

import numpy as np
import pytest

from genred.errors import GenredError
from genred.features.mel import delta_matrix, mel_filterbank
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec


@pytest.mark.parametrize(
    ("field", "figures"),
    [
        ("n_mels", {"n_mels": 2049}),
        ("n_mels", {"n_mels": 65536, "n_mfcc": 128}),
        ("n_mels", {"n_mels": 1024, "n_fft": 65536}),
        ("n_fft", {"n_fft": 65537}),
        ("window_frames", {"window_frames": 4097}),
        ("interval_frames", {"window_frames": 4096, "interval_frames": 4096, "n_fft": 4096}),
    ],
)
def test_what_would_take_gigabytes_is_refused_by_name(field: str, figures: dict[str, int]) -> None:
    with pytest.raises(GenredError, match=rf"^features\.{field} = \d+ fits no stream"):
        FeatureSpec(**figures)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "figures",
    [
        {"n_mels": 128, "n_fft": 65536, "window_frames": 128, "interval_frames": 128},
        {"n_mels": 2048, "n_fft": 4096, "n_mfcc": 2048, "interval_frames": 64},
    ],
)
def test_the_most_that_may_be_asked_for_takes_a_quarter_of_one(figures: dict[str, int]) -> None:
    tracemalloc.start()
    try:
        spec = FeatureSpec(kind="logmel", **figures)
        try:
            mel_filterbank(spec)
            StreamingMfcc(spec).push(np.zeros(4 * spec.n_fft, np.float32))
        except GenredError as error:
            assert "covers no FFT bin" in str(error)  # noqa: PT017 - bands without a bin are refused too
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    print(f"{peak / 1e6:.0f} MB")
    assert peak < 260e6


def test_so_do_derivatives_of_the_longest_window() -> None:
    tracemalloc.start()
    delta_matrix(4096, 2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{peak / 1e6:.0f} MB")
    assert peak < 520e6
