"""What passes and what is rejected, counted by track, by window and by file."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from fakes import FakeModel, metadata
from genred.errors import GenredError
from genred.model.metadata import Rejection
from genred_train.evaluation.listener import listener
from genred_train.evaluation.rejected import digest, noises, passing

RATE = 22050
UNSURE = FakeModel(
    lambda window: [0.4, 0.3, 0.3] if window[:, 0].mean() < -150 else [0.9, 0.05, 0.05],
    metadata(not_music=Rejection(threshold=0.6, width=0.02)),
)
"""what is quiet it takes for noise"""


def write(path: Path, gain: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = np.random.default_rng(0).standard_normal(4 * RATE)
    soundfile.write(path, (gain * drawn).astype(np.float32), RATE)


def test_a_track_passes_where_a_label_leads_in_the_mean() -> None:
    label, noise = [0.6, 0.1, 0.3], [0.1, 0.1, 0.8]
    said = [np.array(rows, np.float32) for rows in ([label] * 3, [label, noise, noise], [noise])]
    found = passing(said, 2)
    assert found.passing_tracks.value == pytest.approx(1 / 3)
    assert found.passing_windows.value == pytest.approx(4 / 7)
    assert found.passing_windows.n == 7


def test_files_are_counted_by_kind_and_silence_is_an_answer(tmp_path: Path) -> None:
    folder = tmp_path / "noises"
    for name, gain in {"hiss/a": 0.003, "hiss/b": 0.3, "room/a": 1e-5}.items():
        write(folder / f"{name}.wav", gain)
    (folder / "hiss" / "broken.wav").write_bytes(b"RIFF")
    found = noises(UNSURE, listener("fake", UNSURE, reject=True), folder)
    assert found.kinds["hiss"].files.value == 0.5
    assert found.kinds["room"].files.value == 1.0
    assert found.all.files.n == 3
    assert found.said == {"blues": 1, "not_music": 1, "silence": 1}
    assert list(found.unreadable) == ["hiss/broken.wav"]


def test_a_folder_that_cant_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    with pytest.raises(GenredError, match="no file of it can be read"):
        noises(UNSURE, listener("fake", UNSURE, reject=True), tmp_path)


def test_the_digest_is_of_names_and_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", 0.1)
    first = digest(tmp_path)
    write(tmp_path / "a.wav", 0.2)
    second = digest(tmp_path)
    (tmp_path / "a.wav").rename(tmp_path / "b.wav")
    assert len({first, second, digest(tmp_path)}) == 3
