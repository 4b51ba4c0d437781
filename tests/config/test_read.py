"""One config from file, environment and flags: what wins, and what is wrong, with its line."""

import os
import string
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from configs import VALUES, as_text, some, written
from genred.config import Config, ConfigError, default_endpoints, load, read
from genred.config.keys import keys, nearest, sections, unknown
from genred.config.layers import problems_of, value_of
from genred.config.tree import TrackingChanges
from genred.parameters import Tracking
from genred.places import keys_folder, places

FILE = Path("/etc/genred/config.toml")


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    path = tmp_path_factory.mktemp("config") / "config.toml"

    def write(text: str) -> Path:
        path.write_text(text, encoding="utf-8")
        return path

    return write


def said(config: Config, name: str) -> object:
    value = value_of(config, (name, None))
    return str(value) if isinstance(value, Path) else value


def wrong(text: str) -> list[str]:
    """Return what is said of a file, its name left out."""
    return [one.removeprefix(f"{FILE}:") for one in problems_of(text, FILE)]


def test_every_key_is_drawn_here() -> None:
    assert list(VALUES) == list(keys())


def test_without_anything_said_defaults_hold() -> None:
    config = load(None, {"HOME": "/h"}, {})
    assert structs.replace(config, security=Config().security) == Config()
    assert str(config.security.keys) == "/h/.config/genred/keys"


@given(values=some())
@settings(max_examples=50)
def test_what_is_written_is_read(values: dict[str, object], write: Callable[[str], Path]) -> None:
    found = read(write(written(values)), {}, {})
    for name, value in values.items():
        assert said(found.config, name) == value
    untouched = load(None, {"GENRED_CONFIG": os.devnull}, {})
    for name in set(keys()) - set(values) - {"security.keys"}:
        assert said(found.config, name) == said(untouched, name)


@given(file=some(), environment=some(), flags=some())
@settings(max_examples=25)
def test_flags_win_over_the_environment_and_that_over_the_file(
    file: dict[str, object],
    environment: dict[str, object],
    flags: dict[str, object],
    write: Callable[[str], Path],
) -> None:
    variables = {keys()[name].variable: as_text(value) for name, value in environment.items()}
    path = write(written(file))
    found = read(path, variables, flags)
    layers = {"flag": flags, "environment": environment, "file": file}
    for name, key in keys().items():
        winner = next((kind for kind, layer in layers.items() if name in layer), "default")
        if key.has_entries:
            merged: dict[str, object] = {}
            for layer in reversed(layers.values()):
                merged |= cast("dict[str, object]", layer.get(name, {}))
            assert said(found.config, name) == merged
        elif winner != "default":
            assert said(found.config, name) == layers[winner][name]
            assert found.place((name, None)).kind == winner


@given(name=st.sampled_from(sorted(VALUES)), data=st.data())
def test_a_key_mistyped_by_a_letter_is_told_its_name(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 1).filter(lambda n: name[n] != "."))
    letter = data.draw(st.sampled_from(string.ascii_lowercase + "_"))
    changed = data.draw(
        st.sampled_from([name[:at] + letter + name[at + 1 :], name[:at] + letter + name[at:]])
    )
    if changed not in keys():
        last, known = changed.rpartition(".")[2], name.rpartition(".")[2]
        # Where the letter falls into the section, the key's own name is as good a guide.
        assert nearest(changed).rpartition(".")[2] == known or last == known


@given(st.text(max_size=80))
def test_every_unknown_key_names_one_that_there_is(name: str) -> None:
    said = unknown(name)
    named = said.rpartition('the nearest is "')[2].removesuffix('"')
    assert named in keys() or named in sections()
    assert said.isprintable()


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("\nsorce = 1", ['2: unknown key "sorce"; the nearest is "source"']),
        ("[trackng]\ndwell_s = 1", ['1: unknown key "trackng"; the nearest is "tracking"']),
        ("dwell_s = 1", ['1: unknown key "dwell_s"; the nearest is "tracking.dwell_s"']),
        ("[log]\nhold_s = 1", ['2: unknown key "log.hold_s"; the nearest is "tracking.hold_s"']),
        ("log.levl = 1", ['1: unknown key "log.levl"; the nearest is "log.level"']),
        (
            "tracking = {\tdwell = 1 }",
            ['1: unknown key "tracking.dwell"; the nearest is "tracking.dwell_s"'],
        ),
        (
            '"events.bind" = []',
            ['1: unknown key "events.bind"; the nearest is "events.bind"'],
        ),
        ("[[log]]\nkeep = 1", ["1: log is a table: write [log] and its keys below"]),
        ("log = 1", ["1: log is a table: write [log] and its keys below"]),
        ("wait = 'yes'", ['1: wait = "yes": give true or false']),
        ("\n\nlog.level = 'loud'", ['3: log.level = "loud": give debug, info, warning or error']),
        (
            "[events]\nhigh_water_mark = 1.5",
            ["2: events.high_water_mark = 1.5: give a whole number, 1 or more and at most 1000000"],
        ),
        (
            "[tracking]\nevidence = 0",
            ["2: tracking.evidence = 0: give a number, above 0 and at most 1"],
        ),
        (
            "[log]\nmax_mb = nan",
            ["2: log.max_mb = NaN: give a number, above 0 and at most 10000"],
        ),
        (
            'events.bind = [\n"tcp://127.0.0.1:1",\n# no\n"tcp:/x"]',
            ['4: events.bind: "tcp:/x" is no endpoint: give tcp://HOST:PORT or ipc://PATH'],
        ),
        ("events.bind = []", ['1: events.bind = []: give a list such as ["A", "B"], not empty']),
        (
            'control.bind = ["ipc://a", "ipc://a"]',
            ['1: control.bind: "ipc://a" is there twice'],
        ),
        (
            'events.bind = ["ipc://a"]\ncontrol.bind = ["ipc://b", "ipc://a"]',
            ['2: control.bind: "ipc://a" is that of the events; give another'],
        ),
        ("labels.weights = 3", ["1: labels.weights = 3: give a table, LABEL = NUMBER"]),
        (
            "[labels.weights]\njazz = 1\nrock = -1",
            ["3: labels.weights.rock = -1: give a number, 0 or more"],
        ),
        (
            "[labels]\nnames.rock = ''",
            ["2: labels.names.rock: '' is no label: use printable letters, no space at its ends"],
        ),
        (
            "stream = 'a b'",
            ['1: stream: stream "a b" is no name: use 1 to 64 of A-Z a-z 0-9 . _ -'],
        ),
        (
            "log.to = 'jurnal'",
            ['1: log.to: "jurnal" is none of stderr, journal; write a file as ./jurnal'],
        ),
        (
            "metrics.bind = '9570'",
            ['1: metrics.bind: "9570" is no address: give HOST:PORT, such as 127.0.0.1:9570'],
        ),
        ("model = 'bas'", ['1: model: model "bas": neither one of base, tiny nor a file']),
        ("source = 'pipe:x?rate=1'", None),
        ("taught_dir = ''", ['1: taught_dir = "": give a path']),
        (
            "[tracking]\nopen_dbfs = -70\nclose_dbfs = -60",
            ["3: tracking.close_dbfs = -60 is above open_dbfs = -70; give less"],
        ),
        ("a = [\n", ["2: no TOML: Invalid value (at end of document)"]),
        ("a = 1\nb = ?\n", ["2: no TOML: Invalid value at column 5"]),
        ("wait = true\nwait = true\n", ["2: no TOML: Cannot overwrite a value at column 12"]),
        ("a = " + "[" * 9999, ["1: nested too deep; a config has one level of tables"]),
        ("a = " + "9" * 9999, None),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line_and_what_to_give(
    text: str, problems: list[str] | None
) -> None:
    assert wrong(text) == problems if problems else len(wrong(text)) == 1


def test_all_that_is_wrong_is_told() -> None:
    text = "sorce = 1\nwait = 2\n[log]\nkeep = -1\n[labels.weights]\na = 'x'\nb = 'y'\n"
    assert [line.partition(":")[0] for line in wrong(text)] == ["1", "2", "4", "6", "7"]


def test_of_many_errors_the_first_are_told_in_one_line(write: Callable[[str], Path]) -> None:
    path = write("\n".join(f"x{n} = 1" for n in range(9)))
    with pytest.raises(ConfigError) as raised:
        load(path, {"GENRED_LOG_LEVL": "1"}, {"wait": "perhaps"})
    assert len(raised.value.problems) == 11
    assert raised.value.problems[9:] == [
        "GENRED_LOG_LEVL: no such variable; the nearest is GENRED_LOG_LEVEL",
        'wait = "perhaps": give true or false',
    ]
    assert str(raised.value).startswith(f'{path}:1: unknown key "x0"')
    assert str(raised.value).endswith("; and 6 more (genred config check)")
    assert "\n" not in str(raised.value)


@given(st.one_of(st.text(max_size=60), some().map(written)), st.data())
@settings(max_examples=60)
def test_whatever_a_file_says_its_problems_are_lines(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 3))
    changed = (
        text[:at] + data.draw(st.sampled_from(["", "[", '"', "=", ".", "\n"])) + text[at + cut :]
    )
    for problem in problems_of(changed, FILE):
        assert problem.isprintable()
        number = problem.removeprefix(f"{FILE}:").partition(":")[0]
        assert 1 <= int(number) <= changed.count("\n") + 1


def test_a_file_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"# fine\nstream = '\xe9'")
    (tmp_path / "large").write_bytes(b"#" * 2_000_000)
    os.mkfifo(tmp_path / "fifo")
    for name, text in {
        "none": "No such file or directory; give another file",
        ".": "Is a directory; give another file",
        "fifo": "no file; a config is a text file",
        "latin:2": "no UTF-8; save it as UTF-8 text",
        "large": "too large for a config; 1048576 bytes are the most",
        "a\0b": "no name of a file; give another file",
    }.items():
        with pytest.raises(ConfigError) as raised:
            load(tmp_path / name.removesuffix(":2"), {}, {})
        assert str(raised.value).endswith(f": {text}"), name
        assert str(raised.value).isprintable()


def test_text_of_the_environment_is_read_by_its_key() -> None:
    environment = {
        "GENRED_DATA": "x",
        "GENRED_KEY": "x",
        "GENRED_CONFIG": os.devnull,
        "OTHER": "x",
        "GENRED_EVENTS_BIND": "ipc:///a, ipc:///b",
        "GENRED_CONTROL_BIND": "",
        "GENRED_LABELS_WEIGHTS": "hip hop=0.2,a=b=1",
        "GENRED_WAIT": "no",
        "GENRED_STREAM": "12",
        "GENRED_LOG_KEEP": "3",
    }
    config = load(None, environment, {"labels.weights.hip hop": "0.5", "tracking.dwell_s": "2"})
    assert config.events.bind == ["ipc:///a", "ipc:///b"]
    assert config.control.bind == []
    assert config.labels.weights == {"hip hop": 0.5, "a=b": 1}
    assert (config.wait, config.stream, config.log.keep) == (False, "12", 3)
    assert config.tracking.dwell_s == 2


def test_a_variable_that_is_no_text_is_told_in_one_line() -> None:
    with pytest.raises(ConfigError) as raised:
        load(None, {"GENRED_MODEL": "\udcff", "GENRED_\udcff": "1"}, {})
    assert len(raised.value.problems) == 2
    assert str(raised.value).isprintable()


def test_paths_in_a_file_are_beside_it_and_others_are_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(
        "model = 'm.tflite'\ntaught_dir = 't'\nsource = 'a.wav'\n"
        "security.keys = '/k'\nlog.to = './l'\n"
    )
    config = load(path, {}, {})
    assert config.model == str(tmp_path / "m.tflite")
    assert (config.taught_dir, config.log.to) == (tmp_path / "t", str(tmp_path / "l"))
    assert (config.security.keys, config.source) == (Path("/k"), "a.wav")
    assert load(path, {}, {"taught_dir": "u"}).taught_dir == Path("u")
    assert load(path, {"GENRED_MODEL": "tiny"}, {}).model == "tiny"


def test_the_first_place_that_exists_is_the_one(tmp_path: Path) -> None:
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "x"), "HOME": str(tmp_path / "h")}
    system = Path("/etc/genred/config.toml")
    assert places(environment) == [tmp_path / "x/genred/config.toml", system]
    assert places({"HOME": str(tmp_path / "h")})[0] == tmp_path / "h/.config/genred/config.toml"
    (tmp_path / "x/genred").mkdir(parents=True)
    (tmp_path / "x/genred/config.toml").write_text("stream = 'user'")
    (tmp_path / "named").write_text("stream = 'named'")
    assert load(None, environment, {}).stream == "user"
    environment["GENRED_CONFIG"] = str(tmp_path / "named")
    assert load(None, environment, {}).stream == "named"
    assert load(Path(os.devnull), environment, {}).stream == Config().stream


def test_keys_lie_with_the_system_where_the_config_does() -> None:
    home = {"HOME": "/h"}
    assert keys_folder(Path("/etc/genred/bar.toml"), home) == Path("/var/lib/genred/keys")
    assert keys_folder(Path("/srv/bar.toml"), home) == Path("/h/.config/genred/keys")


def test_all_figures_of_tracking_can_be_set_and_each_in_its_range_is_taken() -> None:
    assert TrackingChanges.__struct_fields__ == Tracking.__struct_fields__


@given(some(*(name for name in VALUES if name.startswith("tracking."))))
def test_whatever_the_config_takes_tracking_takes(values: dict[str, object]) -> None:
    if "tracking.open_dbfs" in values or "tracking.close_dbfs" in values:
        values = {"tracking.open_dbfs": -60.0, "tracking.close_dbfs": -66.0} | values
    tracking = load(None, {"GENRED_CONFIG": os.devnull}, values).tracking
    found = structs.asdict(tracking.over(Tracking()))
    for name, value in values.items():
        assert found[name.removeprefix("tracking.")] == value


@pytest.mark.parametrize(
    ("variables", "events", "control"),
    [
        ({}, "tcp://127.0.0.1:5570", "tcp://127.0.0.1:5571"),
        ({"GENRED_EVENTS_BIND": "tcp://*:7,ipc:///a"}, "tcp://127.0.0.1:7", "tcp://127.0.0.1:5571"),
        ({"GENRED_EVENTS_BIND": "tcp://0.0.0.0:*,ipc:///a"}, "ipc:///a", "tcp://127.0.0.1:5571"),
        ({"GENRED_CONTROL_BIND": ""}, "tcp://127.0.0.1:5570", None),
    ],
)
def test_clients_look_where_the_daemon_of_the_same_config_is(
    variables: dict[str, str], events: str, control: str | None
) -> None:
    found = default_endpoints({"GENRED_CONFIG": os.devnull} | variables)
    assert found == (events, control)
