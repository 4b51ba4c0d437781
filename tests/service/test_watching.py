"""Log and metrics of a session, as the config wants them."""

import os
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from fakes import FakeModel
from genred import __version__
from genred.errors import GenredError, UsageError
from genred.events import Genre
from genred.service.figures import Figures, TimedModel
from genred.service.metrics import Metrics
from genred.service.watching import Watching
from live_service import TurnedClock
from programs import free_address


@dataclass(frozen=True)
class Wishes:
    level: str = "info"
    to: str = "stderr"
    max_mb: float = 10.0
    keep: int = 5


def watching(to: str = "stderr", metrics: str = "", **options: bool) -> Watching:
    return Watching(Wishes(to=to), metrics, TurnedClock(), lambda: 1, **options)


GENRE = Genre(stream="bar", session="s", seq=0, time=0.0, audio_time=1.0, genre="rock", onset=0.5)


def test_a_log_in_a_file_has_events_and_what_becomes_of_the_config(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with watching(str(path)) as seen:
        seen(GENRE)
        seen.begin(stream="bar", config=None)
        seen.say("reloaded x.toml: nothing changed")
        seen.warn(GenredError("mine.npz: is for another model"))
        seen.say("not reloaded, all stays as it was: x.toml:1: no TOML")
        seen.set_level("error")
        seen(GENRE)
    genre, started, reloaded, left_out, refused = path.read_text().splitlines()
    assert "info    genre is rock" in genre
    assert f"info    started version={__version__} pid={os.getpid()} stream=bar" in started
    assert "info    reloaded x.toml: nothing changed" in reloaded
    assert "warning mine.npz: is for another model" in left_out
    assert "warning not reloaded" in refused


def test_events_are_left_to_stdout_by_a_log_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    with watching() as seen:
        seen(GENRE)
        seen.begin(stream="bar")
        seen.say("reloaded")
    assert capfd.readouterr().err == "genred: reloaded\n"


def test_metrics_are_served_while_it_lasts() -> None:
    address = free_address()
    with watching(metrics=address) as seen:
        seen(GENRE)
        model = seen.timed(FakeModel())
        assert isinstance(model, TimedModel)
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=20) as answer:
            assert b'genred_genre{genre="rock",stream="bar"} 1.0' in answer.read()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://{address}/metrics", timeout=20)


def test_without_metrics_a_model_is_left_as_it_is() -> None:
    model = FakeModel()
    with watching() as seen:
        assert seen.timed(model) is model


def test_a_taken_port_is_one_line_and_ends_the_log_too(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with (
        Metrics("127.0.0.1:0", Figures) as held,
        pytest.raises(GenredError, match="is taken by another program"),
        watching(str(path), held.address),
    ):
        pass
    assert "ended by an error" in path.read_text()


def test_other_machines_are_refused_unless_it_is_said() -> None:
    with pytest.raises(UsageError, match="--insecure"), watching(metrics="0.0.0.0:0"):
        pass
    with watching(metrics="0.0.0.0:0", insecure=True):
        pass
