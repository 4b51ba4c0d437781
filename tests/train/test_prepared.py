"""A prepared folder as clips, and what is said of one that is none."""

import json
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from genred.audio.file import FileSource
from genred.errors import GenredError
from genred.features.mfcc import StreamingMfcc
from genred_train.collection.prepared import load_prepared
from genred_train.collection.shared import shared_recordings
from genred_train.collection.tracks import Collection, Track
from genred_train.features.rows import to_rows
from prepared_folders import (
    PLAIN,
    SPEC,
    content,
    listed,
    prepared,
    write_collection,
    write_sound,
)


def test_coefficients_are_the_daemons_but_for_float16(tmp_path: Path) -> None:
    """A band of -100 dB is rounded by 0.03 dB; an orthonormal transform keeps the rms of that."""
    collection = write_collection(tmp_path / "music", 2)
    prepared(collection, tmp_path / "out")
    clips = load_prepared(tmp_path / "out")
    for clip, track in enumerate(collection.tracks):
        mfcc = StreamingMfcc(SPEC)
        with FileSource(track.path, SPEC.sample_rate) as source:
            rows = [mfcc.push(block.samples) for block in source]
        expected = np.concatenate([*rows, mfcc.flush()])
        found = to_rows(clips.levels_db(clip), SPEC)
        assert np.sqrt(np.mean((found - expected) ** 2)) < 0.03
        np.testing.assert_allclose(found, expected, atol=0.1)


def test_clips_tell_all_that_the_collection_told(tmp_path: Path) -> None:
    paths = [write_sound(tmp_path / f"{number}.wav", 1.0, number) for number in range(3)]
    tracks = [
        Track("b", paths[0], ("rock", "pop"), "Ann", "train"),
        Track("a", paths[1], ("pop",), "", "test"),
        Track("c", paths[2], ()),
    ]
    prepared(Collection("three", tracks, ["rock", "pop"]), tmp_path / "out")
    clips = load_prepared(tmp_path / "out")
    assert (clips.name, clips.genres, clips.ids) == ("three", ["rock", "pop"], ["a", "b", "c"])
    np.testing.assert_array_equal(clips.targets, [[0, 1], [1, 1], [0, 0]])
    assert (clips.artists, clips.parts) == (["", "Ann", ""], ["test", "train", ""])
    assert clips.several
    assert clips.spec == SPEC
    assert clips.hours() * 3600 == pytest.approx(3 * 30 * 256 / 8000)


def test_pieces_and_versions_are_named_and_share_their_track(tmp_path: Path) -> None:
    recipe = replace(PLAIN, pieces="excerpts", augment=("gain",), versions=2)
    prepared(write_collection(tmp_path / "music", 2, 4.0), tmp_path / "out", recipe)
    clips = load_prepared(tmp_path / "out")
    names = ["#0", "#0~1", "#1", "#1~1", "#2", "#2~1"]
    assert clips.ids == [f"{t}{n}" for t in ("blues/00.wav", "jazz/01.wav") for n in names]
    assert clips.tracks == ["blues/00.wav"] * 6 + ["jazz/01.wav"] * 6
    assert {clips.levels_db(clip).shape for clip in range(12)} == {(20, 20)}
    assert clips.versions == [0, 1] * 6
    assert clips.plain().ids == clips.ids[::2]


def test_a_recording_is_known_by_its_bytes(tmp_path: Path) -> None:
    first = write_collection(tmp_path / "music", 4)
    prepared(first, tmp_path / "out")
    copy = tmp_path / "others" / "jazz" / "another name.wav"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(first.tracks[1].path.read_bytes())
    write_sound(tmp_path / "others" / "blues" / "00.wav", 2.0, 50)
    others = replace(PLAIN, pieces="excerpts")
    prepared(listed(tmp_path / "others"), tmp_path / "more", others)
    clips, more = load_prepared(tmp_path / "out"), load_prepared(tmp_path / "more")
    assert (len(set(clips.recordings)), clips.versions) == (4, [])
    pieces = [f"jazz/another name.wav#{piece}" for piece in range(3)]
    assert shared_recordings(clips, more) == pieces


def test_a_span_is_part_of_the_whole(tmp_path: Path) -> None:
    prepared(write_collection(tmp_path / "music", 2), tmp_path / "out")
    levels = load_prepared(tmp_path / "out").levels
    np.testing.assert_array_equal(levels.span(1, 7, 19), levels[1][7:19])
    np.testing.assert_array_equal(levels.span(1, 50, 99), levels[1][50:99])


def test_a_clip_that_lacks_little_is_filled(tmp_path: Path) -> None:
    music = tmp_path / "music"
    write_collection(music, 2)
    short = write_sound(music / "short.wav", (18 * 256 + 512) / 8000, 5)
    tracks = [Track("short", short, ("jazz",)), Track("long", music / "blues/00.wav", ("blues",))]
    prepared(Collection("music", tracks, ["blues", "jazz"]), tmp_path / "out")
    clips = load_prepared(tmp_path / "out")
    rows = clips.levels_db(clips.ids.index("short"))
    assert clips.frames(clips.ids.index("short")) == len(rows) == SPEC.window_frames
    np.testing.assert_array_equal(rows[-1], rows[0])


def test_the_digest_is_of_what_is_there(tmp_path: Path) -> None:
    collection = write_collection(tmp_path / "music", 3)
    prepared(collection, tmp_path / "a")
    prepared(collection, tmp_path / "b", replace(PLAIN, features=replace(SPEC, n_mfcc=13)))
    first = load_prepared(tmp_path / "a").sha256
    assert load_prepared(tmp_path / "b").sha256 == first
    write_sound(collection.tracks[0].path, 2.0, 77)
    prepared(collection, tmp_path / "a")
    assert load_prepared(tmp_path / "a").sha256 != first


def test_a_folder_that_was_not_prepared_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(GenredError, match="no prepared folder; make one: genred-train prepare"):
        load_prepared(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "made", "message"),
    [
        ("dataset.json", "{", "not as this genred writes it"),
        ("dataset.json", '{"format": 1}', "missing required field"),
        ("shard-0000.json", "[]", "not as this genred writes it"),
        ("shard-0000.json", None, "not finished"),
        ("shard-0000.bin", None, "not finished"),
        ("shard-0000.bin", "some", "prepare again"),
    ],
)
def test_a_damaged_folder_is_one_line(
    tmp_path: Path, name: str, made: str | None, message: str
) -> None:
    prepared(write_collection(tmp_path / "music", 3), tmp_path / "out")
    path = tmp_path / "out" / name
    path.unlink() if made is None else path.write_text(made)
    with pytest.raises(GenredError, match=message) as caught:
        load_prepared(tmp_path / "out")
    assert str(tmp_path / "out") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_of_another_format_says_so(tmp_path: Path) -> None:
    prepared(write_collection(tmp_path / "music", 2), tmp_path / "out")
    path = tmp_path / "out" / "dataset.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 9}))
    with pytest.raises(GenredError, match="format 9"):
        load_prepared(tmp_path / "out")


def test_a_collection_that_changed_while_a_run_was_killed_is_unfinished(tmp_path: Path) -> None:
    collection = write_collection(tmp_path / "music", 3)
    prepared(collection, tmp_path / "out")
    old = content(tmp_path / "out")
    more = [*collection.tracks, Track("more", collection.tracks[0].path, ("jazz",))]
    prepared(Collection("music", more, collection.genres), tmp_path / "out")
    # As if the run had been killed right after its first file.
    for name, found in old.items():
        if name != "dataset.json":
            (tmp_path / "out" / name).write_bytes(found)
    with pytest.raises(GenredError, match="not finished"):
        load_prepared(tmp_path / "out")
