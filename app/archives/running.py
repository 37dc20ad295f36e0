"""Units of an archive -> all of them read, by processes of this machine or of a cluster, with progress on the way."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from app.archives.progress import told
from app.archives.work import Job, is_over, work
from app.workers import new_pool
from core.archives import ArchiveUnit
from core.errors import ExchangeWatchError
from storage.store import Store

_LOOK = 1.0
_ENDED = "reading it ended the process that read it"


class Crew(Protocol):
    """Who reads."""

    def submit(self, job: Job) -> Future[ArchiveUnit | None]:
        """Have a unit read."""


class Pool:
    """Processes of this machine; those that a unit ends are replaced."""

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor = new_pool(workers)

    def submit(self, job: Job) -> Future[ArchiveUnit | None]:
        """Have a unit read by the next process."""
        try:
            return self._pool.submit(work, job)
        except BrokenExecutor:
            self._pool = new_pool(self._workers)
            return self._pool.submit(work, job)

    def close(self) -> None:
        """End the processes, whatever they are doing: what they found is stored."""
        for process in list((self._pool._processes or {}).values()):
            process.kill()
        self._pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def a_pool(workers: int | None = None) -> Iterator[Pool]:
    """Processes of this machine, one a core unless told otherwise."""
    pool = Pool(workers)
    try:
        yield pool
    finally:
        pool.close()


def read_all(
    jobs: Sequence[Job], crew: Crew, store: Store, at_once: int = 64, *, drawn: bool = True
) -> list[ArchiveUnit]:
    """Read every unit that is not done; how each stands in the end. Raises StorageError.

    `drawn`: whether a terminal is shown a bar.
    """
    names = {job.name for job in jobs}
    waiting, running = list(reversed(jobs)), dict[Future[ArchiveUnit | None], Job]()
    lost: set[Job] = set()
    with told(jobs, store, drawn) as tell:
        while waiting or running:
            while waiting and len(running) < at_once:
                job = waiting.pop()
                running[crew.submit(job)] = job
            done, _ = wait(running, _LOOK, FIRST_COMPLETED)
            for future in done:
                job = running.pop(future)
                try:
                    future.result()
                except BrokenExecutor:
                    # One process that ends takes the pool with it: whatever was being read is begun anew, once.
                    if job in lost:
                        _blame(store, job, _ENDED)
                    else:
                        lost.add(job)
                        waiting.append(job)
                except ExchangeWatchError:
                    raise
                except Exception as error:  # of a cluster: what ended several workers, say
                    _blame(store, job, f"{type(error).__name__}: {error}")
            tell()
    return [unit for unit in store.archives() if unit.name in names]


def _blame(store: Store, job: Job, reason: str) -> None:
    """Write down that a unit ends whoever reads it."""
    now = datetime.now(UTC)
    unit = store.begin_archive(ArchiveUnit(job.name, "running", now, now, "nobody", size=job.size), is_over)
    if unit is not None:
        with store.write() as writing:
            writing.put_archive(replace(unit, state="failed", reason=reason))
