"""The network rebuilt: it says what those who brought it measured."""

from pathlib import Path

import librosa
import numpy as np
import pytest
from numpy.typing import NDArray

from collection_files import melody
from genred.audio.file import FileSource
from genred.features.spec import FeatureSpec
from genred_train.collection.targets import load_targets
from genred_train.teachers import musicnn
from genred_train.teachers.named import find
from genred_train.teachers.taught import taught

RATE, WINDOW = 16000, 187 * 256


def sound(path: Path, sample_rate: int = RATE) -> NDArray[np.float32]:
    with FileSource(path, sample_rate) as source:
        return np.concatenate([block.samples for block in source])


@pytest.mark.parametrize(("begin", "end"), [(0, 300), (0, 5000), (1, 200), (200, 400), (300, 500)])
def test_mel_bands_of_a_stretch_are_those_of_the_whole(begin: int, end: int) -> None:
    samples = melody(0, 6.0, RATE)
    whole = librosa.feature.melspectrogram(y=samples, sr=RATE, n_fft=512, hop_length=256, n_mels=96)
    found = musicnn.log_mel(samples, begin, end)
    np.testing.assert_allclose(found, np.log10(10000 * whole.T + 1)[begin:end], atol=1e-5)


def test_stretches_say_what_the_whole_says(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    teacher, samples = find("musicnn").open(weights), melody(1, 9.0, RATE)
    starts_s = [0.0, 1.5, 3.1, 4.4, 5.9]
    whole = teacher.answers(samples, starts_s)
    monkeypatch.setattr(musicnn, "_AT_ONCE", 2)
    cut = teacher.answers(samples, starts_s)
    for group, dims in find("musicnn").groups.items():
        assert whole[group].shape == (5, dims)
        assert whole[group].std(axis=0).max() > 0.01
        np.testing.assert_allclose(cut[group], whole[group], atol=1e-4)


def test_windows_stay_inside_and_a_short_sound_is_filled(weights: Path) -> None:
    teacher, samples = find("musicnn").open(weights), melody(2, 4.0, RATE)
    early, first, last, late = teacher.answers(samples, [-1, 0, 64 / 62.5, 9])["logits"]
    np.testing.assert_array_equal(early, first)
    np.testing.assert_array_equal(late, last)
    short = teacher.answers(samples[:RATE], [0])["logits"]
    assert short.shape == (1, 50)
    assert np.isfinite(short).all()
    assert teacher.answers(samples, [])["logits"].shape == (0, 50)


@pytest.mark.data
@pytest.mark.parametrize(
    ("clip", "tag", "share"), [("jazz.00000", "jazz", 0.49), ("hiphop.00002", "Hip-Hop", 0.54)]
)
def test_it_says_of_known_clips_what_it_is_known_to_say(
    clip: str, tag: str, share: float, data: Path
) -> None:
    teacher = find("musicnn").open(data / "teachers" / "musicnn_msd.h5")
    samples = sound(data / "gtzan" / "audio" / f"{clip}.flac")
    # Windows side by side, each heard alone: 187 frames centred on 256 samples each.
    alone = [samples[at : at + WINDOW - 1] for at in range(0, len(samples) - WINDOW, WINDOW)]
    logits = np.concatenate([teacher.answers(window, [0])["logits"] for window in alone])
    shares = (1 / (1 + np.exp(-logits))).mean(axis=0)
    assert find("musicnn").tags[shares.argmax()] == tag
    assert shares.max() == pytest.approx(share, abs=0.03)


@pytest.mark.data
@pytest.mark.slow
def test_it_says_of_windows_what_is_stored_of_them(data: Path) -> None:
    teacher, stored = find("musicnn"), load_targets(data / "emotify" / "teacher.npz")
    assert stored.tags == teacher.tags
    hearing = teacher.open(data / "teachers" / "musicnn_msd.h5")
    files = sorted((data / "emotify" / "audio").rglob("*.ogg"))[::4]
    said = [taught(str(file), file, teacher, hearing, FeatureSpec()).answers for file in files]
    clips = [stored.place(f"{file.parent.name}/{file.stem}") for file in files]
    for group, least in (("embedding", 0.975), ("logits", 0.98)):
        ours = np.concatenate([one[group] for one in said]).astype(np.float64)
        theirs = np.concatenate([stored.group(group)[clip] for clip in clips])
        varied = theirs.std(axis=0) > 0.05  # a few units of the embedding hardly ever say anything
        pairs = zip(ours.T[varied], theirs.T[varied], strict=True)
        alike = [np.corrcoef(our, their)[0, 1] for our, their in pairs]
        print(group, len(alike), np.median(alike), min(alike))
        assert varied.mean() > 0.9
        assert np.median(alike) > least
