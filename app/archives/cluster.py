"""Units on a Dask cluster, one of this machine or a scheduler's; what a lost worker was reading another one reads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from importlib import import_module
from threading import Thread
from typing import Any

from app.archives.work import Job, work
from core.archives import ArchiveUnit
from core.errors import InputError


class Cluster:
    """A connection to a scheduler."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def submit(self, job: Job) -> Future[ArchiveUnit | None]:
        """Have a unit read by some worker."""
        asked = self._client.submit(work, replace(job, alone=True), pure=False)
        answer: Future[ArchiveUnit | None] = Future()

        def settle() -> None:
            try:
                answer.set_result(asked.result())
            except Exception as error:
                answer.set_exception(error)

        Thread(target=settle, daemon=True).start()
        return answer


@contextlib.contextmanager
def a_cluster(address: str | None, workers: int | None = None) -> Iterator[Cluster]:
    """A cluster's scheduler at an address, or one of this machine with a process a core. Raises InputError."""
    try:
        distributed = import_module("distributed")
    except ImportError:
        raise InputError("a cluster needs Dask: pip install 'exchangewatch[cluster]'") from None
    try:
        if address is None:
            made = distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
            )
            client = distributed.Client(made)
        else:
            made, client = contextlib.nullcontext(), distributed.Client(address, timeout="10s")
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(f"the scheduler {address} cannot be reached: {error}") from None
    with made, client:
        yield Cluster(client)
