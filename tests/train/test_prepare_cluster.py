"""`prepare` on a Dask cluster: the same bytes, whoever is killed."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from genred.errors import GenredError
from genred_train.features.prepare import prepare
from genred_train.features.schedulers import on_cluster
from genred_train.features.shard_task import Done
from prepared_folders import PLAIN, content, prepared, write_collection

pytestmark = pytest.mark.slow

DASK = [sys.executable, "-m", "dask"]


@contextmanager
def started(*arguments: str, until: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a part of a cluster; yield it once it has said `until`, and what that matched."""
    running = subprocess.Popen(
        [*DASK, *arguments, "--no-dashboard"], stderr=subprocess.PIPE, text=True
    )
    try:
        assert running.stderr
        said = next(found for line in running.stderr if (found := re.search(until, line)))
        yield running, said.group(1)
    finally:
        running.kill()
        running.communicate()


@contextmanager
def scheduler() -> Iterator[str]:
    with started(
        "scheduler", "--host", "127.0.0.1", "--port", "0", until=r"Scheduler at: +(tcp://\S+)"
    ) as (_, address):
        yield address


@contextmanager
def worker(address: str) -> Iterator[int]:
    """Start a worker that is one process; yield its id."""
    with started("worker", address, "--no-nanny", "--nthreads", "1", until=r"(Registered) to") as (
        running,
        _,
    ):
        yield running.pid


@pytest.mark.parametrize("killed", [False, True], ids=["both live", "one is killed"])
def test_two_workers_write_what_one_process_does(tmp_path: Path, killed: bool) -> None:
    collection = write_collection(tmp_path / "music", 60, 20.0)
    prepared(collection, tmp_path / "one")
    with scheduler() as address, worker(address), worker(address) as second:

        def kill(_: Done) -> None:
            if killed and not gone:
                os.kill(second, signal.SIGKILL)
                gone.append(second)

        gone: list[int] = []
        summary = prepare(collection, PLAIN, tmp_path / "two", on_cluster(address, 1), kill)
    assert summary.tracks == 60
    assert len(gone) == killed
    assert content(tmp_path / "two") == content(tmp_path / "one")


def test_the_cluster_of_this_machine_writes_the_same(tmp_path: Path) -> None:
    music = tmp_path / "music"
    write_collection(music, length_s=4.0)
    for name, options in {"one": ["--jobs", "1"], "two": ["--scheduler", "local"]}.items():
        command = [sys.executable, "-m", "genred_train", "prepare", str(music), "--out"]
        done = subprocess.run(
            [*command, str(tmp_path / name), *options], capture_output=True, text=True, check=True
        )
        assert done.stderr == ""
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_a_scheduler_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    collection = write_collection(tmp_path / "music", 2)
    with pytest.raises(GenredError, match="no Dask scheduler answers there"):
        prepare(collection, PLAIN, tmp_path / "out", on_cluster("tcp://127.0.0.1:9", 1))


def test_a_cluster_without_workers_says_how_to_start_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genred_train.features.schedulers._WORKERS_S", 0.5)
    collection = write_collection(tmp_path / "music", 2)
    with scheduler() as address, pytest.raises(GenredError, match="dask worker tcp://"):
        prepare(collection, PLAIN, tmp_path / "out", on_cluster(address, 1))
