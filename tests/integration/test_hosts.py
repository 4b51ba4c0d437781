"""Peers on another host: without an allowed key they read nothing and get no answer."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from genred.wire.keys import Keyring, load_client, make_client, public_of
from integration.hosts import HALL, HostError, Hosts, wait_until

pytestmark = pytest.mark.slow

ABROAD = [f"tcp://{HALL}:5570", f"tcp://{HALL}:5571"]
HOME = ["tcp://127.0.0.1:5570", "tcp://127.0.0.1:5571"]

SERVER = """
import signal, sys, time
from pathlib import Path
import zmq
from genred.events import GenreRecord
from genred.wire.bindings import Bindings
from genred.wire.keys import guarding, reread
from genred.wire.publisher import Publisher

folder, reread_wanted = Path(sys.argv[1]), []
signal.signal(signal.SIGHUP, lambda *_: reread_wanted.append(True))
events, answers = sys.argv[2:4], sys.argv[4:6]
context = zmq.Context()
with guarding(context, [*events, *answers], folder) as guard:
    publisher = Publisher(events, "bar", "s1", time.time, guard=guard)
    router = context.socket(zmq.ROUTER)
    bindings = Bindings(router, answers, guard=guard)
    publisher.bind()
    bindings.bind()
    print("ready")
    poller = zmq.Poller()
    for socket in (publisher.socket, guard.socket, router):
        poller.register(socket, zmq.POLLIN)
    while True:
        poller.poll(20)
        publisher.serve()
        bindings.tend()
        while router.poll(0):
            sender, *rest = router.recv_multipart()
            router.send_multipart([sender, *rest[:-1], b"{}"])
        event = publisher.publish(GenreRecord(audio_time=1.0, genre="jazz", onset=0.0))
        if reread_wanted:
            reread_wanted.clear()
            print("reread", reread(guard, folder), event.seq)
"""

# Nothing of ours in it: what anybody could write.
VISITOR = """
import contextlib, json, sys
import zmq
events, answers, *key = sys.argv[1:]
key = [word.encode() for word in key]
context = zmq.Context()
subscriber, asker = context.socket(zmq.SUB), context.socket(zmq.DEALER)
for socket, endpoint in ((subscriber, events), (asker, answers)):
    if key:
        socket.curve_publickey, socket.curve_secretkey, socket.curve_serverkey = key
    socket.connect(endpoint)
subscriber.subscribe("")
print(json.dumps({"started": True}))
while True:
    with contextlib.suppress(zmq.Again):
        asker.send_multipart([b"", b'{"v":1,"id":1,"method":"status","params":{}}'], zmq.DONTWAIT)
    if subscriber.poll(20):
        print(subscriber.recv_multipart()[1].decode())
    while asker.poll(0):
        print(json.dumps({"answer": asker.recv_multipart()[-1].decode()}))
"""

# All that passes an interface, headers and all.
SNIFFER = """
import socket, sys
tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
tap.bind((sys.argv[1], 0))
while True:
    sys.stdout.buffer.write(tap.recv(65535))
    sys.stdout.flush()
"""


@dataclass
class Visitor:
    """What one of them has got so far."""

    out: Path

    def lines(self) -> list[dict[str, Any]]:
        whole = self.out.read_text().rpartition("\n")[0].splitlines()
        return [json.loads(line) for line in whole]

    @property
    def started(self) -> bool:
        return bool(self.lines())

    @property
    def events(self) -> list[dict[str, Any]]:
        return [line for line in self.lines() if "seq" in line]

    @property
    def answers(self) -> int:
        return sum("answer" in line for line in self.lines())

    def has_both(self) -> bool:
        return len(self.events) > 5 and self.answers > 5


@dataclass
class Venue:
    """A daemon's sockets in the hall, and keys for it."""

    hosts: Hosts
    folder: Path
    ring: Keyring
    server: "subprocess.Popen[bytes]"

    def key(self, name: str, *, server: bytes | None = None, allowed: bool = True) -> Path:
        path = self.folder / f"{name}.key"
        make_client(path, name, server or self.ring.public())
        if allowed:
            self.ring.allow(name, public_of(str(path)))
        return path

    def visitor(self, name: str, host: str, at: list[str], key: Path | None = None) -> Visitor:
        said = load_client(key) if key else None
        words = [k.decode() for k in (said.public, said.secret, said.server)] if said else []
        out = self.folder / f"{name}.out"
        self.hosts.python(host, VISITOR, out, *at, *words)
        return Visitor(out)

    def reload(self) -> int:
        """Have the keys read again; return the number of the last event before that."""
        reads = re.compile(r"^reread .* (\d+)$", re.MULTILINE)
        before = len(reads.findall(self.said()))
        self.server.send_signal(signal.SIGHUP)
        wait_until(lambda: len(reads.findall(self.said())) > before, "the keys to be read")
        return int(reads.findall(self.said())[-1])

    def said(self) -> str:
        return (self.folder / "server.out").read_text()


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    try:
        with Hosts() as made:
            yield made
    except HostError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"hosts could not be made: {error}")
        pytest.skip(f"needs root and network namespaces: {error}")


@pytest.fixture
def venue(hosts: Hosts, tmp_path: Path) -> Venue:
    ring = Keyring(tmp_path / "keys")
    ring.make()
    places = [HOME[0], ABROAD[0], HOME[1], ABROAD[1]]
    out = tmp_path / "server.out"
    server = hosts.python(hosts.hall, SERVER, out, ring.folder, *places)
    made = Venue(hosts, tmp_path, ring, server)
    wait_until(lambda: "ready" in made.said(), "the server")
    return made


def test_without_its_key_no_peer_on_another_host_reads_or_is_answered(venue: Venue) -> None:
    room, hall = venue.hosts.room, venue.hosts.hall
    keys = {name: venue.key(name) for name in ("desk", "lamp")}
    venue.reload()
    for name, host, interface in (("wire", room, "eth0"), ("loopback", hall, "lo")):
        venue.hosts.python(host, SNIFFER, venue.folder / name, interface)
    barred = [
        venue.visitor("plain", room, ABROAD),
        venue.visitor("stranger", room, ABROAD, venue.key("stranger", allowed=False)),
        venue.visitor("lost", room, ABROAD, venue.key("lost", server=public_of(str(keys["desk"])))),
    ]
    desk, lamp = (venue.visitor(name, room, ABROAD, keys[name]) for name in ("desk", "lamp"))
    local = venue.visitor("local", hall, HOME)
    for allowed in (desk, lamp, local):
        wait_until(allowed.has_both, f"{allowed.out.name}: events and answers")
    wait_until(lambda: all(visitor.started for visitor in barred), "the others")

    venue.ring.revoke("desk")
    last = venue.reload()
    had = len(lamp.events), lamp.answers
    wait_until(lambda: len(lamp.events) > had[0] + 50 and lamp.answers > had[1] + 20, "the lamp")
    answered = desk.answers
    wait_until(lambda: len(lamp.events) > had[0] + 100, "the lamp again")

    assert f"{ABROAD[0]} reopened: a key was revoked" in venue.said()
    for visitor in barred:
        assert visitor.lines() == [{"started": True}], visitor.out.name
    assert max(event["seq"] for event in desk.events) <= last
    assert desk.answers == answered
    assert {event["session"] for event in lamp.events} == {"s1"}
    numbers = [event["seq"] for event in local.events if not event["retained"]]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert b'"jazz"' in (venue.folder / "loopback").read_bytes()
    wire = (venue.folder / "wire").read_bytes()
    assert len(wire) > 10_000
    assert not [word for word in (b"jazz", b"genre", b"bar", b"session") if word in wire]


def test_the_daemon_itself_lets_in_by_keys_and_cuts_off_on_reload(
    hosts: Hosts, tmp_path: Path
) -> None:
    ring = Keyring(tmp_path / "keys")
    ring.make()
    said = tmp_path / "server.out"
    command: list[str | Path] = [sys.executable, "-m", "genred", "run", "--keys", ring.folder]
    # Nothing to hear: it waits, and beats.
    command += ["--source", "no such device", "--bind", HOME[0], "--bind", ABROAD[0]]
    command += ["--control", HOME[1], "--control", ABROAD[1]]
    venue = Venue(hosts, tmp_path, ring, hosts.start(hosts.hall, command, said))
    local = venue.visitor("local", hosts.hall, HOME)
    wait_until(lambda: local.events, "the daemon")
    keys = {name: venue.key(name) for name in ("desk", "lamp")}
    venue.server.send_signal(signal.SIGHUP)
    wait_until(lambda: "2 let in" in said.read_text(), "the keys to be read")
    plain = venue.visitor("plain", hosts.room, ABROAD)
    desk, lamp = (venue.visitor(n, hosts.room, ABROAD, keys[n]) for n in ("desk", "lamp"))
    for allowed in (desk, lamp):
        wait_until(allowed.has_both, "events and answers")
    ring.revoke("desk")
    venue.server.send_signal(signal.SIGHUP)
    wait_until(lambda: "1 revoked" in said.read_text(), "the keys to be read")
    wait_until(lambda: f"{ABROAD[0]} reopened" in said.read_text(), "the endpoint")
    had, others = (len(desk.events), desk.answers), (len(lamp.events), lamp.answers)
    wait_until(lambda: len(lamp.events) > others[0] + 3, "the lamp again")
    wait_until(lambda: lamp.answers > others[1] + 3, "answers to the lamp")
    assert (len(desk.events), desk.answers) == had
    assert plain.lines() == [{"started": True}]
    assert {event["session"] for event in lamp.events} == {
        event["session"] for event in local.events
    }


def test_listen_tells_that_its_key_is_refused_and_comes_in_once_it_is_not(venue: Venue) -> None:
    key = venue.key("late", allowed=False)
    out = venue.folder / "listen.out"
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "genred",
        "listen",
        "--json",
        "--key",
        key,
        ABROAD[0],
    ]
    venue.hosts.start(venue.hosts.room, command, out)
    wait_until(lambda: out.read_text().endswith("\n"), "a line")
    assert out.read_text().count("\n") == 1
    assert out.read_text().startswith(f"genred: {ABROAD[0]}: the key is refused")
    venue.ring.allow("late", public_of(str(key)))
    venue.reload()
    wait_until(lambda: '"genre":"jazz"' in out.read_text(), "events")
