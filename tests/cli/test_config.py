"""`genred config`: what holds and why, what is wrong, and an editor that can break nothing."""

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from genred.cli.config import app
from genred.cli.config_edit import edit
from genred.errors import GenredError, UsageError
from live_fakes import program
from programs import genred


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the user's config lie in a folder of the test's."""
    monkeypatch.delenv("GENRED_CONFIG", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def file(home: Path) -> Path:
    path = home / "genred" / "config.toml"
    path.parent.mkdir()
    path.write_text("stream = 'bar'\n[labels.weights]\njazz = 0.5\n[tracking]\ndwell_s = 2\n")
    return path


def config(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False)


def test_show_says_what_holds_and_where_it_came_from(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENRED_LOG_KEEP", "7")
    done = config("show", "--set", "log.max_mb=9", "--set", "labels.weights.hip hop=2")
    lines = {line.partition(" = ")[0]: line for line in done.stdout.splitlines()}
    assert lines["stream"].split(maxsplit=3)[2:] == ['"bar"', f"# {file}:1"]
    assert lines["weights.jazz"].endswith(f"# {file}:3")
    assert lines['weights."hip hop"'].endswith("# flag")
    assert lines["keep"].endswith("# GENRED_LOG_KEEP")
    assert lines["max_mb"].endswith("# flag")
    assert lines["wait"].endswith("# default")
    assert lines["stability_s"].endswith("# model")
    said = tomllib.loads(done.stdout)
    assert said["labels"] == {"weights": {"jazz": 0.5, "hip hop": 2.0}, "names": {}}


def test_what_is_shown_can_be_a_config_and_is_shown_the_same(file: Path, home: Path) -> None:
    (home / "copy.toml").write_text(config("show").stdout)
    one, other = (
        json.loads(config("show", "--json", "--config", path).stdout)["values"]
        for path in (file, home / "copy.toml")
    )
    assert [value.get("value") for value in one.values()] == [
        value.get("value") for value in other.values()
    ]


def test_show_as_json_has_every_value_with_its_origin(file: Path) -> None:
    said = json.loads(config("show", "--json").stdout)
    assert said["file"] == str(file)
    values = said["values"]
    assert values["stream"] == {"value": "bar", "from": "file", "where": f"{file}:1"}
    assert values["labels.weights"] == {
        "jazz": {"value": 0.5, "from": "file", "where": f"{file}:3"}
    }
    assert values["tracking.dwell_s"]["value"] == 2.0
    assert values["tracking.margin"]["from"] == "model"
    assert values["taught_dir"] == {"value": None, "from": "default"}


def test_path_says_which_file_holds_and_where_it_was_looked_for(home: Path, file: Path) -> None:
    looked = f"  * {file}\n  - /etc/genred/config.toml\n"
    assert config("path").stdout == f"{file}\n{looked}"
    assert config("path", "--config", "x.toml").stdout == "x.toml\n"
    file.unlink()
    first, *rest = config("path").stdout.splitlines()
    assert (first, rest[0]) == ("none: defaults hold", f"  - {home}/genred/config.toml")


def test_check_says_all_that_is_wrong_a_line_each(file: Path, home: Path) -> None:
    other = home / "other.toml"
    other.write_text("sorce = 1\n[log]\nkeep = -1\n")
    done = config("check", other)
    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        f'{other}:1: unknown key "sorce"; the nearest is "source"',
        f"{other}:3: log.keep = -1: give a whole number, 0 or more and at most 1000",
    ]
    file.write_text("")
    assert (config("check").exit_code, config("check").stdout) == (0, f"{file}: ok\n")


def test_check_asks_the_model_for_labels_and_figures(file: Path) -> None:
    file.write_text("[labels]\nnames = { hippop = 'x' }\n[tracking]\nclose_dbfs = -30\n")
    label, figure = config("check").stderr.splitlines()
    assert label.startswith(f'{file}:2: no label is called "hippop"; did you mean "hiphop"? (there')
    assert figure.startswith(f"{file}:4: tracking.close_dbfs = -30 leaves close_dbfs above open_")
    file.write_text("\nmodel = './none.tflite'\n")
    (said,) = config("check").stderr.splitlines()
    assert said.startswith(f"{file}:2: {file.parent}/none.tflite: ")


def test_the_whole_program_says_an_error_in_one_line(file: Path) -> None:
    file.write_text("wait = 3")
    done = genred("run")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"genred: {file}:1: wait = 3: give true or false\n"


# Editing.


def editor(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a program of Python be the editor; `path` is the draft."""
    head = "import pathlib, sys\npath = pathlib.Path(sys.argv[-1])\n"
    script = program(folder, "an editor", head + code)
    monkeypatch.setenv("EDITOR", f"'{script}' --wait")


def test_edit_begins_with_a_commented_file_and_puts_a_right_one_in_place(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = "path.write_text(path.read_text().replace('#stream', 'stream'))"
    editor(home, change, monkeypatch)
    done = config("edit")
    path = home / "genred" / "config.toml"
    assert done.stdout == f"{path} is changed; genred reload, or a restart, takes it on\n"
    assert tomllib.loads(path.read_text())["stream"] == "bar"
    assert [one.name for one in path.parent.iterdir()] == ["config.toml"]


def test_edit_keeps_a_draft_that_is_wrong_and_goes_on_with_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_text()
    draft = file.with_name("config.toml.draft")
    editor(file.parent, "path.write_text(path.read_text() + 'dwel_s = 1\\n')", monkeypatch)
    with pytest.raises(UsageError) as raised:
        config("edit")
    assert str(raised.value) == f"{file} is as it was; genred config edit goes on with {draft}"
    assert file.read_text() == before
    editor(
        file.parent, "path.write_text(path.read_text().replace('dwel_s', 'hold_s'))", monkeypatch
    )
    done = config("edit")
    assert done.stderr == f"going on with {draft}\n"
    assert file.read_text() == before + "hold_s = 1\n"
    assert not draft.exists()


def test_edit_offers_a_wrong_draft_again_with_what_is_wrong(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    editor(file.parent, "path.write_text(path.read_text() + '#')", monkeypatch)
    answers = [True, True]
    wrong = [["x:1: no"], ["x:1: no"], []]
    edit(file, lambda _: wrong.pop(0), lambda _: answers.pop())
    assert answers == []
    assert capsys.readouterr().err == "x:1: no\n" * 2
    assert file.read_text().endswith("###")


def test_edit_leaves_what_was_not_changed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "true")
    before = file.stat()
    assert config("edit").stdout == "nothing was changed\n"
    assert file.stat() == before
    assert [one.name for one in file.parent.iterdir()] == ["config.toml"]


def test_edit_keeps_a_links_place_and_a_files_mode(
    home: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = file.rename(home / "real.toml")
    real.chmod(0o640)
    file.symlink_to(real)
    editor(home, "path.write_text('wait = false')", monkeypatch)
    config("edit")
    assert file.is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == ("wait = false", 0o640)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("sys.exit(3)", r"failed \(exit code 3\); what was written is in .*\.draft"),
        (
            "path.with_suffix('').write_text('wait = true')\npath.write_text('wait = false')",
            r"was changed meanwhile by another; yours is in .*\.draft",
        ),
    ],
)
def test_edit_takes_nothing_from_an_editor_that_failed_or_over_anothers_work(
    file: Path, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    editor(file.parent, code, monkeypatch)
    with pytest.raises(GenredError, match=said):
        config("edit")
    assert "wait = false" not in file.read_text()


def test_edit_says_that_there_is_no_such_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "emaacs")
    with pytest.raises(GenredError, match='editor "emaacs": No such file or directory; set EDITOR'):
        config("edit")
