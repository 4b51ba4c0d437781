"""The endpoint: free, taken by somebody who can be named, or by genred itself."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from genred.doctor.check import State
from genred.doctor.port import check_port
from genred.errors import GenredError
from genred.wire.endpoints import bind_all
from genred.wire.holder import Holder, holder, holder_of

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout"
linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


def row(port: int, inode: int, state: str = "0A") -> str:
    return (
        f"   0: 0100007F:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000"
        f"  1000        0 {inode} 1 0000000000000000 100 0 0 10 0"
    )


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that this process holds."""
    with zmq.Context() as context, context.socket(zmq.PUB) as holding:
        yield holding.bind_to_random_port("tcp://127.0.0.1")


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A /proc in which process 77 holds port 5570 by inode 4242, once it says what it is."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text("\n".join([HEAD, row(80, 1), row(5570, 4242)]))
    (tmp_path / "77" / "fd").mkdir(parents=True)
    (tmp_path / "77" / "fd" / "9").symlink_to("socket:[4242]")
    return tmp_path


def process(proc: Path, name: str, *command: str) -> None:
    (proc / "77" / "comm").write_text(f"{name}\n")
    (proc / "77" / "cmdline").write_text("\0".join(command))


def test_a_free_endpoint_is_free_and_stays_so(taken: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    assert free != taken
    for _ in range(2):
        told = check_port(f"tcp://127.0.0.1:{free}")
        assert (told.state, told.detail) == (State.OK, f"tcp://127.0.0.1:{free} is free")


@linux
def test_who_holds_a_taken_one_is_named_with_its_pid(taken: int) -> None:
    found = holder(taken)
    assert found is not None
    assert (found.pid, found.uid) == (os.getpid(), os.getuid())
    told = check_port(f"tcp://127.0.0.1:{taken}")
    assert f"pid {os.getpid()}" in told.detail
    assert told.state in {State.BAD, State.NOTE}  # the tests' own command line may say genred


@linux
def test_another_program_is_a_cross_with_two_ways_out(taken: int, proc: Path) -> None:
    process(proc, "nginx", "nginx", "-g")
    table = proc / "net" / "tcp"
    table.write_text(table.read_text().replace(f"{5570:04X}", f"{taken:04X}"))
    told = check_port(f"tcp://127.0.0.1:{taken}", proc)
    assert told.state is State.BAD
    assert "is taken by nginx, pid 77" in told.detail
    assert told.mend.startswith("kill 77, or give the daemon another one: genred run --bind")


@linux
def test_genred_itself_is_no_fault(taken: int, proc: Path) -> None:
    process(proc, "python3", "/usr/bin/python3", "-m", "genred.service")
    table = proc / "net" / "tcp"
    table.write_text(table.read_text().replace(f"{5570:04X}", f"{taken:04X}"))
    told = check_port(f"tcp://127.0.0.1:{taken}", proc)
    assert told.state is State.NOTE
    assert "held by genred itself (python3, pid 77)" in told.detail


def test_proc_tells_who_listens(proc: Path) -> None:
    process(proc, "nginx", "nginx")
    found = holder(5570, proc)
    assert found is not None
    assert (found.pid, found.name, found.ours) == (77, "nginx", False)


def test_a_process_that_may_not_be_looked_into_gives_its_user(proc: Path) -> None:
    (proc / "77" / "fd" / "9").unlink()
    assert holder(5570, proc) == Holder(1000)


def test_a_connection_is_no_listener_and_no_proc_is_no_answer(proc: Path, tmp_path: Path) -> None:
    (proc / "net" / "tcp6").write_text("\n".join([HEAD, row(5571, 4242, state="01")]))
    assert holder(5571, proc) is None
    assert holder(5570, tmp_path / "none") is None


def test_without_proc_a_taken_one_is_still_told(taken: int, tmp_path: Path) -> None:
    told = check_port(f"tcp://127.0.0.1:{taken}", tmp_path)
    assert told.state is State.BAD
    assert "is taken by" in told.detail
    assert "--bind" in told.mend


@linux
def test_an_ipc_path_has_a_holder_too(tmp_path: Path) -> None:
    endpoint = f"ipc://{tmp_path}/e"
    assert holder_of(endpoint) is None
    with zmq.Context() as context, context.socket(zmq.PUB) as holding:
        holding.bind(endpoint)
        found = holder_of(endpoint)
        assert found is not None
        assert found.pid == os.getpid()
        with context.socket(zmq.PUB) as other, pytest.raises(GenredError) as refused:
            bind_all(other, [endpoint], option="--control")
    assert str(refused.value) == (
        f"{endpoint} is taken by {found}; kill {os.getpid()}, or give another --control"
    )


def test_an_endpoint_that_is_none_is_a_cross() -> None:
    assert check_port("nonsense").state is State.BAD
