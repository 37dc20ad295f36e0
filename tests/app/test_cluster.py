"""Archives on a Dask cluster: a real scheduler, two workers, PostgreSQL; one worker is killed, and nothing is lost."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from storage.store import Store
from tests.app.archive import records_of, relevant, write
from tests.app.command import COMMAND, Run, clean_environment
from tests.conftest import new_schema

pytest.importorskip("distributed", reason="Dask is an extra")

FILES = 6


@pytest.fixture
def database() -> Iterator[str]:
    with new_schema() as (_, url):
        yield url


@contextmanager
def dask(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process of Dask's, and the address that it tells."""
    with (folder / f"{arguments[0]}-{time.monotonic_ns()}.log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
            cwd=folder, env=clean_environment(), stdout=log, stderr=log, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            yield process, told(Path(log.name), process)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def told(log: Path, process: subprocess.Popen[str]) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"(?:Scheduler|Start worker) at:\s+(tcp://\S+)", log.read_text())
        if found:
            return found.group(1)
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """A scheduler and its workers, each a process with one thread, on the loopback."""
    with ExitStack() as stack:
        bare = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        _, address = stack.enter_context(dask(folder, "scheduler", *bare))
        each = ("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
        yield address, [stack.enter_context(dask(folder, *each))[0] for _ in range(workers)]


def urls_in(database: str) -> list[str]:
    with Store.open(database) as store:
        return sorted(article.url for article in store.articles())


@pytest.mark.postgres
@pytest.mark.usefixtures("lasting_reader")
def test_a_lost_workers_file_is_read_by_the_other_one(tmp_path: Path, database: str, run_here: Run) -> None:
    for number in range(FILES):
        write(tmp_path / f"{number}.warc.gz", records_of(relevant(25, 25 * number), dull=1))
    alone = f"sqlite:///{tmp_path / 'alone.sqlite'}"
    run_here("backfill", "warc", str(tmp_path), "--database", alone, "--workers", "2")
    with Store.open(database) as store:
        store.upgrade()
    with cluster(tmp_path, 2) as (scheduler, workers):
        command = [COMMAND, "backfill", "warc", str(tmp_path), "--database", database, "--scheduler", scheduler]
        reading = subprocess.Popen(
            command, cwd=tmp_path, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        lost = owner_at_work(database, [worker.pid for worker in workers])
        os.kill(lost, signal.SIGKILL)
        out, err = reading.communicate(timeout=150)
        assert reading.returncode == 0, err
        assert out.startswith(f"{FILES} files, 300 records, "), out
    assert urls_in(database) == urls_in(alone)
    with Store.open(database) as store:
        owners = {unit.owner.split("/")[1] for unit in store.archives()}
        assert {unit.state for unit in store.archives()} == {"done"}
    assert str(lost) not in owners or len(owners) == 2


def owner_at_work(database: str, workers: list[int]) -> int:
    """A worker that has a file half read."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with Store.open(database) as store:
            for unit in store.archives():
                assert unit.state != "failed", unit.reason
                number = unit.owner.partition("/")[2].partition("/")[0]
                if unit.state == "running" and unit.tally.records and int(number or 0) in workers:
                    return int(number)
        time.sleep(0.05)
    raise AssertionError("no worker has begun")


def test_a_cluster_wants_a_server_for_its_results(tmp_path: Path, run_here: Run) -> None:
    write(tmp_path / "a.warc.gz", records_of(relevant(1)))
    done = run_here("backfill", "warc", "a.warc.gz", "--database", "a.sqlite", "--scheduler", "tcp://127.0.0.1:1")
    assert done.returncode == 2
    assert "a cluster writes into PostgreSQL" in done.stderr


@pytest.mark.postgres
def test_a_scheduler_that_is_not_there(tmp_path: Path, database: str, run_here: Run) -> None:
    write(tmp_path / "a.warc.gz", records_of(relevant(1)))
    done = run_here("backfill", "warc", "a.warc.gz", "--database", database, "--scheduler", "tcp://127.0.0.1:1")
    assert done.returncode == 2
    assert "the scheduler tcp://127.0.0.1:1 cannot be reached" in done.stderr
