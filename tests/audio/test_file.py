"""FileSource: every format, rate and channel count; bad files in one line."""

import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from genred.audio.file import FileSource
from genred.audio.source import Source
from genred.errors import GenredError

RATE = 22050
FORMATS = [
    ("wav", "WAV", "PCM_16"),
    ("wav", "WAV", "PCM_24"),
    ("wav", "WAV", "FLOAT"),
    ("flac", "FLAC", "PCM_16"),
    ("ogg", "OGG", "VORBIS"),
    ("opus", "OGG", "OPUS"),
    ("mp3", "MP3", "MPEG_LAYER_III"),
    ("aiff", "AIFF", "PCM_16"),
    ("au", "AU", "PCM_16"),
]


def tone(seconds: float, rate: int, channels: int = 1) -> NDArray[np.float32]:
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


def read(path: Path, block_s: float = 0.25) -> NDArray[np.float32]:
    with FileSource(path, RATE, block_s) as source:
        return np.concatenate([block.samples for block in source])


def written(path: Path, samples: NDArray[np.float32], rate: int, subtype: str = "FLOAT") -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


@pytest.mark.parametrize(("suffix", "container", "subtype"), FORMATS)
def test_every_format_is_read(tmp_path: Path, suffix: str, container: str, subtype: str) -> None:
    path = tmp_path / f"tone.{suffix}"
    soundfile.write(path, tone(2.0, 48000, 2), 48000, format=container, subtype=subtype)
    samples = read(path)
    assert samples.dtype == np.float32
    assert samples.size / RATE == pytest.approx(2.0, abs=0.06)
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000, 96000, 192000])
@pytest.mark.parametrize("channels", [1, 2, 7])
def test_every_rate_and_channel_count_is_read(tmp_path: Path, rate: int, channels: int) -> None:
    path = written(tmp_path / "tone.wav", tone(1.0, rate, channels), rate)
    samples = read(path)
    assert samples.size == pytest.approx(RATE, abs=2)
    with FileSource(path, RATE) as source:
        assert (source.sample_rate, source.channels) == (rate, channels)


@given(st.floats(0.0001, 1.5))
def test_the_size_of_blocks_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, block_s: float
) -> None:
    path = tmp_path_factory.mktemp("blocks") / "noise.wav"
    noise = np.random.default_rng(0).standard_normal((5000, 2)).astype(np.float32) * 0.1
    written(path, noise, 44100)
    np.testing.assert_array_equal(read(path, block_s), read(path))


def test_resampling_in_a_stream_is_resampling_at_once(tmp_path: Path) -> None:
    samples = tone(1.0, 44100)
    path = written(tmp_path / "tone.wav", samples, 44100)
    at_once = soxr.resample(samples[:, 0], 44100, RATE, quality="HQ")
    np.testing.assert_allclose(read(path), at_once, atol=1e-6)


def test_a_long_file_is_never_whole_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    with soundfile.SoundFile(path, "w", 44100, 2, "PCM_16") as file:
        for _ in range(120):
            file.write(tone(1.0, 44100, 2))
    tracemalloc.start()
    with FileSource(path, RATE) as source:
        seconds = sum(block.samples.size for block in source) / RATE
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds == pytest.approx(120, abs=0.01)
    assert peak < 2e6  # the file's samples take 42 MB


def test_nan_samples_are_silence(tmp_path: Path) -> None:
    samples = tone(1.0, RATE)
    samples[100:200] = np.nan
    samples[300] = np.inf
    assert np.isfinite(read(written(tmp_path / "nan.wav", samples, RATE))).all()


def test_a_file_is_a_source(tmp_path: Path) -> None:
    path = written(tmp_path / "tone.wav", tone(1.0, 44100, 2), 44100)
    with FileSource(path, RATE) as file:
        source: Source = file  # mypy holds the rest
        assert (source.name, source.sample_rate, source.channels) == (str(path), 44100, 2)
        assert sum(block.lost_s for block in source) == 0.0


def refused(path: Path) -> str:
    with pytest.raises(GenredError) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "none.wav")


def test_a_folder_is_one_line(tmp_path: Path) -> None:
    assert "is a folder" in refused(tmp_path)


def test_an_empty_file_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    path.touch()
    assert "is empty" in refused(path)


def test_what_libsndfile_cannot_read_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "song.m4a"
    path.write_bytes(b"\0\0\0\x20ftypM4A " + bytes(1000))
    assert f"convert it first: ffmpeg -i {path} song.flac" in refused(path)


def test_a_file_cut_off_on_its_way_gives_what_it_holds_or_one_line(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.flac", tone(3.0, RATE), RATE, "PCM_16")
    cut = tmp_path / "cut.flac"
    content = whole.read_bytes()
    cut.write_bytes(content[: len(content) // 2])
    try:
        assert 0 < read(cut).size < 3 * RATE
    except GenredError as error:
        assert "damaged" in str(error)  # noqa: PT017 - either is an answer


def test_every_song_is_read_and_containers_beyond_libsndfile_say_so(data: Path) -> None:
    songs = sorted(path for path in (data / "songs").iterdir() if path.suffix != ".md")
    seconds = {}
    for path in songs:
        if path.suffix in {".webm", ".m4a"}:
            assert "ffmpeg" in refused(path)
        else:
            seconds[path.name] = read(path).size / RATE
    assert len(seconds) >= 12
    # ffmpeg's Opus pages, at which libsndfile stumbles: no more than two packets may be missing.
    assert seconds["lena_orsa_pistachio_ragtime_30s.opus"] == pytest.approx(30.0, abs=0.05)


def header(rate: int, channels: int) -> bytes:
    """Return a WAV file of four frames that says what it likes."""
    body = bytes(4 * 2 * channels)
    form = struct.pack("<HHIIHH", 1, channels, rate, 0, 2 * channels, 16)
    riff = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    riff += b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(riff)) + riff


@pytest.mark.parametrize("rate", [1, 999, 768001, 419_438_400, 2**31 - 1])
def test_a_rate_that_no_music_has_is_refused(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "odd.wav"
    path.write_bytes(header(rate, 2))
    with pytest.raises(GenredError, match=r"convert it to a rate from 1000 to 768000$"):
        FileSource(path, RATE)


def test_a_header_that_says_many_channels_takes_no_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "odd.wav"
    path.write_bytes(header(768000, 1024))
    tracemalloc.start()
    try:
        assert read(path).size == 0
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50e6


@pytest.mark.parametrize(("form", "subtype"), [("XI", "DPCM_16"), ("SDS", "PCM_16")])
def test_kinds_of_files_that_can_not_be_asked_where_they_are_are_read(
    tmp_path: Path, form: str, subtype: str
) -> None:
    path = tmp_path / "odd"
    soundfile.write(path, tone(1.0, 44100)[:, 0], 44100, format=form, subtype=subtype)
    assert read(path).size == pytest.approx(RATE, abs=100)
