"""Copies are found in any guise, and nothing else is."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from collection_files import RATE, melody
from genred.features.spec import FeatureSpec
from genred_train.collection.duplicates import exact_copies, near_copies
from genred_train.collection.fingerprints import Fingerprint, coarse_bands, fingerprint, of_bands
from genred_train.collection.survey import hear_file

Sound = NDArray[np.float32]
GUISES: dict[str, Callable[[Sound], Sound]] = {
    "softer": lambda sound: sound * np.float32(0.05),
    "cut": lambda sound: sound[round(1.23 * RATE) :],
    "brighter": lambda sound: np.convolve(sound, [1, -0.9], "same").astype(np.float32),
    "narrow": lambda sound: soxr.resample(soxr.resample(sound, RATE, 8000), 8000, RATE),
}


def heard(path: Path, sound: Sound, rate: int = RATE, **options: object) -> Fingerprint:
    soundfile.write(path, sound, rate, **options)
    return hear_file(path).fingerprint


def pairs(prints: list[Fingerprint]) -> list[tuple[int, int]]:
    return [pair[:2] for pair in near_copies(prints, [str(n) for n in range(len(prints))])]


@pytest.mark.parametrize("guise", GUISES)
def test_a_copy_in_another_guise_is_found_among_others(tmp_path: Path, guise: str) -> None:
    sounds = [melody(seed, 9.0) for seed in range(4)]
    prints = [heard(tmp_path / "a.wav", sound) for sound in [*sounds, GUISES[guise](sounds[2])]]
    assert pairs(prints) == [(2, 4)]


def test_where_the_copy_starts_is_told(tmp_path: Path) -> None:
    sound = melody(1, 12.0)
    prints = [heard(tmp_path / "a.wav", sound[round(s * RATE) :]) for s in (0.0, 3.0)]
    ((_, _, _, later),) = near_copies(prints, ["a", "b"])
    ((_, _, _, earlier),) = near_copies(prints[::-1], ["a", "b"])
    assert [later, earlier] == pytest.approx([3.0, -3.0], abs=0.15)


def test_pieces_of_one_track_are_no_copies_of_each_other(tmp_path: Path) -> None:
    print_ = heard(tmp_path / "a.wav", melody(1, 9.0))
    assert not list(near_copies([print_, print_], ["a", "a"]))
    assert exact_copies(["x", "x", "y", "y"], ["a", "a", "b", "c"]) == [[2, 3]]


def test_silence_and_short_clips_are_like_nothing(tmp_path: Path) -> None:
    silence = heard(tmp_path / "a.wav", np.zeros(9 * RATE, np.float32))
    short = heard(tmp_path / "a.wav", melody(1, 4.0))
    nothing = heard(tmp_path / "a.wav", melody(1, 0.05))
    assert pairs([silence, silence, short, short, nothing, nothing]) == []


def test_a_digest_is_of_samples_not_of_files(tmp_path: Path) -> None:
    sound = (melody(3, 1.0) * 32767).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", sound, RATE)
    soundfile.write(tmp_path / "b.flac", sound, RATE)
    with soundfile.SoundFile(tmp_path / "c.flac", "w", RATE, 1, "PCM_16") as tagged:
        tagged.title = "another name"
        tagged.write(sound)
    digests = {hear_file(tmp_path / name).digest for name in ("a.wav", "b.flac", "c.flac")}
    assert len(digests) == 1
    assert (tmp_path / "b.flac").read_bytes() != (tmp_path / "c.flac").read_bytes()


@pytest.mark.parametrize("n_mels", [40, 128])
@pytest.mark.parametrize("hop_length", [512, 1024])
def test_blocks_of_any_size_have_the_same_fingerprint(n_mels: int, hop_length: int) -> None:
    spec = FeatureSpec(n_mels=n_mels, n_mfcc=n_mels, hop_length=hop_length)
    levels_db = np.random.default_rng(0).normal(-40, 10, (400, n_mels)).astype(np.float32)
    blocks = [coarse_bands(block, spec) for block in np.array_split(levels_db, 7)]
    whole = fingerprint(levels_db, spec)
    np.testing.assert_array_equal(of_bands(np.concatenate(blocks), spec).words, whole.words)
    seconds = 400 * hop_length / spec.sample_rate
    assert len(whole) == pytest.approx((seconds - 1.7) * 10, abs=1)


@pytest.mark.data
def test_recordings_are_found_through_codecs_and_cuts(data: Path, tmp_path: Path) -> None:
    paths = sorted((data / "emotify" / "audio").glob("*/*.ogg"))[::12]
    prints = [hear_file(path).fingerprint for path in paths]
    for path in paths:
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
        piece = 0.3 * sound[round(7.05 * rate) : round(19 * rate)].mean(axis=1)
        prints.append(heard(tmp_path / "a.mp3", piece, rate))
        prints.append(heard(tmp_path / "a.ogg", piece, rate, compression_level=1.0))
    n = len(paths)
    originals = [pair for pair in pairs(prints) if pair[0] < n]
    assert originals == sorted((i, n + 2 * i + kind) for i in range(n) for kind in range(2))
