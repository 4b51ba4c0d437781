"""`genred keys`, and `--key` of who listens."""

import json
import shlex
from pathlib import Path

import pytest
import zmq
from typer.testing import CliRunner, Result

from genred.cli.key_option import client_keys
from genred.cli.keys import app
from genred.errors import GenredError, UsageError
from genred.wire.keys import Keyring, load_client
from programs import genred

HERE, ABROAD = ["tcp://127.0.0.1:5570"], ["tcp://127.0.0.1:5570", "tcp://10.0.0.1:5570"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that the config names; commands run in the one above it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("GENRED_SECURITY_KEYS", str(tmp_path / "keys"))
    monkeypatch.delenv("GENRED_KEY", raising=False)
    return tmp_path / "keys"


def keys(words: str) -> Result:
    return CliRunner().invoke(app, shlex.split(words))


def done(words: str) -> str:
    result = keys(words)
    assert result.exit_code == 0, result.exception
    return result.stdout


def refused(words: str) -> str:
    result = keys(words)
    assert isinstance(result.exception, GenredError)
    assert "\n" not in str(result.exception)
    return str(result.exception)


def test_five_commands_let_a_desk_in_as_each_says_the_next(folder: Path, tmp_path: Path) -> None:
    done("new")
    next_one = done("new --client desk").splitlines()[-1]
    assert next_one == "let it in by: genred keys allow desk desk.key"
    done(next_one.partition("genred keys ")[2])
    client = load_client(tmp_path / "desk.key")
    assert Keyring(folder).load().allowed == {client.public}
    assert client.server.decode() == done("show").strip()
    done("revoke desk")
    assert Keyring(folder).load().allowed == frozenset()


@pytest.mark.usefixtures("folder")
def test_the_next_command_is_for_the_same_folder(tmp_path: Path) -> None:
    done("new --keys 'my keys'")
    next_one = done("new --client desk --keys 'my keys'").splitlines()[-1]
    done(next_one.partition("genred keys ")[2])
    assert list(Keyring(tmp_path / "my keys").allowed()) == ["desk"]


def test_a_client_may_make_its_key_itself_and_carry_the_public_one_over(
    folder: Path, tmp_path: Path
) -> None:
    server = done("new").splitlines()[-1]
    said = done(f"new --client desk --keys nothing --server {shlex.quote(server)}").splitlines()
    done(said[-1].partition("genred keys ")[2])
    client = load_client(tmp_path / "desk.key")
    assert client.server.decode() == server
    assert Keyring(folder).load().allowed == {client.public}


def test_no_secret_is_ever_printed(folder: Path, tmp_path: Path) -> None:
    said = done("new") + done("new --client desk") + done("allow desk desk.key")
    said += done("list") + done("list --json") + done("show")
    for path in (folder / "daemon.secret", tmp_path / "desk.key"):
        secret = path.read_text().rpartition('secret-key = "')[2].partition('"')[0]
        assert len(secret) == 40
        assert secret not in said


@pytest.mark.usefixtures("folder")
def test_the_list_names_who_is_let_in() -> None:
    done("new")
    assert "nobody is let in" in done("list")
    key = zmq.curve_keypair()[0].decode()
    done(f"allow desk -- {shlex.quote(key)}")
    assert done("list").splitlines()[-1].split() == ["desk", key]
    assert json.loads(done("list --json")) == {"name": "desk", "public_key": key}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "mend"),
    [
        ("show", "make one by genred keys new"),
        ("new --client desk", "make one by genred keys new"),
        ("allow desk nothing", "No such file"),
        ("new --out x", "give --client NAME"),
        ("new --client ../desk", "can't be a client's name"),
        ("revoke desk", "nobody is"),
    ],
)
def test_what_can_not_be_is_one_line(words: str, mend: str) -> None:
    assert mend in refused(words)


@pytest.mark.usefixtures("folder")
def test_no_key_is_replaced_by_mistake() -> None:
    done("new")
    done("new --client desk")
    for words in ("new", "new --client desk"):
        assert "--force" in refused(words)
        done(f"{words} --force")


def test_a_missing_key_is_one_line_and_exit_2(tmp_path: Path) -> None:
    found = genred("keys", "show", "--keys", tmp_path / "none")
    assert found.returncode == 2
    assert found.stderr == (
        f"genred: no key of a daemon in {tmp_path}/none: make one by genred keys new\n"
    )


def test_the_environments_key_is_for_other_machines_and_the_options_for_all(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client_keys(None, ABROAD) is None
    done("new")
    done("new --client desk")
    desk = load_client(tmp_path / "desk.key")
    assert client_keys(tmp_path / "desk.key", HERE) == desk
    monkeypatch.setenv("GENRED_KEY", str(tmp_path / "desk.key"))
    assert client_keys(None, HERE) is None
    assert client_keys(None, ABROAD) == desk
    with pytest.raises(GenredError, match="No such file"):
        client_keys(tmp_path / "nothing", HERE)
    with pytest.raises(GenredError, match="no client's key"):
        client_keys(folder / "daemon.secret", HERE)


def test_the_folder_named_on_the_command_line_wins(folder: Path, tmp_path: Path) -> None:
    done(f"new --keys {tmp_path}/other")
    assert not folder.exists()
    with pytest.raises(UsageError):
        Keyring(folder).load()
    assert Keyring(tmp_path / "other").load().allowed == frozenset()
