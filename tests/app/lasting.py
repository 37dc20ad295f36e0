"""One reader of archives for all tests of a process: starting one takes longer than most of what they have it read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

import pytest

from app.archives import work
from app.workers import new_pool
from core.archives import ArchiveUnit


class Lasting:
    """Stands for a pool of fresh processes, and has the one that lasts do what is asked of it."""

    _processes: None = None

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def submit(self, _: object, job: work.Job) -> Future[ArchiveUnit | None]:
        return self._pool.submit(read_in, Path.cwd(), job)

    def shutdown(self, **_: object) -> None:
        """It lasts."""


def read_in(folder: Path, job: work.Job) -> ArchiveUnit | None:
    """Read a unit as a process that was started in this folder."""
    os.chdir(folder)
    try:
        return work.work(job)
    finally:
        work._store(job.database).close()
        work._store.cache_clear()


@pytest.fixture(scope="session")
def one_reader() -> Iterator[ProcessPoolExecutor]:
    """The process."""
    pool = new_pool(1)
    yield pool
    pool.shutdown(cancel_futures=True)


@pytest.fixture
def lasting_reader(one_reader: ProcessPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let archives be read by it; commands that are processes of their own start theirs."""
    monkeypatch.setattr("app.archives.running.new_pool", lambda _: Lasting(one_reader))
