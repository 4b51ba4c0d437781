"""What coefficients span: the same from sound files and from a prepared collection of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from clip_makers import ListedLevels, loud_band_clips
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec
from genred_train.features.ranges import measure, of_clips, of_files


def test_prepared_clips_span_what_their_files_span(tmp_path: Path) -> None:
    spec = FeatureSpec()
    samples = (0.1 * np.random.default_rng(0).standard_normal(4 * 22050)).astype(np.float32)
    path = tmp_path / "noise.wav"
    soundfile.write(path, samples, 22050, subtype="FLOAT")
    mel = StreamingMfcc(FeatureSpec(kind="logmel"))
    levels = np.concatenate([mel.push(samples), mel.flush()])
    clips = replace(loud_band_clips(clips=3).pick([0]), levels=ListedLevels([levels]))
    of_sound = measure(of_files([path], spec), spec)
    of_prepared = measure(of_clips(clips, spec), spec)
    np.testing.assert_allclose(of_prepared.offset, of_sound.offset, atol=0.02)
    np.testing.assert_allclose(of_prepared.scale, of_sound.scale, rtol=1e-3, atol=0.02)


def test_all_of_the_clips_at_all_gains_lie_within_the_ranges() -> None:
    spec = FeatureSpec(n_mfcc=20)
    heard = of_clips(loud_band_clips(), spec)
    ranges = measure(heard, spec)
    for piece in heard:
        for rows in piece():
            assert np.abs((rows - ranges.offset) / ranges.scale).max() <= 1
