"""Pieces of a track: the daemon's rows, at the places that were promised."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from numpy.typing import NDArray

from genred.audio.file import FileSource
from genred.errors import GenredError
from genred.features.mfcc import StreamingMfcc
from genred_train.features import pieces as module
from genred_train.features.pieces import Sounds, excerpt_starts, filled, pieces
from genred_train.features.recipe import Recipe
from prepared_folders import PLAIN, RATE, SPEC, write_sound

EXCERPTS = replace(PLAIN, pieces="excerpts")


def made(path: Path, recipe: Recipe) -> dict[tuple[int, int], NDArray[np.float16]]:
    """All pieces of a file by piece and version."""
    found = {}
    for piece in pieces(path, path.name, recipe, Sounds()):
        found[piece.piece, piece.version] = np.concatenate(list(piece.rows))
    return found


def test_a_whole_track_is_what_the_daemon_computes(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", 2.3, 0, sample_rate=11025)
    spec = replace(SPEC, kind="logmel", interval_frames=12)
    with FileSource(path, RATE) as source:
        samples = np.concatenate([block.samples for block in source])
    mfcc = StreamingMfcc(spec)
    rows = np.concatenate([mfcc.push(samples), mfcc.flush()])
    np.testing.assert_array_equal(made(path, PLAIN)[0, 0], rows.astype(np.float16))


def test_excerpts_are_the_whole_tracks_rows_at_their_places(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", 4.0, 0)
    whole, found = made(path, PLAIN)[0, 0], made(path, EXCERPTS)
    starts = excerpt_starts(len(whole), SPEC.window_frames)
    assert list(found) == [(0, 0), (1, 0), (2, 0)]
    for (piece, _), rows in found.items():
        expected = whole[starts[piece] : starts[piece] + SPEC.window_frames]
        # A product of other neighbours may round its last bit otherwise.
        np.testing.assert_allclose(rows.astype(float), expected.astype(float), atol=0.04)


@given(st.integers(1, 3000), st.integers(1, 300))
def test_excerpts_lie_inside_and_around_the_quarters(frames: int, length: int) -> None:
    starts = excerpt_starts(frames, length)
    assert starts == sorted(set(starts))
    assert all(0 <= start <= max(0, frames - length) for start in starts)
    if frames >= 4 * length + 4:
        middles = [start + length / 2 for start in starts]
        np.testing.assert_allclose(middles, [frames * q / 4 for q in (1, 2, 3)], atol=1)


def test_a_track_as_long_as_an_excerpt_has_one(tmp_path: Path) -> None:
    length_s = ((SPEC.window_frames - 1) * SPEC.hop_length + SPEC.n_fft) / RATE
    assert list(made(write_sound(tmp_path / "a.wav", length_s, 0), EXCERPTS)) == [(0, 0)]


def test_a_track_that_lacks_little_is_filled_with_itself(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", (18 * SPEC.hop_length + SPEC.n_fft) / RATE, 0)
    rows = made(path, EXCERPTS)[0, 0]
    assert len(rows) == SPEC.window_frames == 20
    np.testing.assert_array_equal(rows[19], rows[0])


def test_a_track_too_short_for_an_excerpt_says_so(tmp_path: Path) -> None:
    with pytest.raises(GenredError, match=r"0\.4 s are too short for excerpts of 0\.6 s"):
        made(write_sound(tmp_path / "a.wav", 0.4, 0), EXCERPTS)


def test_a_file_that_ends_before_it_tells_is_cut_by_its_true_length(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.flac", 20.0, 0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    whole, found = made(path, PLAIN)[0, 0], made(path, EXCERPTS)
    assert len(whole) < 20 * RATE / SPEC.hop_length * 0.6
    start = excerpt_starts(len(whole), SPEC.window_frames)[2]
    expected = whole[start : start + SPEC.window_frames]
    np.testing.assert_allclose(found[2, 0].astype(float), expected.astype(float), atol=0.04)


@pytest.mark.parametrize("recipe", [PLAIN, EXCERPTS], ids=["whole", "excerpts"])
def test_versions_differ_from_each_other_and_repeat(tmp_path: Path, recipe: Recipe) -> None:
    path = write_sound(tmp_path / "a.wav", 3.0, 0)
    changing = replace(recipe, augment=("gain",), versions=3)
    first, again = made(path, changing), made(path, changing)
    assert list(first) == list(again)
    for key, rows in first.items():
        np.testing.assert_array_equal(rows, again[key])
    plain = made(path, recipe)
    for (piece, version), rows in first.items():
        assert rows.shape == first[piece, 0].shape
        if version == 0:
            np.testing.assert_array_equal(rows, plain[piece, 0])
        else:
            assert abs(float(np.mean(rows.astype(float) - plain[piece, 0]))) > 0.1
    other_seed = made(path, replace(changing, seed=1))
    assert not np.array_equal(other_seed[0, 1], first[0, 1])


def test_a_long_track_is_changed_in_stretches_all_in_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHANGE_S", 1.5)
    path = write_sound(tmp_path / "a.wav", 5.0, 0)
    found = made(path, replace(PLAIN, augment=("gain",), versions=2))
    plain, louder = found[0, 0].astype(float), found[0, 1].astype(float)
    # Two seams: at each the frames that would stand across it are missing.
    assert len(plain) - 4 <= len(louder) < len(plain)
    gain = np.median(louder) - np.median(plain)
    np.testing.assert_allclose(louder[:40] - plain[:40], gain, atol=0.2)
    np.testing.assert_allclose(louder[-40:].mean() - plain[-40:].mean(), gain, atol=0.3)


@given(st.integers(1, 30), st.integers(1, 30))
def test_filling_repeats_and_never_cuts(frames: int, length: int) -> None:
    rows = np.arange(2.0 * frames, dtype=np.float32).reshape(frames, 2)
    full = filled(rows, length)
    assert len(full) == max(frames, length)
    np.testing.assert_array_equal(full, rows[np.arange(len(full)) % frames])
