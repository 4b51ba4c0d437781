"""The full set by librosa: what is known of a tone, and how near the mel bands come to it."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from genred.audio.file import FileSource
from genred.errors import GenredError
from genred.features.mfcc import StreamingMfcc
from genred.features.spec import FeatureSpec
from genred_train.baselines.classical import feature_names, window_features
from genred_train.baselines.features import audio_features, file_features
from genred_train.baselines.windows import below_maximum

RATE = 22050


def tone(hz: float, length_s: float = 1.0) -> NDArray[np.float32]:
    time_s = np.arange(round(length_s * RATE)) / RATE
    return (0.5 * np.sin(2 * np.pi * hz * time_s)).astype(np.float32)


def named(samples: NDArray[np.float32]) -> dict[str, float]:
    names, values = audio_features(samples, RATE)
    return dict(zip(names, values.tolist(), strict=True))


def test_a_tone_is_where_it_is() -> None:
    found = named(tone(440))
    assert found["centroid_mean"] == pytest.approx(440, rel=0.05)
    assert found["zero_crossing_rate_mean"] == pytest.approx(2 * 440 / RATE, rel=0.05)
    chroma = {name: value for name, value in found.items() if name.startswith("chroma")}
    assert max(chroma, key=lambda name: chroma[name]) == "chroma_a_mean"
    assert len(chroma) == 24


def test_gain_moves_only_what_measures_level() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    soft, loud = named(noise), named(noise * 4)
    changed = {name for name, value in soft.items() if loud[name] != pytest.approx(value, 1e-3)}
    assert changed == {"rms_mean", "rms_std", "mfcc_00_mean"}


def test_a_file_gives_what_its_samples_give(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(440), RATE, subtype="FLOAT")
    names, values = file_features(tmp_path / "a.wav", RATE)
    expected = named(tone(440))
    assert names == list(expected)
    np.testing.assert_allclose(values, list(expected.values()), rtol=1e-4, atol=1e-4)


def test_a_file_shorter_than_a_frame_is_one_line(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "short.wav", tone(440, 0.01), RATE)
    with pytest.raises(GenredError, match=r"short\.wav: .* less than a frame .*; leave it out"):
        file_features(tmp_path / "short.wav", RATE)


@pytest.mark.data
def test_mel_features_go_with_librosas(data: Path) -> None:
    files = sorted((data / "emotify" / "audio").rglob("*.ogg"))[::3]
    full, mel = zip(*(described(path) for path in files), strict=True)
    for name, least in {
        "centroid_mean": 0.95,
        "centroid_std": 0.9,
        "bandwidth_mean": 0.9,
        "rolloff_mean": 0.95,
        "flatness_mean": 0.95,
        "flatness_std": 0.9,
        "contrast_2_mean": 0.9,
        "mfcc_05_mean": 0.9,
    }.items():
        twin = name if name.startswith("mfcc") else f"mel_{name}"
        found = np.corrcoef([one[name] for one in full], [one[twin] for one in mel])[0, 1]
        print(f"{twin}: correlation {found:.3f} with librosa's {name} over {len(files)} clips")
        assert found > least, name


def described(path: Path) -> tuple[dict[str, float], dict[str, float]]:
    with FileSource(path, RATE) as source:
        samples = np.concatenate([block.samples for block in source])[: 10 * RATE]
    spec = FeatureSpec(kind="logmel")
    levels_db = StreamingMfcc(spec).push(samples)
    values = window_features(below_maximum(levels_db)[None], spec)[0]
    return named(samples), dict(zip(feature_names(spec), values.tolist(), strict=True))
