"""Delays and faults of announcements, on streams whose answers are worked out by hand."""

import pytest

from genred.events import SILENCE, UNKNOWN
from genred_train.evaluation.timeline import (
    Change,
    Piece,
    common_share,
    compare,
    owned,
    right_share,
)


def piece(label: str, starts_s: float, ends_s: float, changes_s: float | None = None) -> Piece:
    return Piece((label,), starts_s, starts_s if changes_s is None else changes_s, ends_s)


def change(time_s: float, label: str) -> Change:
    return Change(time_s, label, time_s - 1)


TWO = [piece("jazz", 0, 20), piece("rock", 20, 40)]


def test_a_change_is_noticed_when_its_label_first_comes() -> None:
    told = [change(0.5, UNKNOWN), change(4, "jazz"), change(26, "pop"), change(28, "rock")]
    delays, counts = compare(TWO, told)
    assert delays.noticed == [4, 8]
    assert delays.overtook == [3, 7]
    assert delays.first == [4]
    assert (counts.cuts, counts.starts, counts.false_changes) == (2, 1, 1)


def test_the_first_label_counts_though_it_is_wrong() -> None:
    delays, counts = compare(TWO, [change(3, "pop"), change(9, "jazz")])
    assert delays.first == [3]
    assert delays.noticed == [9]
    assert counts.false_changes == 1


def test_what_comes_and_goes_counts_twice() -> None:
    told = [change(4, "jazz"), change(10, "pop"), change(12, "jazz"), change(24, "rock")]
    assert compare(TWO, told)[1].false_changes == 2


def test_a_piece_of_the_same_genre_is_no_change_and_needs_no_announcement() -> None:
    pieces = [piece("jazz", 0, 20), piece("jazz", 20, 40)]
    delays, counts = compare(pieces, [change(4, "jazz")])
    assert (counts.cuts, delays.noticed) == (1, [4])


def test_a_rest_is_no_false_change_and_neither_is_what_follows_it() -> None:
    short = [change(4, "jazz"), change(10, SILENCE), change(12, "jazz")]
    long = [change(4, "jazz"), change(10, SILENCE), change(14, UNKNOWN), change(18, "jazz")]
    for told in (short, long):
        counts = compare(TWO[:1], told)[1]
        assert (counts.false_changes, counts.rests) == (0, 1)


def test_unknown_in_the_middle_of_sound_is_a_false_change() -> None:
    told = [change(4, "jazz"), change(10, UNKNOWN), change(12, "jazz")]
    assert compare(TWO[:1], told)[1].false_changes == 2


def test_a_resumed_label_that_was_wrong_before_is_not_counted_again() -> None:
    told = [change(4, "pop"), change(10, SILENCE), change(12, "pop")]
    assert compare(TWO[:1], told)[1].false_changes == 1


def test_silence_between_pieces_is_told_and_left() -> None:
    pieces = [piece("jazz", 0, 20), piece("rock", 25, 40)]
    told = [
        change(4, "jazz"),
        change(20.7, SILENCE),
        change(25.5, UNKNOWN),
        change(28, "rock"),
    ]
    delays, counts = compare(pieces, told)
    assert (counts.silences, counts.rests, counts.false_changes) == (1, 0, 0)
    assert delays.told == [pytest.approx(0.7)]
    assert delays.left == [0.5]
    assert counts.starts == 2
    assert delays.first == [4, 3]


def test_what_is_told_between_the_end_of_a_piece_and_its_silence_is_no_false_change() -> None:
    pieces = [piece("jazz", 0, 20), piece("rock", 25, 40)]
    told = [change(4, "jazz"), change(20.3, "pop"), change(20.7, SILENCE), change(28, "rock")]
    assert compare(pieces, told)[1].false_changes == 0


def test_a_piece_that_died_away_before_its_end_is_silent_at_once() -> None:
    pieces = [piece("jazz", 0, 20), piece("rock", 25, 40)]
    delays, _ = compare(pieces, [change(4, "jazz"), change(18, SILENCE), change(26, "rock")])
    assert delays.told == [0]
    assert delays.left == [1]


def test_a_silence_that_was_never_told_gives_no_delay() -> None:
    pieces = [piece("jazz", 0, 20), piece("rock", 25, 40)]
    delays, counts = compare(pieces, [change(4, "jazz"), change(28, "rock")])
    assert (delays.told, delays.left, counts.silences) == ([], [], 1)


def test_in_a_fade_a_change_is_about_the_piece_that_it_names() -> None:
    pieces = [piece("jazz", 0, 24), piece("rock", 20, 40, changes_s=24)]
    early = [change(4, "jazz"), change(22, "rock")]
    assert owned(pieces, early) == [[early[0]], [early[1]]]
    assert compare(pieces, early)[0].noticed == [4, -2]
    still = [change(22, "jazz")]
    assert owned(pieces, still) == [still, []]
    assert compare(pieces, still)[1].false_changes == 0


def test_the_right_share_leaves_out_five_seconds_of_each_piece() -> None:
    # Jazz is right from 8 to 20 of 5 to 20; rock from 30 to 40 of 25 to 40.
    told = [change(8, "jazz"), change(30, "rock")]
    assert right_share(TWO, told) == pytest.approx((12 + 10) / 30)
    assert right_share(TWO, []) == 0.0
    assert right_share(TWO, [change(0, "jazz"), change(25, "rock")]) == 1.0


def test_one_label_is_right_of_a_piece_that_has_it_among_others() -> None:
    both = [Piece(("jazz", "soul"), 0, 0, 20)]
    assert compare(both, [Change(4, "soul", 4)])[0].noticed == [4]
    assert right_share(both, [Change(4, "soul", 4)]) == 1.0


def test_of_several_labels_only_exactly_those_of_the_piece_are_right() -> None:
    both = [Piece(("jazz", "soul"), 0, 0, 20)]
    told = [Change(4, "pop", 4, ("pop", "soul")), Change(15, "soul", 15, ("soul", "jazz"))]
    delays, counts = compare(both, told)
    assert (delays.noticed, counts.false_changes) == ([15], 1)
    assert right_share(both, told) == pytest.approx(5 / 15)
    assert common_share(both, told) == pytest.approx((10 * (1 / 3) + 5) / 15)


def test_who_says_every_label_is_never_right() -> None:
    everything = [Change(0, "jazz", 0, ("jazz", "pop", "rock", "soul"))]
    assert right_share(TWO, everything) == 0.0
    assert common_share(TWO, everything) == 0.25


def test_unknown_is_right_of_a_piece_without_a_label() -> None:
    none = [Piece((), 0, 0, 20)]
    assert right_share(none, [Change(0, UNKNOWN, 0)]) == 1.0
    assert common_share(none, [Change(0, UNKNOWN, 0)]) == 1.0
    assert right_share(none, [Change(0, "jazz", 0, ("jazz",))]) == 0.0


def test_pieces_of_five_seconds_have_no_share() -> None:
    assert right_share([piece("jazz", 0, 5)], [change(0, "jazz")]) is None
