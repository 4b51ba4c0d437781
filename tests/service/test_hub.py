"""The hub as a process: how it starts, what it says, how it ends; and whom it is told to hear."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from genred.errors import GenredError, UsageError
from genred.events import Genre
from genred.service.hub import main
from genred.service.hub_report import LINES, LINES_S, Notices, status_text
from genred.service.upstreams import read_upstreams
from genred.wire.hub import Counts
from genred.wire.key_file import KeyFile
from genred.wire.keys import Keyring, load_client, make_client
from genred.wire.security import protect_client
from genred.wire.streams import Appeared
from programs import WAIT_S, running, started
from wire.bus import Bus, capture, genre, receive, serve_until, status


@pytest.fixture
def bus() -> Iterator[Bus]:
    with Bus() as opened:
        yield opened


@contextlib.contextmanager
def running_hub(*arguments: str | Path) -> Iterator["subprocess.Popen[str]"]:
    """Run it as `genred hub` does once it has read its arguments."""
    program = [sys.executable, "-m", "genred.service.hub", *map(str, arguments)]
    with started(program, stdout=PIPE, stderr=PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=WAIT_S)


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Stand where systemd would."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there:
        there.bind(str(tmp_path / "notify"))
        there.settimeout(WAIT_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield there


def said(hub: "subprocess.Popen[str]") -> dict[str, Any]:
    assert hub.stdout
    line: dict[str, Any] = json.loads(hub.stdout.readline())
    return line


def said_until(hub: "subprocess.Popen[str]", **wanted: object) -> dict[str, Any]:
    """Read what it says of itself until that is so."""
    while True:
        line = said(hub)
        if all(line[name] == value for name, value in wanted.items()):
            return line


def test_a_hub_says_how_it_is_and_ends_with_0_when_asked_to(
    bus: Bus, tmp_path: Path, systemd: socket.socket
) -> None:
    bar = bus.publisher(capture(), status(), genre(), at=[f"ipc://{tmp_path}/bar"])
    with running("hub", *bar.endpoints, "--bind", f"ipc://{tmp_path}/hub", "--json") as hub:
        first = said(hub)
        assert (first["type"], first["v"], first["upstreams"], first["streams"]) == ("hub", 1, 1, 0)
        serve_until(bar, lambda: bar.subscribers == 1)
        bar.publish(status())
        line = said_until(hub, streams=1)
        assert line["events"] >= 1
        assert (line["rubbish"], line["clashes"]) == (0, [])
        hub.send_signal(signal.SIGTERM)
        assert hub.wait(timeout=WAIT_S) == 0
    assert not (tmp_path / "hub").exists()
    words = [systemd.recv(500).decode() for _ in range(4)]
    assert words[0] == "READY=1"
    assert words[1].startswith("STATUS=0 streams of 1 upstream")
    assert words[2].startswith("STATUS=1 stream of 1 upstream")
    assert words[3] == "STOPPING=1"


@pytest.mark.slow
def test_a_hub_that_is_killed_and_started_again_serves_those_who_were_there(
    bus: Bus, tmp_path: Path
) -> None:
    bar = bus.publisher(capture(), status(), genre(), at=[f"ipc://{tmp_path}/bar"])
    place = f"ipc://{tmp_path}/hub"
    reader = bus.socket()
    reader.subscribe("genre/bar/")
    reader.connect(place)
    for name in ("blues", "rock"):
        with running_hub(*bar.endpoints, "--bind", place) as hub:
            serve_until(bar, lambda: bool(reader.poll(0)))
            assert receive(reader).retained
            serve_until(bar, lambda: bar.subscribers == 1)
            bar.publish(genre(name))
            told = receive(reader)
            assert isinstance(told, Genre)
            assert told.genre == name
            hub.kill()
            hub.wait(timeout=WAIT_S)
            serve_until(bar, lambda: bar.subscribers == 0)


def test_a_hangup_has_it_read_its_list_anew(bus: Bus, tmp_path: Path) -> None:
    bar = bus.publisher(genre(), at=[f"ipc://{tmp_path}/bar"])
    club = bus.publisher(genre(), at=[f"ipc://{tmp_path}/club"], stream="club")
    listed = tmp_path / "rooms"
    listed.write_text(f"# rooms\n{bar.endpoints[0]}  # the bar\n\n")
    bound = f"ipc://{tmp_path}/hub"
    with running_hub("--from", listed, "--bind", bound, "--json") as hub:
        serve_until(bar, lambda: bar.subscribers == 1)
        listed.write_text("nonsense\n")
        hub.send_signal(signal.SIGHUP)
        assert hub.stderr
        lines = iter(hub.stderr.readline, "")
        complaint = next(line for line in lines if "not reloaded" in line)
        assert "rooms, line 1" in complaint
        assert bar.subscribers == 1
        listed.write_text(club.endpoints[0])
        hub.send_signal(signal.SIGHUP)
        serve_until(club, lambda: club.subscribers == 1)
        serve_until(bar, lambda: bar.subscribers == 0)


@pytest.mark.slow
def test_a_hangup_has_it_cut_off_whose_key_was_revoked(bus: Bus, tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "keys")
    key = tmp_path / "desk.key"
    ring.allow("desk", make_client(key, "desk", ring.make()))
    bound = ["--bind", "tcp://0.0.0.0:*", "--keys", str(ring.folder)]
    with running_hub("ipc:///nobody", *bound) as hub:
        assert hub.stdout
        lines = iter(hub.stdout.readline, "")
        reader = bus.socket()
        protect_client(reader, load_client(key))
        reader.subscribe("")
        reader.connect(next(lines).partition(": ")[0].replace("//0.0.0.0:", "//127.0.0.1:"))
        assert next(line for line in lines if "1 subscriber\n" in line)
        ring.revoke("desk")
        hub.send_signal(signal.SIGHUP)
        assert next(line for line in lines if "0 subscribers" in line)


@pytest.mark.slow
def test_a_clash_is_one_line_on_stderr_and_in_what_it_says(bus: Bus, tmp_path: Path) -> None:
    rooms = [
        bus.publisher(genre(), at=[f"ipc://{tmp_path}/{name}"], session=name) for name in ("a", "b")
    ]
    ends = [room.endpoints[0] for room in rooms]
    with running_hub(*ends, "--bind", f"ipc://{tmp_path}/hub", "--json") as hub:
        for room in rooms:
            serve_until(room, lambda room=room: room.subscribers == 1)  # type: ignore[misc]
        for _ in range(3):
            for room in rooms:
                room.publish(status())
        line = said_until(hub, streams=1)
        assert [clash["stream"] for clash in line["clashes"]] == ["bar"]
        hub.send_signal(signal.SIGINT)
        assert hub.wait(timeout=WAIT_S) == 0
        assert hub.stderr
        told = [each for each in hub.stderr if "two daemons are called bar" in each]
    assert len(told) == 1
    assert told[0].startswith("genred: ")


@pytest.mark.slow
def test_a_reader_that_has_had_enough_ends_it_with_1(bus: Bus, tmp_path: Path) -> None:
    place = f"ipc://{tmp_path}/hub"
    with running_hub("ipc:///nobody", "--bind", place, "--json") as hub:
        said(hub)
        assert hub.stdout
        hub.stdout.close()
        reader = bus.socket()
        reader.subscribe("")
        reader.connect(place)  # is news, to be printed
        assert hub.wait(timeout=WAIT_S) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "mend"),
    [
        ([], 2, "give an upstream"),
        (["nonsense"], 2, "is no endpoint"),
        (["ipc://x", "--bind", "ipc://x"], 2, "leave it out"),
        (["ipc://x", "--from", "/no/list"], 1, "give another --from"),
        (["ipc://x", "--key", "/no/key"], 1, "/no/key"),
        (["ipc://x", "--bind", "ipc:///no/such/folder/hub"], 2, "give another --bind"),
        (["ipc://x", "--bind", "tcp://*:*", "--keys", "/no/keys"], 2, "genred keys new"),
    ],
)
def test_what_is_wrong_is_one_line(
    arguments: list[str], code: int, mend: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    complaint = capfd.readouterr().err
    assert complaint.startswith("genred: ")
    assert complaint.count("\n") == 1
    assert mend in complaint


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "room.key"
    make_client(path, "hub", KeyFile.made().public)
    return path


def test_keys_are_of_all_of_one_or_of_the_list(tmp_path: Path, key: Path) -> None:
    listed = tmp_path / "rooms"
    listed.write_text("tcp://10.0.0.3:5570 room.key\ntcp://10.0.0.4:5570\n")
    found = read_upstreams(["tcp://10.0.0.1:1"], [f"tcp://10.0.0.1:1={key}"], listed, {})
    assert [keys is not None for keys in found.values()] == [True, True, False]
    found = read_upstreams(["ipc://x"], [str(key)], listed, {})
    assert all(found.values())


def test_the_key_of_the_environment_is_for_other_machines(key: Path) -> None:
    found = read_upstreams(["ipc://x", "tcp://10.0.0.1:1"], [], None, {"GENRED_KEY": str(key)})
    assert [keys is not None for keys in found.values()] == [False, True]


def test_a_list_with_a_mistake_names_its_line(tmp_path: Path) -> None:
    listed = tmp_path / "rooms"
    listed.write_text("tcp://10.0.0.3:5570\n\nroom two\n")
    with pytest.raises(UsageError, match=r"rooms, line 3: .* is no endpoint"):
        read_upstreams([], [], listed, {})
    listed.write_bytes(b"\xff")
    with pytest.raises(GenredError, match=r"rooms: .* give another --from"):
        read_upstreams([], [], listed, {})


def test_a_network_that_falls_gives_few_lines() -> None:
    notices = Notices()
    told = notices.lines([Appeared(f"room{n}", "x") for n in range(1000)], 0.0)
    assert len(told) == LINES
    assert notices.lines([Appeared("late", "x")], LINES_S / 2) == []
    assert notices.lines([Appeared("later", "x")], LINES_S)[0] == "981 more like it"
    assert notices.lines([], LINES_S * 2) == []


def test_how_it_is_fits_one_line() -> None:
    names: dict[str, Any] = dict.fromkeys(Counts.__dataclass_fields__, 0) | {"clashes": []}
    counts = Counts(**names | {"streams": 1, "gone": 2, "upstreams": 3})
    assert status_text(counts) == "1 stream (2 gone) of 3 upstreams, 0 subscribers"
