"""Splits: nothing on two sides, nothing lost, every genre in proportion, the same each time."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collection_files import silent_clips
from genred.errors import GenredError, UsageError
from genred_train.collection.clips import Clips
from genred_train.collection.splits import Parts, Split, split

GENRES = ["blues", "jazz", "rock"]


@st.composite
def collections(draw: st.DrawFn) -> Clips:
    """Each genre by at least three artists; tracks in one to three pieces, in any order."""
    pieces = []
    for genre in GENRES:
        for artist in range(draw(st.integers(3, 8))):
            for track in range(draw(st.integers(1, 3))):
                name = f"{genre} {artist} {track}"
                by = f"{genre} {artist}" if draw(st.booleans()) else ""
                pieces += [(genre, name, by)] * draw(st.integers(1, 3))
    labels, tracks, artists = zip(*draw(st.permutations(pieces)), strict=True)
    return silent_clips([[label] for label in labels], tracks=tracks, artists=artists)


@st.composite
def splits(draw: st.DrawFn) -> Split:
    return Split(
        kind=draw(st.sampled_from(["track", "artist"])),
        valid_share=draw(st.sampled_from([0.1, 0.25, 0.5])),
        test_share=draw(st.sampled_from([0.0, 0.1, 0.3])),
        seed=draw(st.integers(0, 5)),
    )


def sides(parts: Parts) -> list[Clips]:
    return [side for side in (parts.train, parts.valid, parts.test) if side is not None]


def on_two(parts: Parts, names: str) -> set[str]:
    count = Counter(name for side in sides(parts) for name in set(getattr(side, names)))
    return {name for name, n in count.items() if n > 1 and name}


@settings(max_examples=30)
@given(collections(), splits())
def test_nothing_is_on_two_sides_and_nothing_is_lost(clips: Clips, how: Split) -> None:
    parts = split(clips, how)
    assert sorted(clip for side in sides(parts) for clip in side.ids) == clips.ids
    assert not on_two(parts, "tracks")
    if how.kind == "artist":
        assert not on_two(parts, "artists")


@settings(max_examples=30)
@given(collections(), splits())
def test_every_genre_is_on_every_side(clips: Clips, how: Split) -> None:
    for side in sides(split(clips, how)):
        assert side.targets.any(axis=0).all()


@settings(max_examples=30)
@given(collections(), splits(), st.randoms(use_true_random=False))
def test_the_same_seed_gives_the_same_split_whatever_the_order(
    clips: Clips, how: Split, random: np.random.Generator
) -> None:
    order = list(range(len(clips)))
    random.shuffle(order)
    for one, other in zip(
        sides(split(clips, how)), sides(split(clips.pick(order), how)), strict=True
    ):
        assert set(one.ids) == set(other.ids)


@settings(max_examples=30)
@given(st.lists(st.integers(4, 60), min_size=2, max_size=5), splits())
def test_by_track_each_genre_has_its_share_to_within_one(counts: list[int], how: Split) -> None:
    clips = silent_clips([[str(genre)] for genre, n in enumerate(counts) for _ in range(n)])
    parts = split(clips, Split(valid_share=how.valid_share, test_share=how.test_share))
    shares = zip([parts.valid, parts.test], [how.valid_share, how.test_share], strict=True)
    for side, share in shares:
        if side is not None:
            wanted = np.maximum(1, share * np.array(counts))
            assert (np.abs(side.targets.sum(axis=0) - wanted) <= 1).all()


@settings(max_examples=30)
@given(st.lists(st.sets(st.sampled_from("abcd")), min_size=60, max_size=90), st.integers(0, 3))
def test_several_labels_are_in_proportion(labels: list[set[str]], seed: int) -> None:
    labels += [{label} for label in "abcd" for _ in range(20)]
    clips = silent_clips([sorted(some) for some in labels])
    valid = split(clips, Split(valid_share=0.25, seed=seed)).valid
    assert np.abs(valid.targets.sum(axis=0) - 0.25 * clips.targets.sum(axis=0)).max() <= 3


def test_seeds_differ() -> None:
    clips = silent_clips([["jazz"]] * 20 + [["rock"]] * 20)
    drawn = {tuple(split(clips, Split(seed=seed)).valid.ids) for seed in range(5)}
    assert len(drawn) == 5


def test_an_artist_is_the_same_however_written() -> None:
    artists = ["Ann Lee", "ann  lee ", "Bo", "", "", "C"] * 2
    labels = [["jazz"]] * 6 + [["rock"]] * 6
    clips = silent_clips(labels, artists=artists)
    for seed in range(5):
        where = defaultdict(set)
        parts = split(clips, Split(kind="artist", valid_share=0.3, seed=seed))
        for number, side in enumerate(sides(parts)):
            for artist in side.artists:
                where[" ".join(artist.lower().split())].add(number)
        assert all(len(found) == 1 for artist, found in where.items() if artist)


def test_parts_are_as_the_manifest_says() -> None:
    clips = silent_clips([["jazz"], ["rock"]] * 3, parts=["train"] * 2 + ["test"] + ["valid"] * 3)
    parts = split(clips, Split(kind="parts"))
    assert [side.ids for side in sides(parts)] == [["000", "001"], ["003", "004", "005"], ["002"]]


def test_the_fault_filtered_lists_leave_out_what_they_do_not_name() -> None:
    tracks = ["blues.00029", "rock.00000", "blues.00030", "rock.00038", "blues.00012"]
    clips = silent_clips([["blues"], ["rock"]] * 2 + [["blues"]], tracks=tracks)
    more = silent_clips([["blues"]] * 2, tracks=["blues.00099", "x/blues.00100.wav"])
    parts = split(clips, Split(kind="gtzan-fault-filtered"))
    assert [side.tracks for side in sides(parts)] == [tracks[:3], tracks[3:4], tracks[4:]]
    with pytest.raises(GenredError, match="nothing is left for train"):
        split(more, Split(kind="gtzan-fault-filtered"))


def test_leaky_has_segments_of_one_track_on_all_sides() -> None:
    clips = silent_clips([["jazz"], ["rock"]] * 5, frames=100)
    parts = split(clips, Split(kind="leaky", test_share=0.2), segment_frames=10, segment_hop=5)
    assert [len(side) for side in sides(parts)] == [114, 38, 38]
    assert len(on_two(parts, "tracks")) == 10
    assert parts.valid.frames(0) == 10
    again = split(clips.pick(range(9, -1, -1)), Split(kind="leaky", test_share=0.2),
                  segment_frames=10, segment_hop=5)  # fmt: skip
    assert set(again.valid.ids) == set(parts.valid.ids)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (Split(), "made: rock has 1 track, and 2 parts need 2; add tracks of it, or leave"),
        (Split(test_share=0.2), "jazz has 2 tracks, and 3 parts need 3"),
        (Split(kind="artist"), "jazz has 1 artist, .* add artists of it, or leave the genre out$"),
        (Split(kind="parts"), "names no parts; fill the column split"),
        (Split(kind="gtzan-fault-filtered"), "no track is named as GTZAN's"),
        (Split(kind="leaky"), "nothing is left for train, split by leaky"),
    ],
)
def test_what_can_not_be_split_names_the_genre_and_the_mend(how: Split, message: str) -> None:
    clips = silent_clips([["jazz"], ["jazz"], ["rock"]], artists=["Ann", "Ann", "Bo"])
    with pytest.raises(GenredError, match=message):
        split(clips, how)


def test_one_artist_a_genre_is_told_to_split_by_track_and_that_it_flatters() -> None:
    clips = silent_clips([["jazz"]] * 3 + [["pop"]] * 3, artists=["Ann"] * 3 + ["Bo"] * 3)
    message = r"jazz has 1 artist, .* \(--split track\), which works but flatters"
    with pytest.raises(GenredError, match=message):
        split(clips, Split(kind="artist"))
    assert len(split(clips, Split(kind="track")).train)


@pytest.mark.parametrize("artists", [[], ["", " ", ""]])
def test_where_no_artist_is_known_it_is_tracks_that_lack(artists: list[str]) -> None:
    clips = silent_clips([["jazz"], ["jazz"], ["pop"]], artists=artists)
    with pytest.raises(GenredError, match=r"pop has 1 track, .* add tracks of it") as caught:
        split(clips, Split(kind="artist"))
    assert "split by track" not in str(caught.value)


def test_a_single_genre_is_refused() -> None:
    with pytest.raises(GenredError, match=r"one genre only \(jazz\)"):
        split(silent_clips([["jazz"]] * 9), Split())


def test_genres_that_no_artist_lets_apart_are_refused() -> None:
    labels = [["a"], ["b"], ["b"], ["c"], ["a"], ["c"]]  # three artists, each of two genres
    clips = silent_clips(labels, artists=["1", "1", "2", "2", "3", "3"])
    with pytest.raises(GenredError, match=r"can't be on every side, because its artists"):
        split(clips, Split(kind="artist"))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (["train", "valid", "", "valid"], "002 is in no part"),
        (["train", "train", "train", "test"], "nothing is left for valid, split by parts"),
        (["train", "valid", "train", "valid"], "rock has nothing in train, split by parts"),
    ],
)
def test_parts_that_do_not_do_are_refused(parts: list[str], message: str) -> None:
    clips = silent_clips([["jazz"], ["rock"]] * 2, parts=parts)
    with pytest.raises(GenredError, match=message):
        split(clips, Split(kind="parts"))


def test_a_track_in_two_parts_is_refused() -> None:
    clips = silent_clips([["jazz"], ["rock"], ["rock"]], tracks=["a", "b", "b"],
                         parts=["train", "train", "valid"])  # fmt: skip
    with pytest.raises(GenredError, match="track b is in train and in valid; choose one"):
        split(clips, Split(kind="parts"))


@pytest.mark.parametrize("shares", [(0.0, 0.2), (1.0, 0.0), (0.6, 0.4), (0.2, -0.1), (np.nan, 0)])
def test_shares_that_leave_nothing_are_wrong_use(shares: tuple[float, float]) -> None:
    with pytest.raises(UsageError, match="give shares between 0 and 1"):
        split(silent_clips([["a"], ["b"]] * 5), Split(valid_share=shares[0], test_share=shares[1]))
