"""Ten thousand strangers at the door: who is inside hears on, in time, and friends come in."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zmq

from wire.bus import Bus, genre, prediction
from wire.doors import ABROAD, HOME, Door, pretend_abroad

pytestmark = pytest.mark.slow

Start = Callable[..., "subprocess.Popen[bytes]"]
LATE_S = 1.0
"""a heartbeat; the strangers, who cost as much as they do harm, share the machine's cores"""
WAIT_S = 200.0

STRANGERS = """
import socket, sys
import zmq
host, port, server = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode()
greeting = b"\\xff" + bytes(7) + b"\\1\\x7f\\3\\1" + b"%s" + bytes(32)
rubbish = {
    "another protocol": b"GET / HTTP/1.1\\r\\n\\r\\n" * 20,
    "no key": greeting.replace(b"%s", b"NULL".ljust(20, b"\\0")) + b"\\4\\6\\5READY",
    "a wrong key": greeting.replace(b"%s", b"CURVE".ljust(20, b"\\0"))
    + b"\\4\\xc8\\5HELLO\\1\\0" + bytes(72) + b"x" * 120,
    "nothing": b"",
}
for said in rubbish.values():
    for _ in range(250):
        with socket.create_connection((host, port), 5) as visitor:
            visitor.sendall(said)

context = zmq.Context()
context.max_sockets = 1000
public, secret = zmq.curve_keypair()
waiting, refused = [], 0

def leave(visitor, monitor):
    told = monitor.poll(10_000) and monitor.recv_multipart()
    visitor.disable_monitor()
    visitor.close(0)
    monitor.close(0)
    return bool(told)

for _ in range(9000):
    visitor = context.socket(zmq.SUB)
    visitor.reconnect_ivl = -1
    visitor.curve_publickey, visitor.curve_secretkey = public, secret
    visitor.curve_serverkey = server
    waiting.append((visitor, visitor.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH)))
    visitor.connect(f"tcp://{host}:{port}")
    if len(waiting) == 50:
        refused += leave(*waiting.pop(0))
print(refused + sum(leave(*each) for each in waiting))
"""

LISTENER = """
import json, sys, time
import zmq
socket = zmq.Context().socket(zmq.SUB)
socket.rcvhwm = 0
socket.subscribe(b"")
socket.connect(sys.argv[1])
late, numbers = [], []
while True:
    event = json.loads(socket.recv_multipart()[1])
    if event["type"] == "genre":
        break
    late.append(time.time() - event["time"])
    numbers.append(event["seq"])
late.sort()
gaps = [n for n in range(numbers[0], numbers[-1]) if n not in set(numbers)]
print(json.dumps({"events": len(late), "lost": len(gaps), "p99": late[int(len(late) * 0.99)],
                  "max": late[-1]}))
"""


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def run(code: str, out: Path, *arguments: str) -> "subprocess.Popen[bytes]":
        with out.open("wb") as file:
            command = [sys.executable, "-c", code, *arguments]
            started.append(subprocess.Popen(command, stdout=file))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()


def test_ten_thousand_bad_handshakes_do_not_slow_the_events(
    monkeypatch: pytest.MonkeyPatch, start: Start, tmp_path: Path
) -> None:
    pretend_abroad(monkeypatch)
    with Bus() as bus:
        door = Door(bus, "desk")
        publisher = door.publisher(HOME, ABROAD, clock=time.time)
        home, abroad = publisher.endpoints
        poller = zmq.Poller()
        for socket in (publisher.socket, door.guard.socket):
            poller.register(socket, zmq.POLLIN)
        listener = start(LISTENER, tmp_path / "heard", home)
        while not publisher.subscribers:
            publisher.serve(20)
        server = door.keys("desk").server.decode()
        port = abroad.rpartition(":")[2]
        strangers = start(STRANGERS, tmp_path / "refused", "127.0.0.2", port, server)
        due = time.monotonic()
        friend = None
        end = due + WAIT_S
        while strangers.poll() is None and time.monotonic() < end:
            poller.poll(max(0, int((due - time.monotonic()) * 1000)))
            publisher.serve()
            if time.monotonic() >= due:
                due += 0.01
                publisher.publish(prediction())
            if friend is None and publisher.last_seq["prediction"] > 100:
                friend = door.subscriber(abroad, door.keys("desk"))
        assert strangers.returncode == 0
        assert friend is not None
        assert friend.poll(0), "a friend does not get in"
        assert publisher.subscribers == 2
        publisher.publish(genre())
        assert listener.wait(30) == 0
        door.guard.close()
    assert int((tmp_path / "refused").read_text()) == 9000
    heard = json.loads((tmp_path / "heard").read_text())
    print(heard)
    assert heard["events"] > 300
    assert heard["lost"] == 0
    assert heard["p99"] < LATE_S
