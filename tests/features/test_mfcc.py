"""StreamingMfcc against librosa, and against itself under other cuts and other gains."""

import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from genred.errors import GenredError
from genred.features.mel import bands, dct_matrix, delta_matrix, mel_filterbank
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec


def noise(samples: int, seed: int = 0) -> NDArray[np.float32]:
    return (np.random.default_rng(seed).standard_normal(samples) * 0.1).astype(np.float32)


def streamed(spec: FeatureSpec, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    mfcc = StreamingMfcc(spec)
    return np.concatenate([mfcc.push(samples), mfcc.flush()])


def reference_db(spec: FeatureSpec, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-mel bands as librosa has them, (frames, n_mels)."""
    power = librosa.feature.melspectrogram(
        y=samples,
        sr=spec.sample_rate,
        n_fft=spec.n_fft,
        hop_length=spec.hop_length,
        n_mels=spec.n_mels,
        fmin=spec.fmin,
        fmax=spec.fmax,
        center=False,
    )
    levels = librosa.power_to_db(power, ref=1.0, amin=spec.amin, top_db=None)
    return np.asarray(levels.T, np.float32)


def reference(spec: FeatureSpec, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = librosa.feature.mfcc(S=reference_db(spec, samples).T, n_mfcc=spec.n_mfcc)
    return np.asarray(rows.T, np.float32)


@st.composite
def specs(draw: st.DrawFn) -> FeatureSpec:
    sample_rate = draw(st.sampled_from([8000, 16000, 22050, 44100]))
    n_fft = draw(st.sampled_from([512, 1024, 2048, 4096]))
    # Few enough bands that each covers a bin.
    n_mels = draw(st.integers(8, n_fft * 22050 // (24 * sample_rate)).map(lambda n: min(n, 128)))
    window_frames = draw(st.integers(1, 80))
    return FeatureSpec(
        sample_rate=sample_rate,
        n_fft=n_fft,
        hop_length=draw(st.integers(n_fft // 8, n_fft)),
        n_mels=n_mels,
        fmin=draw(st.sampled_from([0.0, 20.0, 60.0])),
        fmax=draw(st.sampled_from([sample_rate / 2, sample_rate / 2 - 500])),
        n_mfcc=draw(st.integers(1, n_mels)),
        window_frames=window_frames,
        interval_frames=draw(st.integers(1, window_frames)),
    )


@given(specs(), st.integers(0, 2**32 - 1), st.floats(1.0, 30.0))
def test_equals_librosa_for_any_spec_and_noise(spec: FeatureSpec, seed: int, hops: float) -> None:
    samples = noise(spec.n_fft + int(hops * spec.hop_length), seed)
    try:
        found = streamed(spec, samples)
    except GenredError as error:
        assert "covers no FFT bin" in str(error)  # noqa: PT017 - a spec that librosa only warns of
        return
    np.testing.assert_allclose(found, reference(spec, samples), atol=1e-3)


@pytest.mark.parametrize("kind", ["tone", "chirp"])
def test_equals_librosa_80_db_below_the_maximum_where_float32_leaks(kind: str) -> None:
    spec = FeatureSpec(kind="logmel")
    seconds = np.arange(spec.sample_rate * 4) / spec.sample_rate
    phase = 2 * np.pi * (440 * seconds if kind == "tone" else 200 * seconds + 900 * seconds**2)
    samples = (0.5 * np.sin(phase)).astype(np.float32)
    found, expected = streamed(spec, samples), reference_db(spec, samples)
    floor = expected.max() - 80
    np.testing.assert_allclose(np.maximum(found, floor), np.maximum(expected, floor), atol=0.01)


@given(st.data())
def test_any_cut_gives_the_same_bits(data: st.DataObject) -> None:
    spec = FeatureSpec(
        hop_length=data.draw(st.sampled_from([914, 512, 2048])),
        interval_frames=data.draw(st.integers(1, 13)),
    )
    samples = noise(data.draw(st.integers(0, 60_000)))
    cuts = data.draw(st.lists(st.integers(0, samples.size), max_size=8).map(sorted))
    mfcc = StreamingMfcc(spec)
    rows = [mfcc.push(part) for part in np.split(samples, cuts)] + [mfcc.flush()]
    np.testing.assert_array_equal(np.concatenate(rows), streamed(spec, samples))


def test_one_sample_at_a_time_gives_the_same_bits() -> None:
    spec = FeatureSpec(interval_frames=2)
    samples = noise(6000)
    mfcc = StreamingMfcc(spec)
    rows = [mfcc.push(samples[i : i + 1]) for i in range(samples.size)] + [mfcc.flush()]
    np.testing.assert_array_equal(np.concatenate(rows), streamed(spec, samples))


@pytest.mark.parametrize(
    ("samples", "frames"),
    [(0, 0), (1, 0), (2047, 0), (2048, 1), (2961, 1), (2962, 2), (2048 + 11 * 914, 12)],
)
def test_a_frame_comes_with_its_last_sample(samples: int, frames: int) -> None:
    assert streamed(FeatureSpec(), noise(samples)).shape == (frames, 128)


def test_rows_are_float32_and_come_in_groups() -> None:
    mfcc = StreamingMfcc(FeatureSpec())
    rows = mfcc.push(noise(22050 * 3))
    assert rows.dtype == np.float32
    assert rows.shape[0] % 12 == 0
    assert rows.shape[0] + mfcc.flush().shape[0] == (22050 * 3 - 2048) // 914 + 1


@given(st.floats(-20, 20))
def test_gain_moves_the_first_coefficient_alone(gain_db: float) -> None:
    spec = FeatureSpec()
    samples = noise(30_000)
    louder = samples * np.float32(10 ** (gain_db / 20))
    change = streamed(spec, louder) - streamed(spec, samples)
    np.testing.assert_allclose(change[:, 0], gain_db * np.sqrt(spec.n_mels), atol=2e-3)
    np.testing.assert_allclose(change[:, 1:], 0, atol=2e-3)


def test_a_shift_by_a_hop_drops_one_frame() -> None:
    spec = FeatureSpec()
    samples = noise(40_000)
    later = streamed(spec, samples[spec.hop_length :])
    np.testing.assert_allclose(later, streamed(spec, samples)[1:], atol=1e-4)


def test_after_a_reset_nothing_is_left() -> None:
    spec = FeatureSpec()
    mfcc = StreamingMfcc(spec)
    mfcc.push(noise(5000, seed=1))
    mfcc.reset()
    rows = np.concatenate([mfcc.push(noise(30_000)), mfcc.flush()])
    np.testing.assert_array_equal(rows, streamed(spec, noise(30_000)))


def test_silence_is_the_floor() -> None:
    rows = streamed(FeatureSpec(kind="logmel"), np.zeros(22050, np.float32))
    np.testing.assert_allclose(rows, -100.0, atol=1e-4)


@pytest.mark.parametrize("n_mels", [40, 64, 128])
def test_the_filter_bank_is_librosas(n_mels: int) -> None:
    spec = FeatureSpec(n_mels=n_mels, n_mfcc=n_mels)
    expected = librosa.filters.mel(sr=22050, n_fft=2048, n_mels=n_mels)
    np.testing.assert_allclose(mel_filterbank(spec), expected, atol=1e-6)


@given(st.integers(1, 20))
def test_bands_together_are_the_whole_filter_bank(count: int) -> None:
    filterbank = mel_filterbank(FeatureSpec())
    rebuilt = np.zeros_like(filterbank)
    for band in bands(filterbank, count):
        rebuilt[band.filters, band.bins] += band.weights.T
    np.testing.assert_array_equal(rebuilt, filterbank)


def test_a_filter_without_a_bin_is_refused_with_the_mend() -> None:
    spec = FeatureSpec(n_fft=256, hop_length=128)
    with pytest.raises(GenredError, match=r"lower n_mels \(128\) or raise n_fft"):
        mel_filterbank(spec)


def test_the_cosine_transform_is_orthonormal() -> None:
    matrix = dct_matrix(128, 128)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(128), atol=1e-12)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("frames", [9, 10, 72])
def test_derivatives_are_librosas(order: int, frames: int) -> None:
    rows = np.random.default_rng(0).standard_normal((frames, 5))
    expected = librosa.feature.delta(rows.T, order=order).T
    np.testing.assert_allclose(delta_matrix(frames, order) @ rows, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hop_length", 4096),
        ("fmax", 12000.0),
        ("n_mfcc", 129),
        ("interval_frames", 73),
        ("n_fft", 1),
    ],
)
def test_a_spec_that_fits_no_stream_names_the_field(field: str, value: float) -> None:
    with pytest.raises(GenredError, match=field):
        FeatureSpec(**{field: value})  # type: ignore[arg-type]
