"""Who has which name, and what holds; no sockets, and time is an argument."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from genred.events import Event, Status, decode, encode, topic, type_of
from genred.wire.claims import as_retained
from genred.wire.rounds import PORTION, PORTION_S, ROUND_S, Rounds
from genred.wire.streams import FORGET_S, TELL_S, Ask, Clash, Full, Outcome, Repeat, Streams
from genred.wire.watch import Back, Gone, NewSession
from wire.bus import RECORDS
from wire.test_watch import event, status


@dataclass
class Register:
    """Streams, and what came of them."""

    streams: Streams = field(default_factory=Streams)
    now: float = 0.0
    passed: list[Event] = field(default_factory=list)
    out: list[Outcome] = field(default_factory=list)

    def hears(self, *said: Event, at: str = "tcp://a:1") -> None:
        for one in said:
            new, out = self.streams.take(at, one, encode(one), self.now)
            self.out += out
            self.passed += [one] * new

    def waits(self, seconds: float) -> None:
        for _ in range(round(seconds * 2)):
            self.now += 0.5
            self.out += self.streams.tick(self.now)

    def repeats(self) -> list[Repeat]:
        return [each for each in self.out if isinstance(each, Repeat)]

    def told(self, kind: type) -> list[Outcome]:
        return [each for each in self.out if isinstance(each, kind)]

    def present(self, prefix: bytes = b"") -> list[bytes]:
        return [name for name, _ in self.streams.matching(prefix, self.now)]


def beat(seq: int, session: str = "s1", stream: str = "bar") -> Event:
    return event("status", seq, session=session, stream=stream)


def test_what_was_here_before_is_not_passed_again_and_what_is_new_is() -> None:
    hub = Register()
    said = [
        event("genre", 5, retained=True),
        event("genre", 5, retained=True),
        event("genre", 6),
        event("genre", 6, retained=True),
        event("genre", 9, retained=True),
        event("genre", 9),
    ]
    hub.hears(*said)
    assert hub.passed == [said[0], said[2], said[4]]
    assert hub.streams.repeated == 3
    assert hub.streams.missed() == 2


def test_recorded_events_are_passed_as_often_as_they_are_played() -> None:
    hub = Register()
    played = [structs.replace(event("genre", seq), replayed=True) for seq in (0, 1, 0, 1)]
    hub.hears(*played)
    assert hub.passed == played


def test_the_name_goes_to_the_other_when_the_first_misses_three_heartbeats() -> None:
    hub = Register()
    hub.hears(beat(0))
    for seq in range(8):
        hub.hears(beat(seq, "s2"), event("genre", seq, session="s2"), at="tcp://b:1")
        hub.waits(0.5)
    assert {e.session for e in hub.passed[:1]} == {"s1"}
    # At 3 s it still had it, at 3.5 s no more.
    assert [e.seq for e in hub.passed if e.session == "s2" and isinstance(e, Status)] == [7]
    assert [each.topic for each in hub.repeats()] == [b"status/bar/", b"genre/bar/"]
    assert hub.told(Clash) == [Clash("bar", "tcp://a:1", "s1", "tcp://b:1", "s2")]
    assert hub.told(NewSession) == [NewSession("bar", "s2")]
    assert not hub.told(Gone)


def test_who_comes_back_does_not_take_its_name_away_again() -> None:
    hub = Register()
    hub.hears(beat(0))
    hub.waits(4.0)
    hub.hears(beat(0, "s2"), at="tcp://b:1")
    hub.hears(beat(1), beat(2))
    assert [e.session for e in hub.passed] == ["s1", "s2"]
    assert len(hub.told(Clash)) == 1


def test_two_sessions_that_alternate_at_one_upstream_are_a_clash_and_the_first_keeps_it() -> None:
    hub = Register()
    for seq in range(4):
        hub.hears(beat(seq), beat(seq, "s2"))
    # The second one seemed to be the first, started anew, until that spoke again.
    assert [e.session for e in hub.passed] == ["s1", "s2", "s1", "s1", "s1"]
    assert [e.seq for e in hub.passed if e.session == "s1"] == [0, 1, 2, 3]
    assert len(hub.told(Clash)) == 1


def test_a_third_session_at_an_upstream_of_two_is_nobody_started_anew() -> None:
    hub = Register()
    hub.hears(beat(0), beat(0, "s2"), beat(1), beat(0, "s3"), beat(2))
    assert [e.session for e in hub.passed] == ["s1", "s2", "s1", "s1"]


def test_what_an_upstream_still_had_of_a_session_before_is_no_clash() -> None:
    hub = Register()
    hub.hears(beat(0), beat(0, "s2"), event("genre", 4, retained=True), beat(1, "s2"))
    assert [e.session for e in hub.passed] == ["s1", "s2", "s2"]
    assert not hub.told(Clash)


def test_one_daemon_by_two_ways_is_no_clash_and_each_number_is_passed_once() -> None:
    hub = Register()
    hub.hears(event("genre", 0), event("genre", 1), event("capture", 0), beat(0))
    hub.hears(event("genre", 0), event("capture", 1), beat(0), at="tcp://b:1")
    assert hub.streams.clashes(hub.now) == []
    for seq in range(1, 8):
        hub.waits(0.5)
        hub.hears(beat(seq), at="tcp://b:1")
    hub.hears(event("genre", 1), event("genre", 2), at="tcp://b:1")
    assert [(type_of(e), e.seq) for e in hub.passed] == [
        ("genre", 0), ("genre", 1), ("capture", 0), ("status", 0), ("status", 7), ("genre", 2),
    ]  # fmt: skip
    # Only what had not been passed by the first way is said to all.
    assert [each.topic for each in hub.repeats()] == [b"capture/bar/", b"status/bar/"]
    assert not hub.told(Clash)
    assert not hub.told(NewSession)


def test_what_came_by_a_way_that_fell_still_holds() -> None:
    hub = Register()
    hub.hears(event("genre", 0), event("genre", 1))
    hub.hears(event("genre", 0), at="tcp://b:1")
    for seq in range(8):
        hub.waits(0.5)
        hub.hears(beat(seq), at="tcp://b:1")
    kept = hub.streams.kept(b"genre/bar/", hub.now)
    assert kept is not None
    assert decode(kept.payload).seq == 1


def test_what_a_new_holder_said_is_said_to_all_once() -> None:
    hub = Register()
    hub.hears(beat(0))
    hub.hears(event("genre", 0, session="s2"), at="tcp://b:1")
    joined = hub.streams.serial
    for seq in range(8):
        hub.waits(0.5)
        hub.hears(beat(seq, "s2"), at="tcp://b:1")
    kept = hub.streams.kept(b"genre/bar/", hub.now)
    assert kept is not None
    assert kept.serial > joined


def test_a_clash_is_told_once_a_minute_for_each_name() -> None:
    hub = Register()
    for tenth in range(int(TELL_S * 2.5)):
        for name in ("bar", "club"):
            hub.hears(beat(tenth, stream=name))
            hub.hears(beat(tenth, "s2", stream=name), at="tcp://b:1")
        hub.waits(1.0)
    assert len(hub.told(Clash)) == 6
    assert len(hub.streams.clashes(hub.now)) == 2


def test_a_third_daemon_of_one_name_has_no_place_until_one_is_gone() -> None:
    hub = Register()
    for at, session in (("tcp://a:1", "s1"), ("tcp://b:1", "s2"), ("tcp://c:1", "s3")):
        hub.hears(beat(0, session), at=at)
    assert len(hub.streams.clashes(hub.now)) == 1
    hub.waits(4.0)
    hub.hears(beat(1, "s3"), at="tcp://c:1")
    assert [e.session for e in hub.passed] == ["s1", "s3"]


def test_what_is_only_retained_is_no_proof_of_a_second_daemon_nor_of_life() -> None:
    hub = Register()
    hub.hears(beat(0))
    hub.hears(event("genre", 3, session="s0", retained=True), at="tcp://b:1")
    assert not hub.told(Clash)
    hub.waits(2.0)
    hub.hears(event("status", 1, retained=True))
    hub.waits(1.5)
    assert hub.told(Gone)


def test_one_who_is_gone_is_not_present_and_forgotten_after_a_minute() -> None:
    hub = Register()
    hub.hears(event("genre", 0), beat(0))
    hub.waits(3.0)
    assert hub.present() == [b"genre/bar/"]
    assert hub.streams.kept(b"genre/bar/", hub.now)
    hub.waits(0.5)
    assert hub.present() == []
    assert hub.streams.kept(b"genre/bar/", hub.now) is None
    hub.hears(beat(1))
    assert hub.present() == [b"genre/bar/"]
    assert hub.told(Back) == [Back("bar")]
    hub.waits(FORGET_S + 1)
    assert len(hub.streams) == 0
    assert len(hub.told(Gone)) == 2


def test_one_who_said_its_end_is_not_present_and_nobody_waits_for_it() -> None:
    hub = Register()
    hub.hears(beat(0), structs.replace(event("capture", 0), state="ended"))
    assert hub.present() == []
    hub.waits(5.0)
    assert not hub.told(Gone)
    hub.hears(beat(1))
    assert hub.present() == [b"capture/bar/"]


def test_a_slow_heartbeat_is_waited_for_but_not_for_ever() -> None:
    hub = Register()
    hub.hears(status(0, {}, interval_s=5.0))
    hub.waits(14.5)
    assert hub.present() == [b"status/bar/"]
    hub.hears(status(1, {}, interval_s=1e300))
    hub.waits(180.0)
    assert hub.present() == [b"status/bar/"]
    hub.waits(1.0)
    assert hub.present() == []


def test_a_state_that_did_not_come_is_asked_for_and_not_handed_out() -> None:
    hub = Register()
    hub.hears(structs.replace(status(9, {"genre": 7}, retained=True), session="s0"))
    hub.hears(event("genre", 0), status(0, {"genre": 0}))
    assert not hub.told(Ask)
    hub.hears(status(1, {"genre": 1, "prediction": 9}))
    assert hub.told(Ask) == [Ask("tcp://a:1", b"genre/bar/")]
    assert hub.present() == [b"status/bar/"]
    hub.hears(event("genre", 1, retained=True))
    assert hub.present() == [b"genre/bar/"]


def test_names_are_bounded_and_a_place_is_free_again_once_one_is_forgotten() -> None:
    hub = Register(Streams(most=2))
    hub.hears(*(beat(0, stream=name) for name in ("a", "b", "c", "d")))
    assert (len(hub.streams), hub.streams.refused, len(hub.told(Full))) == (2, 2, 1)
    hub.waits(FORGET_S + 1)
    hub.hears(beat(1, stream="c"))
    assert len(hub.streams) == 1


NAMES = ["bar", "bar2", "bar-x", "bar.x", "barn", "b", "club", "0", "Z"]
PREFIXES = ["", "g", "genre", "genre/", "genre/b", "genre/bar", "genre/bar/", "genre/bar/x"]
PREFIXES += ["capture/", "status/bar2/", "prediction/", "x", "genre/\xff", "ge/"]


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from([*RECORDS])), max_size=20),
    st.sampled_from(PREFIXES),
)
def test_a_prefix_finds_of_each_stream_the_first_that_matches(
    said: list[tuple[str, str]], prefix: str
) -> None:
    hub = Register()
    for seq, (name, kind) in enumerate(said):
        hub.hears(event(kind, seq, stream=name))
    wanted: dict[str, bytes] = {}
    for name in NAMES:
        for kind in ("genre", "capture", "status"):
            if (name, kind) in said and topic(kind, name).startswith(prefix.encode("latin-1")):
                wanted.setdefault(name, topic(kind, name))
    assert sorted(hub.present(prefix.encode("latin-1"))) == sorted(wanted.values())


def test_marked_retained_an_event_is_else_byte_for_byte_the_same() -> None:
    payload = b'{"type":"genre","retained":false,"x":"\\"retained\\":0","y":[1.10,{"retained":0}]}'
    assert as_retained(payload) == payload.replace(b'"retained":false', b'"retained":true', 1)
    assert as_retained(b'{"a":1}') == b'{"a":1,"retained":true}'


@pytest.mark.parametrize("streams", [1, PORTION, PORTION * 3 + 1])
def test_a_round_comes_in_portions_and_the_next_one_after_a_second(streams: int) -> None:
    hub, rounds = Register(), Rounds()
    names = [f"room{number:04}" for number in range(streams + 1)]
    hub.hears(*(event("genre", 0, stream=name) for name in names))

    def take(now: float) -> int:
        asked = hub.streams
        return len(rounds.take(now, lambda p: asked.matching(p, 0.0), lambda t: asked.kept(t, 0.0)))

    assert rounds.due_s is None
    rounds.owe(b"genre/", b"genre/room0000/", hub.streams.serial)
    sent: list[int] = []
    for _ in range(streams // PORTION + 2):
        due = rounds.due_s
        if due is None:
            break
        now = max(due, 0.0)
        assert now == 0.0 or take(now - PORTION_S / 2) == 0
        sent.append(take(now))
    assert sum(sent) == streams
    assert max(sent) <= PORTION
    rounds.owe(b"", b"", hub.streams.serial)
    assert rounds.due_s == ROUND_S
    assert take(ROUND_S / 2) == 0
    assert take(ROUND_S) == min(PORTION, streams + 1)


def test_prefixes_without_end_cost_one_round_of_everything() -> None:
    hub, rounds = Register(), Rounds()
    hub.hears(*(event("genre", 0, stream=f"room{number}") for number in range(5)))
    for number in range(10_000):
        rounds.owe(f"genre/room{number}".encode(), b"", hub.streams.serial)
    assert len(rounds._owed) <= 101  # noqa: SLF001
    assert sorted(round_after(hub, rounds)) == [f"genre/room{n}/".encode() for n in range(5)]
    assert rounds.due_s is None


def round_after(hub: Register, rounds: Rounds) -> list[bytes]:
    streams = hub.streams
    sent = rounds.take(0.0, lambda p: streams.matching(p, 0.0), lambda t: streams.kept(t, 0.0))
    return [each.topic for each in sent]


def test_a_round_leaves_out_what_all_were_given_and_what_was_passed_since() -> None:
    hub, rounds = Register(), Rounds()
    hub.hears(*(event("genre", 0, stream=name) for name in ("a", "b", "c")))
    for _ in range(2):
        rounds.owe(b"genre/", b"genre/a/", hub.streams.serial)
    hub.hears(event("genre", 1, stream="b"))
    assert round_after(hub, rounds) == [b"genre/c/"]


def test_a_round_has_what_only_some_were_given() -> None:
    hub, rounds = Register(), Rounds()
    hub.hears(*(event("genre", 0, stream=name) for name in ("a", "b")))
    for name in ("a", "b", "a"):
        rounds.owe(b"genre/", f"genre/{name}/".encode(), hub.streams.serial)
    assert round_after(hub, rounds) == [b"genre/a/", b"genre/b/"]
