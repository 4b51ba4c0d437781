"""A device that flaps gives a bounded number of lines, and nothing that is rare is held back."""

from hypothesis import given
from hypothesis import strategies as st

from genred.service.logs.flood import MOST, MOST_KINDS, Flood
from genred.service.logs.lines import Entry


def lost(number: int = 0) -> Entry:
    return Entry("warning", "capture is lost", {"number": number})


def test_what_is_rare_is_told_at_once() -> None:
    flood = Flood()
    for number in range(100):
        assert flood.push(lost(number), 60.0 * number) == [lost(number)]


def test_the_first_five_alike_are_told_then_how_many_more() -> None:
    flood = Flood()
    told = [entry for number in range(12) for entry in flood.push(lost(number), 0.1 * number)]
    assert told == [lost(number) for number in range(MOST)]
    assert flood.tick(59.0) == []
    (more,) = flood.tick(60.0)
    assert more.words == "capture is lost, 7 more like it in the last minute"
    assert more.fields == {"number": 11}
    assert more.level == "warning"


def test_other_words_are_not_held_up() -> None:
    flood = Flood()
    for number in range(50):
        flood.push(lost(number), 0.0)
    other = Entry("info", "genre is rock")
    assert flood.push(other, 1.0) == [other]


def test_a_flood_that_lasts_is_one_line_a_minute() -> None:
    flood = Flood()
    told = [len(flood.push(lost(), 0.5 * step)) for step in range(2 * 3600)]
    assert sum(told) == MOST + 59
    assert sum(told[7000:]) <= 5


def test_a_calm_minute_ends_a_flood() -> None:
    flood = Flood()
    for number in range(50):
        flood.push(lost(number), 0.0)
    assert len(flood.tick(60.0)) == 1
    assert flood.push(lost(50), 61.0) == []
    assert [entry.fields for entry in flood.tick(120.0)] == [{"number": 50}]
    assert flood.push(lost(51), 121.0) == [lost(51)]


def test_the_end_tells_what_was_held() -> None:
    flood = Flood()
    for number in range(8):
        flood.push(lost(number), 0.0)
    (more,) = flood.flush()
    assert "3 more like it" in more.words
    assert flood.flush() == []


def test_ever_new_words_are_bounded_too() -> None:
    flood = Flood()
    told = [flood.push(Entry("info", f"words {n}"), 0.0) for n in range(1000)]
    assert sum(map(len, told)) == MOST_KINDS + MOST


@given(st.lists(st.floats(0.0, 90.0), max_size=200))
def test_every_entry_is_told_or_counted(waits: list[float]) -> None:
    flood, now_s, told = Flood(), 0.0, []
    for wait_s in waits:
        now_s += wait_s
        told += flood.push(lost(), now_s)
    told += flood.flush()
    counted = [int(e.words.split(", ")[1].split()[0]) for e in told if "more like it" in e.words]
    assert sum(counted) + len(told) - len(counted) == len(waits)
