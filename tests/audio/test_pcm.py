"""Raw samples: every format as others read it; any cut of the bytes gives the same samples."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from genred.audio.file import FileSource
from genred.audio.pcm import SAMPLE_BYTES, PcmBlocks, PcmFormat
from genred.audio.source import Block

RATE = 22050

EXTREMES = [
    ("u8", bytes([0, 64, 128, 255]), [-1.0, -0.5, 0.0, 127 / 128]),
    ("s16le", np.array([-(2**15), -1, 0, 2**15 - 1], "<i2").tobytes(), [-1.0, -(2**-15), 0.0, 1.0]),
    ("s32le", np.array([-(2**31), -1, 0, 2**31 - 1], "<i4").tobytes(), [-1.0, 0.0, 0.0, 1.0]),
    ("f32le", np.array([-1.5, -1, 0, 1], "<f4").tobytes(), [-1.5, -1.0, 0.0, 1.0]),
    ("f64le", np.array([-1.5, -1, 0, 1], "<f8").tobytes(), [-1.5, -1.0, 0.0, 1.0]),
    (
        "s24le",
        b"\x00\x00\x80" + b"\xff\xff\xff" + b"\x00\x00\x00" + b"\xff\xff\x7f" + b"\x00\x00\xc0",
        [-1.0, -(2**-23), 0.0, 1 - 2**-23, -0.5],
    ),
]


class Bytes:
    """A feed from memory, which remembers how it was asked."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.asked: list[int] = []

    def fill(self, buffer: memoryview) -> int:
        self.asked.append(len(buffer))
        taken, self.raw = self.raw[: len(buffer)], self.raw[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def joined(blocks: Iterable[Block]) -> NDArray[np.float32]:
    return np.concatenate([block.samples for block in blocks])


def noise(frames: int, channels: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(frames)
    return (0.1 * rng.standard_normal((frames, channels))).astype(np.float32)


@pytest.mark.parametrize(("name", "raw", "samples"), EXTREMES)
def test_full_scale_is_one_at_both_ends(name: str, raw: bytes, samples: list[float]) -> None:
    decoded = PcmFormat(48000, 1, name).decode(raw)
    assert decoded.dtype == np.float32
    np.testing.assert_allclose(decoded[:, 0], samples, atol=2**-15 if name == "s16le" else 1e-9)


def test_every_format_has_its_extremes_here() -> None:
    assert {name for name, _, _ in EXTREMES} == set(SAMPLE_BYTES)


@pytest.mark.parametrize(
    ("name", "subtype"),
    [
        ("u8", "PCM_U8"), ("s16le", "PCM_16"), ("s24le", "PCM_24"),
        ("s32le", "PCM_32"), ("f32le", "FLOAT"), ("f64le", "DOUBLE"),
    ],
)  # fmt: skip
def test_every_format_is_read_as_libsndfile_reads_it(
    tmp_path: Path, name: str, subtype: str
) -> None:
    path = tmp_path / "noise.raw"
    shape = {"samplerate": 48000, "channels": 3, "format": "RAW", "subtype": subtype}
    with soundfile.SoundFile(path, "w", endian="LITTLE", **shape) as file:
        file.write(noise(1000, 3))
    with soundfile.SoundFile(path, endian="LITTLE", **shape) as file:
        expected = file.read(dtype="float32")
    np.testing.assert_array_equal(PcmFormat(48000, 3, name).decode(path.read_bytes()), expected)


@pytest.mark.parametrize("name", SAMPLE_BYTES)
def test_no_bytes_are_no_samples(name: str) -> None:
    assert PcmFormat(48000, 2, name).decode(b"").shape == (0, 2)


def test_what_no_float32_holds_is_silence_and_no_warning() -> None:
    raw = np.array([1e300, -1e300, np.nan, 0.5]).tobytes()
    samples = joined(PcmBlocks(Bytes(raw), PcmFormat(RATE, 1, "f64le"), RATE))
    assert np.isfinite(samples).all()


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate", [44100, 48000, 96000])
@pytest.mark.parametrize("frames", [1, 12345, 96000])
def test_raw_samples_are_heard_as_a_file_of_them_is(
    tmp_path: Path, rate: int, channels: int, frames: int
) -> None:
    samples = noise(frames, channels)
    path = tmp_path / "noise.wav"
    soundfile.write(path, samples, rate, subtype="FLOAT")
    with FileSource(path, RATE) as file:
        expected = joined(file)
    blocks = PcmBlocks(Bytes(samples.tobytes()), PcmFormat(rate, channels, "f32le"), RATE)
    np.testing.assert_array_equal(joined(blocks), expected)


def test_resampling_in_a_stream_is_resampling_at_once() -> None:
    samples = noise(48000, 2)
    blocks = PcmBlocks(Bytes(samples.tobytes()), PcmFormat(48000, 2, "f32le"), RATE)
    at_once = soxr.resample(samples.mean(axis=1), 48000, RATE, quality="HQ")
    np.testing.assert_allclose(joined(blocks), at_once, atol=1e-6)


@pytest.mark.parametrize(("rate", "frames"), [(48000, 12000), (44100, 11025), (11025, 2756)])
def test_a_block_is_a_quarter_of_a_second(rate: int, frames: int) -> None:
    feed = Bytes(bytes(4 * 2 * 3 * frames))
    blocks = list(PcmBlocks(feed, PcmFormat(rate, 2, "f32le"), rate))
    assert feed.asked == [8 * frames] * 4
    # Three whole ones, and one that says that there are no more.
    assert [block.samples.size for block in blocks] == [frames, frames, frames, 0]


@given(st.integers(0, 3 * 2000), st.sampled_from(sorted(SAMPLE_BYTES)), st.integers(1, 3))
def test_a_frame_that_was_cut_off_is_no_sound(count: int, name: str, channels: int) -> None:
    given_format = PcmFormat(4000, channels, name)
    raw = np.random.default_rng(count).bytes(count)
    whole = raw[: count - count % given_format.frame_bytes]
    cut_off = joined(PcmBlocks(Bytes(raw), given_format, 4000))
    expected = joined(PcmBlocks(Bytes(whole), given_format, 4000))
    assert cut_off.size == count // given_format.frame_bytes
    np.testing.assert_array_equal(cut_off, expected)


def test_without_a_clock_no_block_says_when_it_was_sound() -> None:
    blocks = PcmBlocks(Bytes(noise(30000, 1).tobytes()), PcmFormat(48000, 1, "f32le"), RATE)
    assert {block.captured_s for block in blocks} == {None}


def test_a_block_was_sound_when_it_was_read_less_the_fragment() -> None:
    feed, clock = Bytes(noise(3 * 12000, 1).tobytes()), iter([10.0, 10.25, 10.5, 10.6])
    same_rate = PcmBlocks(
        feed, PcmFormat(48000, 1, "f32le"), 48000, lambda: next(clock), fragment_s=0.25
    )
    assert [block.captured_s for block in same_rate] == pytest.approx([9.75, 10.0, 10.25, 10.35])


def test_a_block_was_sound_earlier_by_what_the_resampler_holds_back() -> None:
    feed = Bytes(noise(8 * 12000, 1).tobytes())
    given_format, heard_s = PcmFormat(48000, 1, "f32le"), 0.0
    for number, block in enumerate(PcmBlocks(feed, given_format, RATE, lambda: 0.0)):
        heard_s += block.samples.size / RATE
        read_s = min(0.25 * (number + 1), 2.0)
        assert block.captured_s == pytest.approx(heard_s - read_s, abs=1e-3)
    assert heard_s == pytest.approx(2.0, abs=1e-3)
