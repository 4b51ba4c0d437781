"""Set and reload: what changes at once, what is refused by name, and what never happens."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes import FakeModel
from genred.config import ConfigError, Read, read
from genred.errors import GenredError, UsageError
from genred.events import Genre, Prediction
from genred.service.stop import StopSignal
from genred.service.tuning import Tuning
from live_service import LiveSession


class Daemon:
    """A config file, and the tuning of a daemon that was started with it."""

    def __init__(self, folder: Path, text: str = "") -> None:
        self.file = folder / "c.toml"
        self.file.write_text(text)
        self.said: list[str] = []
        self.environment: dict[str, str] = {}
        self.flags: dict[str, object] = {}
        self.model = FakeModel()
        self.tuning = self.start()

    def start(self) -> Tuning:
        return Tuning(self.model, self.read(), self.read, self.said.append)

    def read(self) -> Read:
        return read(self.file, self.environment, self.flags)

    def reload(self, text: str) -> dict[str, object]:
        self.file.write_text(text)
        return dict(self.tuning.reload().told)

    def refuses(self, text: str) -> str:
        """Return what is said of a reload that fails, and see that nothing has changed."""
        held = self.tuning.tracking, self.tuning.model, self.tuning.was_set
        with pytest.raises(GenredError) as raised:
            self.reload(text)
        assert (self.tuning.tracking, self.tuning.model, self.tuning.was_set) == held
        assert self.said[-1] == f"not reloaded, all stays as it was: {raised.value}"
        return str(raised.value).removeprefix(f"{self.file}:")


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


def test_reload_takes_on_what_can_change_and_names_the_rest(daemon: Daemon) -> None:
    told = daemon.reload(
        "stream = 'bar'\n[tracking]\ndwell_s = 2\n[labels]\nnames = { rock = 'Rock!' }\n"
        "[log]\nlevel = 'debug'\nkeep = 1\n"
    )
    assert told == {
        "changed": {"labels.names.rock": "Rock!", "tracking.dwell_s": 2.0, "log.level": "debug"},
        "refused": {"stream": "restart genred", "log.keep": "restart genred"},
    }
    assert daemon.tuning.tracking.dwell_s == 2
    assert daemon.tuning.model.metadata.labels == ["blues", "jazz", "Rock!"]
    (said,) = daemon.said
    assert said == (
        f'reloaded {daemon.file}: labels.names.rock = "Rock!", tracking.dwell_s = 2.0, '
        'log.level = "debug"; restart genred: stream, log.keep'
    )


def test_what_is_refused_is_refused_again_until_a_restart(daemon: Daemon) -> None:
    for _ in range(2):
        assert daemon.reload("stream = 'bar'")["refused"] == {"stream": "restart genred"}
    assert daemon.reload("") == {"changed": {}, "refused": {}}


def test_what_the_file_says_no_more_is_as_the_model_has_it(daemon: Daemon) -> None:
    own = daemon.tuning.tracking
    daemon.reload("tracking.dwell_s = 2\nlabels.names.rock = 'Rock!'")
    told = daemon.reload("")
    assert told["changed"] == {"tracking.dwell_s": own.dwell_s, "labels.names.rock": None}
    assert daemon.tuning.tracking == own
    assert daemon.tuning.model is daemon.model


def test_flags_and_the_environment_still_win_after_a_reload(daemon: Daemon) -> None:
    daemon.environment, daemon.flags = {"GENRED_TRACKING_DWELL_S": "3"}, {"tracking.margin": 0.5}
    daemon.tuning = daemon.start()
    assert daemon.reload("tracking = { dwell_s = 1, margin = 0.1 }")["changed"] == {}
    assert (daemon.tuning.tracking.dwell_s, daemon.tuning.tracking.margin) == (3, 0.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tracking = {", "1: no TOML: "),
        ("[tracking]\ndwel_s = 1", '2: unknown key "tracking.dwel_s"; the nearest is'),
        ("\nlabels.weights.jaz = 1", '2: no label is called "jaz"; did you mean "jazz"?'),
        ("labels.weights = { blues = 0, jazz = 0, rock = 0 }", "every label has weight 0"),
        (
            "tracking.close_dbfs = -50",
            "1: tracking.close_dbfs = -50 leaves close_dbfs above open_dbfs (the model has -66",
        ),
        ("stream = 'a b'", '1: stream: stream "a b" is no name'),
    ],
)
def test_a_broken_file_changes_nothing_and_is_told_in_one_line(
    daemon: Daemon, text: str, said: str
) -> None:
    daemon.tuning.set({"tracking.dwell_s": 2})
    assert daemon.refuses(text).startswith(said)


def test_a_file_that_is_gone_changes_nothing(daemon: Daemon) -> None:
    daemon.file.unlink()
    with pytest.raises(ConfigError, match="No such file"):
        daemon.tuning.reload()


def test_what_was_set_survives_a_reload_and_is_never_written(daemon: Daemon) -> None:
    told = daemon.tuning.set({"tracking.dwell_s": 4, "labels.weights.jazz": "0.5"}).told
    assert told == {"tracking.dwell_s": 4.0, "labels.weights.jazz": 0.5} == daemon.tuning.was_set
    assert daemon.file.read_text() == ""
    assert daemon.reload("tracking = { dwell_s = 1, margin = 0.1 }")["changed"] == {
        "tracking.margin": 0.1
    }
    assert (daemon.tuning.tracking.dwell_s, daemon.tuning.tracking.margin) == (4, 0.1)


def test_what_was_set_can_be_taken_back(daemon: Daemon) -> None:
    daemon.reload("tracking.dwell_s = 1")
    daemon.tuning.set({"tracking.dwell_s": 4, "labels.weights": {"jazz": 0.5, "rock": 2}})
    told = daemon.tuning.set({"tracking.dwell_s": None, "labels.weights": None}).told
    assert told == {"tracking.dwell_s": 1.0, "labels.weights": {}}
    assert daemon.tuning.was_set == {}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"stream": "bar"}, "stream can't change while genred runs: put it into .*c.toml, then"),
        ({"security.keys": "/k"}, "security.keys can't change while genred runs"),
        (
            {"tracking.dwel_s": 1},
            'unknown key "tracking.dwel_s"; the nearest is "tracking.dwell_s"',
        ),
        ({"tracking.dwell_s": -1}, "tracking.dwell_s = -1: give a number, 0 or more"),
        ({"tracking.dwell_s": True}, "tracking.dwell_s = true: give a number"),
        ({"tracking.dwell_s": "soon"}, 'tracking.dwell_s = "soon": give a number'),
        ({"labels.weights.jaz": 1}, 'no label is called "jaz"; did you mean "jazz"'),
        ({"labels.names.jazz": "silence"}, "is a word of genred's own"),
        ({"tracking.dwell_s": 2, "stream": "x"}, "stream can't change"),
        ({"tracking.dwell_s": 2, "log.level": "x"}, "give debug, info, warning or error"),
        ({"tracking.open_dbfs": -70}, "leaves close_dbfs above open_dbfs"),
    ],
)
def test_what_can_not_be_set_is_refused_by_name_and_nothing_is_changed(
    daemon: Daemon, values: dict[str, object], said: str
) -> None:
    held = daemon.tuning.tracking, daemon.tuning.model
    with pytest.raises(UsageError, match=said):
        daemon.tuning.set(values)
    assert (daemon.tuning.tracking, daemon.tuning.model, daemon.tuning.was_set) == (*held, {})


def test_who_minds_a_key_is_told_once_it_changes(daemon: Daemon) -> None:
    heard: list[object] = []
    daemon.tuning.heeds["log.level"] = heard.append
    daemon.tuning.set({"tracking.margin": 0.2})
    daemon.tuning.set({"log.level": "debug"})
    daemon.tuning.set({"log.level": "debug"})
    daemon.reload("log.level = 'error'")
    daemon.tuning.set({"log.level": None})
    assert heard == ["debug", "error"]


def test_what_else_is_read_anew_is_told_and_its_failure_changes_nothing(daemon: Daemon) -> None:
    daemon.tuning.rereads.append(lambda: {"security.keys": "2 allowed"})
    assert daemon.reload("")["changed"] == {"security.keys": "2 allowed"}

    def fail() -> dict[str, object]:
        raise GenredError("a key is broken")

    daemon.tuning.rereads.append(fail)
    assert daemon.refuses("tracking.margin = 0.1") == "a key is broken"


# In a session: audio goes on.

Make = Callable[[str], tuple[LiveSession, Path]]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[LiveSession] = []

    def one(text: str = "") -> tuple[LiveSession, Path]:
        daemon = Daemon(tmp_path, text)
        session = LiveSession(tmp_path, tuning=daemon.tuning)
        made.append(session.__enter__())
        return session, daemon.file

    yield one
    for session in made:
        session.__exit__()


def hang_up(session: LiveSession) -> None:
    """Send SIGHUP, and let the loop go round once."""
    os.kill(os.getpid(), signal.SIGHUP)
    session.turn()


def test_sighup_while_blocks_arrive_changes_the_name_and_loses_no_audio(make: Make) -> None:
    session, file = make("")
    stream = session.hear(5.0)
    file.write_text("labels.names.rock = 'Rock!'")
    audio_s, predictions = session.live.audio_time, len(heard(session))
    hang_up(session)
    assert session.genres == ["unknown", "rock", "Rock!"]
    assert session.last(Genre).audio_time == audio_s
    session.play(stream, 5.0)
    assert session.live.audio_time == pytest.approx(audio_s + 5.0, abs=0.001)
    assert len(heard(session)) == predictions + 10
    assert {event.session for event in session.said} == {"s"}
    for kind in (Genre, Prediction):
        numbers = [event.seq for event in session.said if isinstance(event, kind)]
        assert numbers == list(range(len(numbers)))
    assert session.lost == 0
    assert session.states == ["recovering", "capturing"]


def test_sighup_with_a_broken_file_is_no_event(make: Make) -> None:
    session, file = make("")
    session.hear(5.0)
    file.write_text("labels = [")
    said = len(session.said)
    hang_up(session)
    assert len(session.said) == said
    session.hear_more(1.0)
    assert not session.live.ended


def test_the_session_answers_set_and_reload(make: Make) -> None:
    session, file = make("")
    session.hear(5.0)
    assert session.live.set({"labels.weights.rock": 0}) == {"labels.weights.rock": 0.0}
    assert session.genres == ["unknown", "rock", "unknown"]
    file.write_text("tracking.margin = 0.2")
    assert session.live.reload() == {"changed": {"tracking.margin": 0.2}, "refused": {}}


def test_without_a_config_there_is_nothing_to_set(tmp_path: Path) -> None:
    with LiveSession(tmp_path) as session, pytest.raises(GenredError, match="without a config"):
        session.live.set({"tracking.margin": 0.2})


def test_several_sighups_before_the_loop_goes_round_are_one_reload() -> None:
    with StopSignal(reloads=True) as stop:
        assert not stop.take_reload()
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGHUP)
        assert (stop.take_reload(), stop.take_reload(), stop.requested) == (True, False, False)


def test_where_nothing_can_be_reloaded_sighup_asks_to_stop() -> None:
    with StopSignal() as stop:
        os.kill(os.getpid(), signal.SIGHUP)
        assert (stop.requested, stop.take_reload()) == (True, False)


def heard(session: LiveSession) -> list[Prediction]:
    return [event for event in session.said if isinstance(event, Prediction)]
