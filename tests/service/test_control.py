"""What a live session answers, while audio goes on: nothing is lost, nobody is waited for."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zmq
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.errors import GenredError, UsageError
from genred.events import Capture, Event, Genre, Status, decode, type_of
from genred.requests import SnapshotResult, StatusResult
from genred.service.loop import Live
from live_service import LiveSession
from programs import WAIT_S

Ask = Callable[..., dict[str, Any]]


class FakeTuning:
    """A config that knows two keys, in place of a loop's own."""

    def __init__(self) -> None:
        self.was_set: dict[str, object] = {}
        self.fault: Exception | None = None

    def set(self, values: Mapping[str, object]) -> Mapping[str, object]:
        if unknown := set(values) - {"labels.weights.rock", "log.level"}:
            raise UsageError(f'no key "{min(unknown)}"; did you mean "log.level"?')
        self.was_set |= values
        return values

    def reload(self) -> Mapping[str, object]:
        if self.fault:
            raise self.fault
        return {"changed": {"log.level": "debug"}, "refused": {"model": "only at a start"}}


class Client:
    """A raw zmq.REQ whose answers come while the session turns."""

    def __init__(self, session: LiveSession, kind: int = zmq.REQ) -> None:
        self.session = session
        self.socket = session.socket(kind, *session.control.endpoints)

    def send(self, method: str, params: object = None, id_: object = "x") -> None:
        asked = {"v": 1, "id": id_, "method": method} | ({"params": params} if params else {})
        envelope = [] if self.socket.type == zmq.REQ else [b""]
        self.socket.send_multipart([*envelope, msgspec.json.encode(asked)])

    def answer(self) -> dict[str, Any]:
        self.session.until(lambda: self.socket.poll(0))
        answer: dict[str, Any] = msgspec.json.decode(self.socket.recv_multipart()[-1])
        return answer

    def ask(self, method: str, params: object = None) -> dict[str, Any]:
        """Return the result."""
        self.send(method, params)
        answer = self.answer()
        assert answer["id"] == "x"
        result: dict[str, Any] = answer["result"]
        return result

    def refused(self, method: str, params: object = None) -> tuple[str, str]:
        self.send(method, params)
        error = self.answer()["error"]
        return error["code"], error["message"]


@pytest.fixture
def tuning() -> FakeTuning:
    return FakeTuning()


@pytest.fixture
def session(
    tmp_path: Path, tuning: FakeTuning, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LiveSession]:
    monkeypatch.setattr(Live, "was_set", property(lambda _: tuning.was_set))
    monkeypatch.setattr(Live, "set", lambda _, values: tuning.set(values))
    monkeypatch.setattr(Live, "reload", lambda _: tuning.reload())
    with LiveSession(tmp_path) as made:
        yield made


@pytest.fixture
def client(session: LiveSession) -> Client:
    return Client(session)


def subscribed(session: LiveSession) -> "zmq.Socket[bytes]":
    """Open one who gets everything from now on."""
    socket = session.socket(zmq.SUB, *session.publisher.endpoints)
    socket.subscribe("")
    session.until(lambda: session.publisher.subscribers)
    return socket


def heard(socket: "zmq.Socket[bytes]", last: Event) -> list[Event]:
    events: list[Event] = []
    while not events or events[-1] != last:
        assert socket.poll(WAIT_S * 1000)
        events.append(decode(socket.recv_multipart()[1]))
    return [event for event in events if not event.retained]


def complete(events: list[Event]) -> bool:
    """Tell whether no number of any type is missing or twice."""
    numbers: dict[str, list[int]] = {}
    for event in events:
        numbers.setdefault(type_of(event), []).append(event.seq)
    return all(seen == list(range(seen[0], seen[0] + len(seen))) for seen in numbers.values())


def test_a_request_ends_the_loops_wait(session: LiveSession, client: Client) -> None:
    session.hear(1.0)
    client.send("status")
    found: list[object] = []
    for _ in range(5):  # subscriptions and rings may come before
        found += session.live._session._wait(float("inf"))  # noqa: SLF001
        session.stop.hush()
        if session.control.socket in found:
            break
    assert session.control.socket in found
    assert client.answer()["result"]["capture"] == "capturing"


def test_status_says_what_the_heartbeat_says_and_who_and_where(
    session: LiveSession, client: Client
) -> None:
    session.hear(5.0)
    said = msgspec.convert(client.ask("status"), StatusResult)
    beat = session.last(Status)
    shared = set(beat.__struct_fields__) - {"v", "seq", "time", "retained", "replayed"}
    assert shared <= set(said.__struct_fields__)
    assert (said.genre, said.capture, said.source) == ("rock", "capturing", "mic")
    assert (said.sample_rate, said.channels, said.stream, said.session) == (48000, 2, "bar", "s")
    assert said.genre_since == session.last(Genre).time
    assert said.capture_since == session.last(Capture).time
    assert said.started == pytest.approx(said.time - said.uptime_s)
    assert said.last_seq == session.publisher.last_seq
    assert (said.events, said.control) == (session.publisher.endpoints, session.control.endpoints)
    assert said.subscribers == 0


def test_capture_is_the_same_since_its_state_began(session: LiveSession, client: Client) -> None:
    stream = session.hear(1.0)
    began = session.last(Capture).time
    stream.overflows = 3  # another event of the same state
    session.hear_more(2.0)
    assert session.last(Capture).time > began
    assert client.ask("status")["capture_since"] == began


def test_a_snapshot_has_the_last_event_of_each_type_as_it_was_sent(
    session: LiveSession, client: Client
) -> None:
    session.hear(5.0)
    found = msgspec.convert(client.ask("snapshot"), SnapshotResult).events
    assert sorted(map(type_of, found)) == ["capture", "genre", "prediction", "status"]
    assert found == [session.said[n] for n in sorted(map(session.said.index, found))]
    for event in found:
        assert event == session.last(type(event))


def test_pause_closes_and_withdraws_and_resume_opens(session: LiveSession, client: Client) -> None:
    stream = session.hear(5.0)
    assert client.ask("pause") == {"capture": "paused"}
    assert stream.closed
    assert (session.states[-1], session.genres[-1]) == ("paused", "unknown")
    assert client.ask("pause") == {"capture": "paused"}
    assert client.ask("status")["genre"] == "unknown"
    beats = session.beats
    session.turn(1.1)
    assert session.beats == beats + 1
    opened, stream = session.input.opened, session.opening()
    assert client.ask("resume") == {"capture": "recovering"}
    session.play(stream, 1.0)
    session.until(lambda: session.states[-1] == "capturing")
    assert client.ask("resume") == {"capture": "capturing"}
    assert session.input.opened == opened + 1
    assert session.genres[-1] == "unknown"
    assert session.states[-3:] == ["paused", "recovering", "capturing"]


def test_one_who_pauses_before_anything_was_heard_hears_no_label(
    session: LiveSession, client: Client
) -> None:
    client.ask("pause")
    assert session.genres in ([], ["unknown"])
    stream = session.opening()
    client.ask("resume")
    session.play(stream, 5.0)
    assert session.genres == ["unknown", "rock"]


def test_set_and_reload_go_to_who_tunes(
    session: LiveSession, client: Client, tuning: FakeTuning
) -> None:
    asked = {"labels.weights.rock": 0.5, "log.level": "info"}
    assert client.ask("set", asked) == {"values": asked}
    assert client.ask("status")["values"] == asked
    assert client.refused("set", {"log.levle": 1}) == (
        "bad_params",
        'no key "log.levle"; did you mean "log.level"?',
    )
    assert client.ask("reload")["refused"] == {"model": "only at a start"}
    tuning.fault = GenredError("config.toml: line 3: no key")
    assert client.refused("reload") == ("failed", "config.toml: line 3: no key")
    assert session.live.ended is False


def test_a_fault_of_ours_is_told_and_ends_nothing(
    session: LiveSession, client: Client, tuning: FakeTuning
) -> None:
    session.hear(1.0)
    tuning.fault = ZeroDivisionError("oops")
    assert client.refused("reload") == ("internal", "ZeroDivisionError: oops")
    session.hear_more(1.0)
    assert session.live.audio_time == pytest.approx(2.0, abs=0.05)


def test_params_are_for_set_alone_and_set_needs_some(client: Client) -> None:
    assert client.refused("status", {"a": 1}) == ("bad_params", "status takes no params")
    assert client.refused("set")[0] == "bad_params"


def test_a_thousand_requests_while_blocks_arrive_cost_no_event_and_no_audio(
    session: LiveSession,
) -> None:
    stream = session.hear(1.0)
    reader, busy = subscribed(session), Client(session, zmq.DEALER)
    for number in range(1000):
        busy.send(["status", "snapshot", "resume"][number % 3], id_=number)
    session.play(stream, 9.0)
    answers = [busy.answer()["id"] for _ in range(1000)]
    session.play(stream, 1.0)
    assert answers == list(range(1000))
    assert session.live.audio_time == pytest.approx(11.0, abs=0.05)
    assert session.overruns == 0
    session.turn(1.1)
    assert complete(heard(reader, session.said[-1]))


def test_blocks_are_heard_between_the_requests_of_one_who_never_stops(
    session: LiveSession,
) -> None:
    deaf = Client(session, zmq.DEALER)
    stream = session.hear(1.0)
    for _ in range(40):
        for number in range(200):  # more than is answered in the turns that a block takes
            if deaf.socket.poll(0, zmq.POLLOUT):
                deaf.send("snapshot", id_=number)
        session.play(stream, 0.25)
    assert session.live.audio_time == pytest.approx(11.0, abs=0.05)
    assert session.overruns == 0


rubbish = st.lists(
    st.lists(
        st.binary(max_size=40)
        | st.sampled_from([b"", b'{"id":1,"method":"pause","params":{"x":1}}', b"[" * 9000]),
        min_size=1,
        max_size=12,
    ),
    max_size=6,
)


def test_after_any_rubbish_the_next_request_is_answered_and_no_event_was_lost(
    session: LiveSession, client: Client
) -> None:
    stream = session.hear(1.0)
    reader = subscribed(session)

    @settings(max_examples=40)
    @given(rubbish, st.booleans())
    def law(messages: list[list[bytes]], dies: bool) -> None:
        bad = Client(session, zmq.DEALER)
        for message in messages:
            bad.socket.send_multipart(message)
        if dies:
            bad.socket.close(0)
        session.play(stream, 0.5)
        assert client.ask("status")["capture"] == "capturing"
        bad.socket.close(0)

    law()
    session.turn(1.1)
    assert complete(heard(reader, session.said[-1]))
    assert session.states == ["recovering", "capturing"]
