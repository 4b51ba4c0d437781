"""Keys on disk: for nobody else to read, never lost, and one line for whatever is wrong."""

import os
import stat
from pathlib import Path

import pytest
import zmq
import zmq.auth
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.errors import GenredError, UsageError
from genred.wire import key_file
from genred.wire.endpoints import is_local
from genred.wire.key_file import KeyFile, is_key
from genred.wire.keys import (
    Keyring,
    guarding,
    load_client,
    make_client,
    public_of,
    reread,
)

ABROAD = ["tcp://127.0.0.1:5570", "tcp://*:5570"]


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    made = Keyring(tmp_path / "keys")
    made.make()
    return made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_file_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        ring = Keyring(tmp_path / "new" / "keys")
        make_client(tmp_path / "desk.key", "desk", ring.make())
        ring.allow("desk", public_of(str(tmp_path / "desk.key")))
    finally:
        os.umask(before)
    files = [p for p in ring.folder.rglob("*") if p.is_file()]
    names = {p.relative_to(ring.folder).as_posix() for p in files}
    assert names == {"daemon.secret", "daemon.public", "allowed/desk.public"}
    assert {mode(path) for path in [*files, tmp_path / "desk.key"]} == {0o600}
    assert {mode(ring.folder), mode(ring.folder / "allowed")} == {0o700}


def test_what_is_made_is_what_both_sides_load(ring: Keyring, tmp_path: Path) -> None:
    path = tmp_path / "desk.key"
    public = make_client(path, "desk", ring.public())
    ring.allow("desk", public_of(str(path)))
    server, client = ring.load(), load_client(path)
    assert server.allowed == {public} == {client.public}
    assert client.server == server.public == ring.public()
    assert zmq.curve_public(server.secret) == server.public
    assert zmq.curve_public(client.secret) == client.public


def test_pyzmq_reads_our_files(ring: Keyring, tmp_path: Path) -> None:
    make_client(tmp_path / "desk.key", "desk", ring.public())
    loaded = load_client(tmp_path / "desk.key")
    assert zmq.auth.load_certificate(tmp_path / "desk.key") == (loaded.public, loaded.secret)
    assert zmq.auth.load_certificate(ring.folder / "daemon.public") == (ring.public(), None)


def test_we_read_the_public_keys_of_pyzmq(ring: Keyring, tmp_path: Path) -> None:
    public, _ = zmq.auth.create_certificates(tmp_path, "desk")
    ring.allow("desk", public_of(public))
    assert len(ring.load().allowed) == 1


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660, 0o602])
def test_a_secret_that_others_may_read_is_refused(ring: Keyring, tmp_path: Path, bits: int) -> None:
    path = tmp_path / "desk.key"
    make_client(path, "desk", ring.public())
    for secret in (path, ring.folder / "daemon.secret"):
        secret.chmod(bits)
    for load in (lambda: load_client(path), ring.load):
        with pytest.raises(GenredError, match=rf"mode {bits:04o}\): chmod 600 \S+$"):
            load()


@pytest.mark.parametrize("folder", [".", "allowed"])
def test_a_folder_in_which_others_may_write_is_refused(ring: Keyring, folder: str) -> None:
    (ring.folder / folder).chmod(0o770)
    with pytest.raises(GenredError, match=r"others may write in it .* chmod 700"):
        ring.load()


def test_no_secret_is_ever_overwritten_unless_forced(ring: Keyring, tmp_path: Path) -> None:
    path = tmp_path / "desk.key"
    make_client(path, "desk", ring.public())
    before = (ring.folder / "daemon.secret").read_bytes(), path.read_bytes()
    with pytest.raises(UsageError, match="--force replaces it"):
        ring.make()
    with pytest.raises(UsageError, match="--force replaces it"):
        make_client(path, "desk", ring.public())
    assert ((ring.folder / "daemon.secret").read_bytes(), path.read_bytes()) == before
    ring.make(force=True)
    assert (ring.folder / "daemon.secret").read_bytes() != before[0]
    assert ring.load().public == ring.public()


def test_a_write_that_fails_leaves_what_was_there(
    ring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {p: p.read_bytes() for p in ring.folder.iterdir() if p.is_file()}

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GenredError, match="No space left"):
        ring.make(force=True)
    assert {p: p.read_bytes() for p in ring.folder.iterdir() if p.is_file()} == before


def test_what_root_makes_belongs_to_its_folders_owner(
    ring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_to: list[tuple[str, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, uid, _: given_to.append((path.parent.name, uid)))
    ring.allow("desk", zmq.curve_keypair()[0])
    assert given_to == [("allowed", (ring.folder / "allowed").stat().st_uid)]


def test_a_client_is_let_in_and_out_by_name(ring: Keyring) -> None:
    keys = {name: zmq.curve_keypair()[0] for name in ("desk", "lamp")}
    for name, key in keys.items():
        ring.allow(name, key)
        ring.allow(name, key)
    assert ring.allowed() == keys
    with pytest.raises(UsageError, match="desk has this key"):
        ring.allow("other", keys["desk"])
    with pytest.raises(UsageError, match="--force"):
        ring.allow("desk", zmq.curve_keypair()[0])
    ring.revoke("desk")
    assert ring.load().allowed == {keys["lamp"]}
    with pytest.raises(UsageError, match=r'no client "desk" is allowed \(lamp is\)'):
        ring.revoke("desk")


@pytest.mark.parametrize("name", ["", ".", "..", ".x", "-x", "a/b", "../x", "a\n", "ä", "x" * 65])
def test_a_name_that_is_no_files_is_refused(ring: Keyring, tmp_path: Path, name: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    for use in (
        lambda: ring.allow(name, zmq.curve_keypair()[0]),
        lambda: ring.revoke(name),
        lambda: make_client(tmp_path / "x", name, ring.public()),
    ):
        with pytest.raises(UsageError, match="can't be a client's name"):
            use()
    assert sorted(tmp_path.rglob("*")) == before


@settings(max_examples=50)
@given(text=st.one_of(st.binary(), st.text().map(str.encode), st.binary(max_size=50).map(
    lambda rest: b'public-key = "' + rest + b'"\nsecret-key = "' + rest + b'"')))  # fmt: skip
def test_whatever_is_in_a_file_is_a_key_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, text: bytes
) -> None:
    path = tmp_path_factory.mktemp("keys") / "x.key"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(GenredError) as told:
        key_file.read(path)
    assert "\n" not in str(told.value)


@given(st.text(max_size=45).map(lambda text: text.encode("utf-8", "replace")))
def test_a_key_is_32_bytes_in_letters_that_libzmq_takes(text: bytes) -> None:
    assert not is_key(text) or zmq.curve_public(text)


def test_two_keys_that_are_no_pair_are_refused(tmp_path: Path) -> None:
    pair = KeyFile(zmq.curve_keypair()[0], zmq.curve_keypair()[1], zmq.curve_keypair()[0])
    key_file.write(tmp_path / "x.key", pair, "no pair")
    with pytest.raises(GenredError, match="no pair"):
        load_client(tmp_path / "x.key")


def test_a_daemons_key_is_no_clients(ring: Keyring, tmp_path: Path) -> None:
    for path in (ring.folder / "daemon.secret", ring.folder / "daemon.public"):
        with pytest.raises(GenredError, match="no client's key"):
            load_client(path)
    with pytest.raises(GenredError, match="No such file"):
        load_client(tmp_path / "nothing")


def test_without_a_key_the_daemon_says_how_to_make_one(tmp_path: Path) -> None:
    with (
        zmq.Context() as context,
        pytest.raises(UsageError, match=r"^tcp://\*:5570 can be reached") as told,
        guarding(context, ABROAD, tmp_path / "my keys"),
    ):
        pass
    for words in ("new", "new --client NAME", "allow NAME NAME.key"):
        assert f"genred keys {words}" in str(told.value)
    assert f"in {tmp_path}/my keys" in str(told.value)
    assert "--insecure" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(("endpoints", "insecure"), [(ABROAD[:1], False), (ABROAD, True)])
def test_nobody_stands_where_none_is_needed_or_wanted(
    ring: Keyring, endpoints: list[str], *, insecure: bool
) -> None:
    with (
        zmq.Context() as context,
        guarding(context, endpoints, ring.folder, insecure=insecure) as g,
    ):
        assert g is None


def test_a_guard_is_made_of_the_folder_and_gone_with_it(ring: Keyring) -> None:
    with zmq.Context() as context:
        for _ in range(2):
            with guarding(context, ABROAD, ring.folder) as guard:
                assert guard is not None
                assert guard.keys == ring.load()


def test_a_guard_reads_the_folder_again_or_stays_as_it_was(ring: Keyring) -> None:
    ring.allow("desk", zmq.curve_keypair()[0])
    with zmq.Context() as context, guarding(context, ABROAD, ring.folder) as guard:
        assert guard is not None
        assert reread(guard, ring.folder) == {}
        ring.revoke("desk")
        for name in ("lamp", "screen"):
            ring.allow(name, zmq.curve_keypair()[0])
        assert reread(guard, ring.folder) == {"security.keys": "2 let in, 1 revoked"}
        assert guard.revocations == 1
        held = guard.keys
        assert held == ring.load()
        (ring.folder / "allowed" / "lamp.public").write_text("nonsense")
        with pytest.raises(GenredError, match=r"lamp\.public holds no key"):
            reread(guard, ring.folder)
        ring.revoke("lamp")
        ring.make(force=True)
        with pytest.raises(UsageError, match="restart"):
            reread(guard, ring.folder)
        assert guard.keys == held


@pytest.mark.parametrize("host", ["*", "[::]", "[::0]", "eth0", "10.0.0.1", "localhost.evil.org"])
def test_what_may_be_reached_from_elsewhere_is_not_local(host: str) -> None:
    assert not is_local(f"tcp://{host}:5570")
