"""`genred replay` in another process, heard by plain ZeroMQ."""

import json
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import soundfile
import zmq

from genred.events import json_schema
from programs import genred, raw_subscriber, received, running, sound_file, until_ended


@pytest.fixture
def endpoint(tmp_path: Path) -> str:
    return f"ipc://{tmp_path}/events"


def replayed(endpoint: str, *arguments: str | Path, topics: str = "") -> list[dict[str, Any]]:
    """Replay with one plain subscriber from the start; return all that it was sent."""
    bound = ["--bind", endpoint, "--wait-for-subscribers", "1", "--stream", "bar"]
    with raw_subscriber(endpoint, topics) as socket, running("replay", *arguments, *bound):
        return until_ended(socket)


def fresh(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Return the events of a type, less the ones sent again, and what differs by the clock."""
    return [
        {k: v for k, v in event.items() if k not in {"time", "session"}}
        for event in events
        if event["type"] == kind and not event["retained"]
    ]


def test_a_plain_subscriber_gets_valid_events_numbered_from_0(endpoint: str, demo: Path) -> None:
    events = replayed(endpoint, demo, "--speed", "max")
    validator = jsonschema.Draft202012Validator(json_schema())
    for event in events:
        validator.validate(event)
    assert Counter(event["type"] for event in events).keys() == {
        "genre", "prediction", "capture", "status",
    }  # fmt: skip
    for kind in ("genre", "prediction"):
        assert [e["seq"] for e in fresh(events, kind)] == list(range(len(fresh(events, kind))))
    assert len({event["session"] for event in events}) == 1
    assert {event["stream"] for event in events} == {"bar"}
    times = [e["audio_time"] for e in fresh(events, "prediction")]
    assert times == sorted(times)


@pytest.mark.parametrize("speed", [pytest.param("60", marks=pytest.mark.slow), "200"])
def test_any_speed_gives_the_events_of_max_speed(tmp_path: Path, demo: Path, speed: str) -> None:
    paced = replayed(f"ipc://{tmp_path}/a", demo, "--speed", speed)
    at_once = replayed(f"ipc://{tmp_path}/b", demo, "--speed", "max")
    for kind in ("genre", "prediction"):
        assert fresh(paced, kind) == fresh(at_once, kind)


def test_replay_hears_what_classify_hears(endpoint: str, demo: Path) -> None:
    events = replayed(endpoint, demo, "--speed", "max")
    classified = json.loads(genred("classify", "--json", demo).stdout)
    windows = [event["window"] for event in fresh(events, "prediction")]
    for label, share in classified["probabilities"].items():
        assert sum(w[label] for w in windows) / len(windows) == pytest.approx(share, abs=1e-9)
    told = [event["genre"] for event in fresh(events, "genre")]
    for segment in classified["segments"]:
        assert segment["genre"] in told


@pytest.fixture(scope="module")
def as_played(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Events of 4 s of noise, replayed in 4 s."""
    folder = tmp_path_factory.mktemp("as_played")
    return replayed(f"ipc://{folder}/events", sound_file(folder / "a.wav", 4.0))


@pytest.mark.slow
def test_real_time_is_real_time(as_played: list[dict[str, Any]]) -> None:
    events = as_played
    sent = {e["audio_time"]: e["time"] for e in events if e["type"] == "prediction"}
    began = next(e["time"] for e in events if e["type"] == "capture" and e["state"] == "capturing")
    for audio_time, when in sent.items():
        # No event is told before its sound was played; a busy machine may tell it late.
        assert when - began >= audio_time - 0.05


def test_a_heartbeat_comes_every_second(as_played: list[dict[str, Any]]) -> None:
    events = as_played
    beats = [event for event in events if event["type"] == "status"]
    assert len([beat for beat in beats if not beat["retained"]]) >= 3
    assert beats[-1]["last_seq"]["prediction"] == len(fresh(events, "prediction")) - 1


def test_status_has_the_posterior_of_now_and_the_work_it_takes(
    endpoint: str, demo: Path, tmp_path: Path
) -> None:
    samples, rate = soundfile.read(demo, frames=10 * 44100)
    soundfile.write(tmp_path / "classical.wav", samples, rate)
    events = replayed(endpoint, tmp_path / "classical.wav", "--speed", "max")
    last = [event for event in events if event["type"] == "status"][-1]
    announced = fresh(events, "genre")[-1]
    heard = fresh(events, "prediction")[-1]["probabilities"]
    assert last["genre"] == announced["genre"]
    assert last["confidence"] == heard[last["genre"]] != announced["confidence"]
    assert 0 < last["real_time_factor"] < 10


def test_a_file_of_less_than_a_frame_is_one_line_and_exit_1(tmp_path: Path) -> None:
    found = genred(
        "replay", sound_file(tmp_path / "a.wav", 0.05), "--speed", "max",
        "--bind", f"ipc://{tmp_path}/e",
    )  # fmt: skip
    assert found.returncode == 1
    assert "is too short" in found.stderr
    assert found.stderr.count("\n") == 1


def test_an_ordinary_file_is_not_taken_for_a_socket(demo: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    found = genred("replay", demo, "--speed", "max", "--bind", f"ipc://{precious}")
    assert found.returncode == 1
    assert "no socket" in found.stderr
    assert precious.read_text() == "mine"


def test_no_socket_file_is_left_behind(demo: Path, tmp_path: Path) -> None:
    assert genred("replay", demo, "--speed", "max", "--bind", f"ipc://{tmp_path}/e").returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_who_comes_late_gets_the_genre_at_once(endpoint: str, demo: Path) -> None:
    with (
        raw_subscriber(endpoint, "genre/") as early,
        running("replay", demo, "--bind", endpoint, "--speed", "3", "--wait-for-subscribers", "1"),
    ):
        current = received(early)
        while current["genre"] in {"unknown", "silence"}:
            current = received(early)
        with raw_subscriber(endpoint, "genre/") as late:
            first = received(late)
    assert first["retained"] is True
    assert first["seq"] >= current["seq"]


def test_a_subscriber_to_bar_gets_nothing_of_bar2(tmp_path: Path, demo: Path) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.subscribe("genre/bar/")
    socket.subscribe("capture/bar/")
    names = ("bar", "bar2")
    for name in names:
        socket.connect(f"ipc://{tmp_path}/{name}")
    commands: list[list[str | Path]] = [
        ["replay", demo, "--speed", "max", "--stream", name, "--wait-for-subscribers", "1",
         "--bind", f"ipc://{tmp_path}/{name}"]
        for name in names
    ]  # fmt: skip
    with running(*commands[1]) as other, running(*commands[0]):
        events = until_ended(socket)
        assert other.wait(timeout=60) == 0
    while socket.poll(100):
        events.append(received(socket))
    socket.close(0)
    context.term()
    assert {event["stream"] for event in events} == {"bar"}


def test_several_files_are_one_session_and_a_bad_one_is_told(
    endpoint: str, demo: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "none.wav"
    bound = ["--bind", endpoint, "--wait-for-subscribers", "1", "--speed", "max"]
    with (
        raw_subscriber(endpoint, "capture/") as socket,
        running("replay", sound_file(tmp_path / "a.wav", 1.0), bad, demo, *bound) as process,
    ):
        events = until_ended(socket)
        errors = process.communicate(timeout=60)[1]
        assert process.returncode == 1
    assert errors == f"genred: {bad}: no such file\n"
    playing = [e["source"] for e in events if e["state"] == "capturing"]
    assert playing == [str(tmp_path / "a.wav"), str(demo)]
    assert events[-1]["audio_time"] == pytest.approx(91.5, abs=0.1)


def test_a_taken_port_is_one_line_and_exit_1(demo: Path) -> None:
    with zmq.Context() as context, context.socket(zmq.PUB) as holder:
        port = holder.bind_to_random_port("tcp://127.0.0.1")
        found = genred("replay", demo, "--bind", f"tcp://127.0.0.1:{port}", "--speed", "max")
    assert found.returncode == 1
    assert found.stderr.count("\n") == 1
    assert "is taken" in found.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--speed", "0"],
        ["--speed", "fast"],
        ["--speed", "-1"],
        ["--bind", "nonsense"],
        ["--bind", "tcp://0.0.0.0:5570"],
        ["--stream", "the bar"],
        ["--stream", ""],
    ],
)
def test_wrong_use_is_one_line_and_exit_2(demo: Path, arguments: list[str]) -> None:
    found = genred("replay", demo, *arguments)
    assert found.returncode == 2
    assert found.stderr.count("\n") == 1, found.stderr
    assert found.stderr.startswith("genred: ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_a_last_word_and_exit_0(
    endpoint: str, demo: Path, number: signal.Signals
) -> None:
    with (
        raw_subscriber(endpoint, "capture/") as socket,
        running("replay", demo, "--bind", endpoint, "--wait-for-subscribers", "1") as process,
    ):
        while received(socket)["state"] != "capturing":
            pass
        asked = time.monotonic()
        process.send_signal(number)
        last = until_ended(socket)[-1]
        process.wait(timeout=60)
        print(f"ended {time.monotonic() - asked:.3f} s after {number.name}; the contract says 0.5")
        assert process.returncode == 0
    assert last["reason"] == "interrupted"
