"""`examples/recipes/make_models.py`: which commands make the shipped models. None runs here."""

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
import typer.main

from genred_train.cli.main import app

ROOT = Path(__file__).parents[2]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as it is from the project's folder, where `make models` runs it."""
    monkeypatch.chdir(ROOT)
    path = ROOT / "examples" / "recipes" / "make_models.py"
    spec = importlib.util.spec_from_file_location("make_models", path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def run(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, *options: str, fails: str = ""
) -> list[list[str]]:
    """Run the script to its end; return the commands, without `python -m genred_train`."""
    done: list[list[str]] = []

    def note(command: list[str], **_: object) -> None:
        done.append(command[3:])
        if command[3] == fails:
            raise subprocess.CalledProcessError(3, command)

    monkeypatch.setattr(script.subprocess, "run", note)
    monkeypatch.setattr(script.sys, "argv", ["make_models.py", "--data", "music", *options])
    script.main()
    return done


def test_all_its_commands_are_commands(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commands = run(script, monkeypatch, "--runs", str(tmp_path / "runs"))
    train = typer.main.get_command(app)
    for name, *options in commands:
        command = train.get_command(train.make_context("genred-train", [name]), name)  # type: ignore[attr-defined]
        asked = command.make_parser(typer.Context(command)).parse_args(options)
        assert asked[1] == []
        for recipe in (option for option in options if option.startswith("--recipe=")):
            assert Path(recipe.partition("=")[2]).is_file()
            # A card shows these: no path of whoever ran it.
            assert recipe.startswith("--recipe=examples/recipes/")


def test_a_twin_hears_no_clip_apart_and_no_run_that_did(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    commands = run(script, monkeypatch, "--runs", str(runs))
    fits = [command for command in commands if command[0] != "export"]
    twins = [command for command in fits if any("-fold0" in option for option in command)]
    assert 2 * len(twins) == len(fits) == 8
    for command in twins:
        assert "--fold=0" in command
        used = [option for option in command if str(runs) in option]
        assert all(option.endswith("-fold0") for option in used)


def test_what_was_begun_is_gone_on_with(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "config.json").write_text("{}")
    commands = run(script, monkeypatch, "--runs", str(tmp_path))
    assert ["fit", f"--run={tmp_path / 'base'}", "--resume"] in commands


def test_a_failure_ends_it_with_its_code(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(script, monkeypatch, "--runs", str(tmp_path), fails="fit")
    assert ended.value.code == 3
