"""Who does the work: this process, a pool of processes, or the workers of a Dask cluster.

Each is called with the work and its tasks and yields what comes back, in any order. The work writes
its result itself and the same each time, so a task that was lost with its worker is done again.
"""

import importlib.metadata
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

from genred.errors import GenredError
from genred_train.features.shard_task import Done, ShardTask

Work = Callable[[ShardTask], Done]
Scheduler = Callable[[Work, Sequence[ShardTask]], Iterator[Done]]

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_CONNECT_S = 10.0
_WORKERS_S = 30.0


def scheduler_for(address: str | None, jobs: int | None) -> Scheduler:
    """Return what `tcp://HOST:PORT`, `local` (a cluster of this machine) or None stands for.

    `jobs` are the processes of this machine; None: one a core.
    """
    count = jobs or cores()
    if address is None:
        return in_processes(count)
    return on_cluster(address, count)


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_this_process(work: Work, tasks: Sequence[ShardTask]) -> Iterator[Done]:
    """Do all tasks one after the other: for a caller that needs no Ctrl-C, and for tests."""
    yield from map(work, tasks)


def in_processes(count: int) -> Scheduler:
    """Return a scheduler of so many processes of this machine."""

    def done(work: Work, tasks: Sequence[ShardTask]) -> Iterator[Done]:
        pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _deaf)
        before = set(multiprocessing.active_children())
        try:
            yield from _pooled(pool, count, work, tasks)
        except BrokenProcessPool as error:
            raise GenredError(
                "a worker process was killed (out of memory?); run the same command again, it "
                "goes on where it stopped, and with fewer --jobs it takes less memory"
            ) from error
        finally:
            # At the end they have nothing to do; after an error or Ctrl-C nobody waits for them.
            _end(before)
            pool.shutdown(cancel_futures=True)

    return done


def _pooled(
    pool: ProcessPoolExecutor, count: int, work: Work, tasks: Sequence[ShardTask]
) -> Iterator[Done]:
    with _undisturbed(), _one_thread_each():
        # Each of the first tasks starts a process.
        begun = [pool.submit(work, task) for task in tasks[:count]]
    waiting: set[Future[Done]] = {*begun, *(pool.submit(work, task) for task in tasks[count:])}
    for future in as_completed(waiting):
        yield future.result()


def on_cluster(address: str, count: int) -> Scheduler:
    """Return a scheduler of the Dask cluster at an address, or of a `local` one of `count`."""

    def done(work: Work, tasks: Sequence[ShardTask]) -> Iterator[Done]:
        # Imported late: a second, and an extra that only this needs.
        try:
            import distributed  # noqa: PLC0415
        except ImportError as error:
            raise GenredError(
                "--scheduler needs distributed: install the extra, pip install 'genred[cluster]'"
            ) from error
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        with _client(distributed, address, count) as client:
            _check_workers(client, address, tasks)
            # Each a task of its own: of equal ones Dask would do only the first.
            futures = client.map(work, tasks, pure=False, key="genred-shard")
            try:
                yield from _gathered(distributed, futures)
            finally:
                client.cancel(futures)

    return done


def _gathered(distributed: Any, futures: Sequence[Any]) -> Iterator[Done]:
    try:
        for future in distributed.as_completed(futures):
            yield future.result()
            future.release()
    except distributed.scheduler.KilledWorker as error:
        raise GenredError(
            "the same shard took several workers with it (out of memory?); give the workers more "
            "memory and run the same command again, it goes on where it stopped"
        ) from error


@contextmanager
def _client(distributed: Any, address: str, count: int) -> Iterator[Any]:
    """Connect to a cluster, or start one; raises GenredError where there is none."""
    if address == "local":
        with _local_client(distributed, count) as client:
            yield client
        return
    try:
        client = distributed.Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError, RuntimeError) as error:
        raise GenredError(
            f"--scheduler {address}: no Dask scheduler answers there ({_first_line(error)}); "
            "start one: dask scheduler"
        ) from error
    with client:
        yield client


@contextmanager
def _local_client(distributed: Any, count: int) -> Iterator[Any]:
    before = set(multiprocessing.active_children())
    with _undisturbed():
        cluster = distributed.LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )
    try:
        with cluster, distributed.Client(cluster) as client:
            yield client
    except BaseException:
        # Dask would wait until they are through with what nobody wants any more.
        _end(before)
        raise


def _end(before: set[Any]) -> None:
    """End the child processes that were not there before."""
    for child in set(multiprocessing.active_children()) - before:
        child.terminate()


def _check_workers(client: Any, address: str, tasks: Sequence[ShardTask]) -> None:
    """Raise GenredError unless every worker has our version and sees the folder."""
    try:
        client.wait_for_workers(1, timeout=_WORKERS_S)
        found = client.run(_seen, tasks[0].folder)
    except TimeoutError as error:
        raise GenredError(
            f"--scheduler {address}: no worker has come; start one: dask worker {address}"
        ) from error
    except ImportError as error:
        raise GenredError(f"a worker lacks genred ({error}); install it there as here") from error
    version, _ = _seen(tasks[0].folder)
    for worker, (theirs, sees) in found.items():
        if theirs != version:
            raise GenredError(f"worker {worker} has genred {theirs}, here it is {version}")
        if not sees:
            raise GenredError(
                f"worker {worker} does not see {tasks[0].folder}; --out and the collection must "
                "lie where all workers see them under the same path"
            )


def _seen(folder: Path) -> tuple[str, bool]:
    """Return the version of genred on a worker, and whether the prepared folder is there."""
    return importlib.metadata.version("genred"), (folder / "dataset.json").is_file()


def _deaf() -> None:
    """Leave Ctrl-C, which a terminal sends to all of its processes, to the first one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach, also before their first line of Python.

    What is blocked here is blocked in them; what was pressed meanwhile reaches us at the end.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # which would unblock it halfway
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes that are started here compute in one thread: there is one for each core."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
