"""What is counted of a session, by the events that it publishes."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fakes import FakeModel
from genred.errors import GenredError
from genred.service.figures import KINDS, Histogram, Observer, TimedModel, kind_of
from live_service import LiveSession


@pytest.fixture
def observer() -> Observer:
    return Observer(lambda: 3)


@pytest.fixture
def session(tmp_path: Path, observer: Observer) -> Iterator[LiveSession]:
    with LiveSession(tmp_path, also=observer) as session:
        yield session


def test_what_plays_is_counted(session: LiveSession, observer: Observer) -> None:
    session.hear(6.0)
    held = observer.figures()
    assert held.stream == "bar"
    assert held.model == "fake 0"
    assert held.genre == "rock"
    assert held.capture == "capturing"
    assert held.subscribers == 3
    assert held.changes == 1
    assert held.events["prediction"] == held.latency_s.count > 0
    assert held.events["genre"] == 2
    assert held.events["status"] == session.beats
    assert held.audio_s == session.said[-1].audio_time
    assert isinstance(held.level_dbfs, float)
    assert isinstance(held.confidence, float)
    assert isinstance(held.real_time_factor, float)


def test_a_loss_is_counted_by_its_kind_and_so_is_its_end(
    session: LiveSession, observer: Observer
) -> None:
    session.hear(1.0).given.put(GenredError("unplugged"))
    session.until(lambda: session.states[-1] == "recovering")
    assert observer.figures().losses == {"failed": 1}
    assert observer.figures().reconnects == {}
    session.until(lambda: session.states[-1] == "recovering")
    session.resume_with(session.opening(), 1.5)
    held = observer.figures()
    assert held.losses == held.reconnects == {"failed": 1}
    session.live.pause()
    session.live.resume()
    session.resume_with(session.opening(), 0.5)
    more = observer.figures()
    assert more.losses == more.reconnects == {"failed": 1, "asked": 1}
    assert held.lost_s == pytest.approx(1.5, abs=0.3)


def test_what_is_told_of_a_capture_that_goes_on_is_no_reconnect(
    session: LiveSession, observer: Observer
) -> None:
    session.hear(1.0).given.put(GenredError("unplugged"))
    session.until(lambda: session.states[-1] == "recovering")
    stream = session.opening()
    session.resume_with(stream, 1.5)
    stream.overflows = 3
    session.turn(1.1)
    held = observer.figures()
    assert held.overruns == 3
    assert held.reconnects == {"failed": 1}


def test_failed_attempts_are_no_further_losses(session: LiveSession, observer: Observer) -> None:
    session.hear(1.0).given.put(GenredError("unplugged"))
    session.until(lambda: session.states[-1] == "recovering")
    for _ in range(4):
        lost = session.lost
        session.turn(31.0)
        session.until(lambda lost=lost: session.lost > lost)  # type: ignore[misc]
    assert observer.figures().losses == {"failed": 1}


def test_a_genre_that_nobody_knows_any_more_is_none(
    session: LiveSession, observer: Observer
) -> None:
    session.hear(5.0)
    session.turn(3.1)
    assert observer.figures().genre == "unknown"
    assert observer.figures().confidence is None


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("suspended: the machine slept 3600 s", "slept"),
        ("opened, but nothing arrives: suspended by the sound server", "quiet"),
        ("nothing arrives any more", "quiet"),
        ("still nothing arrives", "quiet"),
        ("it does not open", "quiet"),
        ("moved by the sound server to Null", "moved"),
        ("the default is Null now", "followed"),
        ("only digital zeros though something plays", "followed"),
        ("asked to pause", "asked"),
        ("parec ended: connection terminated", "failed"),
    ],
)
def test_reasons_are_of_few_kinds(reason: str, kind: str) -> None:
    assert kind_of(reason) == kind
    assert kind in KINDS


def test_a_histogram_counts_each_figure_once() -> None:
    held = Histogram((0.1, 1.0))
    for figure in (0.05, 0.1, 0.5, 1.0, 7.0):
        held.add(figure)
    assert held.counts == [2, 2, 1]  # an end belongs to its bucket, as Prometheus has it
    assert held.count == 5
    assert held.total == pytest.approx(8.65)


def test_each_inference_is_timed_and_the_model_says_the_same(observer: Observer) -> None:
    model = FakeModel()
    timed = TimedModel(model, observer)
    window = np.zeros((72, 128), np.float32)
    assert timed.metadata is model.metadata
    for _ in range(3):
        assert timed.probabilities(window).tolist() == model.probabilities(window).tolist()
        assert timed.rejections() == model.rejections()
    assert observer.figures().inference_s.count == 3


def test_a_copy_is_no_part_of_what_is_counted_on(session: LiveSession, observer: Observer) -> None:
    before = observer.figures()
    held = before.events["status"]
    session.turn(1.1)
    assert before.events["status"] == held
    assert observer.figures().events["status"] == held + 1


def test_any_thread_may_look_while_the_loop_counts(
    session: LiveSession, observer: Observer
) -> None:
    session.hear(1.0)
    seen: list[int] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen.append(observer.figures().events["prediction"])

    reader = threading.Thread(target=look)
    reader.start()
    session.hear_more(10.0)
    stop.set()
    reader.join()
    assert seen == sorted(seen)
