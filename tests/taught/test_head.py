"""What is learnt: songs of one name are told from other music, and from songs of other names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.taught.check import worth
from genred.taught.head import Head, learn
from genred.taught.lesson import Lesson, Song, Taught
from genred.taught.scaling import UNTOLD, scaled
from genred.taught.sharing import Sharing
from lessons import WIDTH, song, songs

LABELS = ["blues", "jazz", "rock"]
HOUSE = Lesson("house", "h", songs(0, 6))
TECHNO = Lesson("techno", "t", songs(1, 6))
OTHERS = songs(2, 6) + songs(3, 6)


def said(taught: Taught, heard: Song, kind: str = "softmax") -> dict[str, float]:
    """Return the mean over a song's windows."""
    taught = taught.ordered()
    sharing = Sharing(LABELS, taught.names, kind)
    odds = learn(taught, len(LABELS)).odds(heard.probabilities, heard.embeddings)
    shared = sharing.shared(heard.probabilities, odds)
    return dict(zip(sharing.labels, shared.mean(axis=0).tolist(), strict=True))


def best(taught: Taught, heard: Song) -> str:
    found = said(taught, heard)
    return max(found, key=lambda label: found[label])


@pytest.mark.parametrize("others", [OTHERS, []], ids=["with others", "alone"])
def test_a_new_song_is_recognised_and_other_music_is_not(others: list[Song]) -> None:
    taught = Taught([HOUSE], others)
    assert best(taught, song(0, 99)) == "house"
    assert best(taught, song(4, 99, label=1)) == "jazz"


@pytest.mark.parametrize("others", [OTHERS, []], ids=["with others", "alone"])
def test_two_names_are_told_apart_where_the_model_says_one_label(others: list[Song]) -> None:
    taught = Taught([TECHNO, HOUSE], others)
    assert best(taught, song(0, 99)) == "house"
    assert best(taught, song(1, 99)) == "techno"


def test_alone_two_names_that_lie_near_each_other_share_by_what_tells_them_apart() -> None:
    near = [Lesson(name, "", songs(n, 6, far=3.0)) for n, name in enumerate(("house", "techno"))]
    found = said(Taught(near), song(0, 99, far=3.0))
    assert found["house"] > 20 * found["techno"]


def test_alone_a_song_that_the_model_calls_otherwise_is_not_taken() -> None:
    taught = Taught([HOUSE])
    assert said(taught, song(0, 99, label=1))["house"] < said(taught, song(0, 99))["house"] / 2


def test_what_can_not_be_told_apart_takes_no_more_than_its_prior() -> None:
    same = Taught([Lesson("house", "", songs(0, 5))], songs(0, 5, first=50))
    share = said(same, song(0, 99))["house"]
    assert share < 0.45


def test_what_is_told_apart_surely_is_claimed_surely_and_what_is_not_is_not() -> None:
    sure = said(Taught([HOUSE], OTHERS), song(0, 99))["house"]
    near = [song(2, number, far=0.5) for number in range(12)]
    doubtful = said(Taught([Lesson("house", "", songs(0, 6, far=0.5))], near), song(0, 99, far=0.5))
    assert sure > 0.9
    assert doubtful["house"] < 0.7


def test_the_same_lessons_in_any_order_are_the_same_head() -> None:
    heard = song(1, 99)
    first = said(Taught([HOUSE, TECHNO], OTHERS), heard)
    assert list(first)[-2:] == ["house", "techno"]
    assert list(first.items()) == list(said(Taught([TECHNO, HOUSE], OTHERS), heard).items())


def test_a_long_song_counts_as_much_as_a_short_one() -> None:
    long = Song("long", np.tile(HOUSE.songs[0].embeddings, (9, 1)),
                np.tile(HOUSE.songs[0].probabilities, (9, 1)))  # fmt: skip
    longer = Lesson("house", "", [long, *HOUSE.songs[1:]])
    heard = song(0, 99)
    plain = said(Taught([HOUSE], OTHERS), heard)["house"]
    assert said(Taught([longer], OTHERS), heard)["house"] == pytest.approx(plain, abs=1e-6)


def test_a_song_that_is_taught_is_no_other_music() -> None:
    renamed = [Song("copy.wav", one.embeddings, one.probabilities) for one in HOUSE.songs]
    assert [o.name for o in Taught([HOUSE], [*OTHERS, *renamed]).ordered().others] == [
        one.name for one in OTHERS
    ]
    assert Taught([HOUSE], renamed).ordered().others == []


@pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
@given(odds=st.lists(st.floats(0, 1e9), min_size=2, max_size=2))
def test_shares_are_probabilities_and_a_softmax_sums_to_one(kind: str, odds: list[float]) -> None:
    sharing = Sharing(LABELS, ["house", "jazz"], kind)
    given_ = np.array([0.5, 0.3, 0.2], np.float32)
    made = sharing.shared(given_, np.array(odds))
    assert sharing.labels == ["blues", "jazz", "rock", "house"]
    assert ((made >= 0) & (made <= 1)).all()
    assert made[1] >= given_[1] * (1 - sharing.shares(np.array(odds))[0]) - 1e-6
    if kind == "softmax":
        assert made.sum() == pytest.approx(1.0, abs=1e-5)
    else:
        assert made[[0, 2]].tolist() == given_[[0, 2]].tolist()


def test_songs_for_a_label_of_the_model_add_to_it() -> None:
    found = said(Taught([Lesson("rock", "", HOUSE.songs)], OTHERS), song(0, 99))
    assert list(found) == LABELS
    assert max(found, key=lambda label: found[label]) == "rock"


def test_what_is_left_out_in_turn_tells_what_a_lesson_is_worth() -> None:
    found = worth(Taught([HOUSE, TECHNO], OTHERS).ordered(), "house", LABELS, "softmax")
    assert found == (6, 6, 0, 18)


def test_songs_that_have_nothing_in_common_are_learnt_by_heart_by_nobody() -> None:
    """Each lies apart from all others, those of its own name too."""
    apart = [song(place, 0, far=4.0) for place in range(6)]
    taught = Taught([Lesson("house", "", apart)], songs(7, 8, far=0.0))
    assert not any(best(taught, one) == "house" for one in apart)
    # A head that knows the other songs takes none of them: so they are left out as well.
    assert not any(best(taught, one) == "house" for one in taught.others)
    assert worth(taught, "house", LABELS, "softmax") == (0, 6, 2, 8)


def test_one_song_of_a_class_leaves_nothing_to_believe() -> None:
    assert scaled([[OTHERS[0].embeddings], [HOUSE.songs[0].embeddings]], lifted=True) == UNTOLD


def test_embeddings_that_never_move_are_no_fault() -> None:
    still = [Song(str(n), np.zeros((4, WIDTH), np.float32), one.probabilities[:4])
             for n, one in enumerate(HOUSE.songs)]  # fmt: skip
    for others in (OTHERS, []):
        head: Head = learn(Taught([Lesson("house", "", still)], others), len(LABELS))
        odds = head.odds(HOUSE.songs[0].probabilities, HOUSE.songs[0].embeddings)
        assert np.isfinite(odds).all()
        assert (odds >= 0).all()
