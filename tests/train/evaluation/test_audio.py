"""Files heard as the daemon hears them."""

from pathlib import Path

import numpy as np
import pytest

from genred.audio.source import Block
from genred.errors import GenredError
from genred.events import PredictionRecord
from genred.pipeline import Pipeline
from genred_train.evaluation.audio import AudioTrack, heard_audio, windows
from genred_train.evaluation.clips import measured
from genred_train.evaluation.listener import listener
from tones import RATE, SPEC, pitch_model, tone, track, tracks


def test_the_windows_are_the_pipelines() -> None:
    samples = np.concatenate([tone("blues", 1.3), tone("rock", 1.1)])
    model = pitch_model()
    pipeline = Pipeline(model)
    records = pipeline.push(Block(samples)) + pipeline.flush()
    heard = [window.copy() for window in windows([samples[:999], samples[999:]], SPEC)]
    assert len(heard) == sum(isinstance(record, PredictionRecord) for record in records)
    for window, of_pipeline in zip(heard, model.heard, strict=True):
        np.testing.assert_array_equal(window, of_pipeline)


def test_a_folder_of_tones_is_all_right(tmp_path: Path) -> None:
    files = tracks(tmp_path, ("blues", 2.0), ("jazz", 2.0), ("rock", 1.0))
    model = listener("fake", pitch_model())
    found = measured(model, heard_audio(model, files, "tones"))
    assert found.track_accuracy.value == 1.0
    assert np.trace(np.array(found.confusion)) == 3
    whole = (RATE * 2 - SPEC.n_fft) // SPEC.hop_length + 1 - SPEC.window_frames
    assert found.window_accuracy.n == 2 * (whole // SPEC.interval_frames + 1) + 2


def test_what_cant_be_read_is_told_and_left_out(tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF nonsense")
    files = [
        track(tmp_path, 0, "jazz", 1.5),
        AudioTrack("broken", broken, ("jazz",)),
        AudioTrack("gone", tmp_path / "gone.wav", ("jazz",)),
        track(tmp_path, 1, "blues", 0.01),
        track(tmp_path, 2, "blues", 0.3),
    ]
    found = heard_audio(listener("fake", pitch_model()), files, "some")
    assert set(found.unreadable) == {"broken", "gone", "1.blues.wav"}
    assert found.unreadable["1.blues.wav"] == "is shorter than a frame"
    assert found.too_short == ["2.blues.wav"]
    assert len(found.windows) == 2


def test_nothing_that_can_be_read_is_one_line(tmp_path: Path) -> None:
    files = [AudioTrack("gone", tmp_path / "gone.wav", ("jazz",))]
    with pytest.raises(GenredError, match=r"some: no file of it can be read; .*no such file"):
        heard_audio(listener("fake", pitch_model()), files, "some")


def test_the_digest_is_of_the_sound_and_of_what_it_is_said_to_be(tmp_path: Path) -> None:
    model = listener("fake", pitch_model())
    one = track(tmp_path, 0, "jazz", 1.0)
    said = AudioTrack(one.id, one.path, ("blues",))
    other = AudioTrack(one.id, track(tmp_path, 1, "rock", 1.0).path, one.labels)
    digests = {heard_audio(model, [t], "x").data_sha256 for t in (one, one, said, other)}
    assert len(digests) == 3
