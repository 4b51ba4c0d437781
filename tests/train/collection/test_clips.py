"""What is said of each clip stays with it, however clips are chosen, cut, joined or changed."""

from dataclasses import replace

import numpy as np
import pytest

from clip_makers import loud_band_clips
from genred_train.augment.pairs import summed_pairs
from genred_train.augment.versions import with_versions
from genred_train.collection.clips import Clips
from genred_train.collection.joined import joined
from genred_train.collection.shared import shared_recordings


@pytest.fixture
def clips() -> Clips:
    """Six clips of three recordings, each plain and changed."""
    made = loud_band_clips(clips=6, frames=40, n_mels=12)
    return replace(made, versions=[0, 1] * 3, recordings=list("aabbcc"))


def test_a_choice_keeps_versions_and_recordings(clips: Clips) -> None:
    chosen = clips.pick([5, 0, 3])
    assert (chosen.versions, chosen.recordings) == ([1, 0, 1], ["c", "a", "b"])


def test_segments_are_of_their_clips_version_and_recording(clips: Clips) -> None:
    cut = clips.segments(20, 20)
    assert cut.versions == [0, 0, 1, 1] * 3
    assert "".join(cut.recordings) == "aaaabbbbcccc"


def test_plain_clips_are_those_that_nobody_changed(clips: Clips) -> None:
    assert clips.plain().ids == ["clip000", "clip002", "clip004"]
    untold = replace(clips, versions=[])
    assert untold.plain() is untold


def test_what_one_of_two_does_not_tell_is_plain_and_unknown(clips: Clips) -> None:
    ids = [f"{clip} too" for clip in clips.ids]
    untold = replace(clips, ids=ids, versions=[], recordings=[])
    both = joined(clips, untold)
    assert both.versions == [0, 1] * 3 + [0] * 6
    assert both.recordings == [*"aabbcc", *[""] * 6]
    assert joined(replace(untold, ids=clips.ids), untold).versions == []


def test_versions_are_numbered_and_of_the_same_recording() -> None:
    plain = replace(loud_band_clips(clips=3, frames=20, n_mels=12), recordings=list("abc"))
    made = with_versions(plain, 3, 0)
    assert made.versions == [0] * 3 + [1] * 3 + [2] * 3
    assert "".join(made.recordings) == "abc" * 3
    assert made.plain().ids == plain.ids
    assert with_versions(plain, 1, 0).versions == []


def test_a_pair_is_of_no_single_recording(clips: Clips) -> None:
    pairs = summed_pairs(clips, 4, np.random.default_rng(0))
    assert (pairs.versions, pairs.recordings) == ([], [])


def test_what_is_heard_in_both_is_found_under_any_name(clips: Clips) -> None:
    other = replace(
        clips, name="other", tracks=list("uvwxyz"), recordings=["x", "b", "", "a", *"yz"]
    )
    assert shared_recordings(clips, other) == ["clip001", "clip003"]
    unknown = replace(clips, recordings=[""] * 6)
    assert shared_recordings(unknown, replace(other, recordings=[""] * 6)) == []
    assert shared_recordings(unknown, replace(other, recordings=[])) == []


def test_a_track_is_the_same_only_within_its_collection(clips: Clips) -> None:
    first, rest = (replace(clips.pick(some), recordings=[]) for some in ([0, 1], [1, 2]))
    assert shared_recordings(first, rest) == ["clip001"]
    assert shared_recordings(first, replace(rest, name="other")) == []
