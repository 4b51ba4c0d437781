"""Excerpts: the daemon's samples, from where to where, and one line for what is none."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from genred.audio.file import FileSource
from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred_train.plots.excerpt import read_excerpt
from programs import sound_file

SPEC = FeatureSpec()


def test_an_excerpt_is_a_part_of_what_the_daemon_hears(tmp_path: Path) -> None:
    path = sound_file(tmp_path / "song.wav", 3.0, rate=44100, channels=2)
    with FileSource(path, SPEC.sample_rate) as source:
        whole = np.concatenate([block.samples for block in source])
    np.testing.assert_array_equal(read_excerpt(path, SPEC).samples, whole)
    part = read_excerpt(path, SPEC, start_s=1.1, length_s=0.7)
    np.testing.assert_array_equal(part.samples, whole[24255 : 24255 + 15435])
    assert (part.name, part.start_s, part.length_s) == ("song.wav", 1.1, 0.7)


def test_what_lies_beyond_the_end_is_told(tmp_path: Path) -> None:
    path = sound_file(tmp_path / "song.wav", 1.0)
    with pytest.raises(GenredError, match=r"song\.wav: ends at 1\.0 s; begin before that"):
        read_excerpt(path, SPEC, start_s=5)
    assert read_excerpt(path, SPEC, start_s=0.5, length_s=9).length_s == pytest.approx(0.5)


def test_less_than_a_frame_is_told(tmp_path: Path) -> None:
    path = sound_file(tmp_path / "song.wav", 2047 / 22050)
    with pytest.raises(GenredError, match=r"0\.093 s of sound is too short; one frame takes"):
        read_excerpt(path, SPEC)
    assert read_excerpt(sound_file(path, 2048 / 22050), SPEC).samples.size == 2048


def test_no_more_than_ten_minutes_are_read(tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    soundfile.write(path, np.zeros(8000 * 601, np.int16), 8000)
    spec = FeatureSpec(sample_rate=8000, fmax=4000, n_mels=40, n_mfcc=40)
    assert read_excerpt(path, spec).length_s == 600
    assert read_excerpt(path, spec, length_s=900).length_s == 600


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("none.wav", None, "no such file"),
        ("empty.wav", b"", "is empty"),
        ("notes.mp3", b"no sound " * 99, "libsndfile can't read it"),
    ],
)
def test_what_is_no_sound_is_told(
    tmp_path: Path, name: str, content: bytes | None, told: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(GenredError, match=told):
        read_excerpt(tmp_path / name, SPEC)
